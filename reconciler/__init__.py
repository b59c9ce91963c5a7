"""Identity as code: desired users and groups in YAML, planned and applied over SCIM 2.0."""

__version__ = "0.1.0"
