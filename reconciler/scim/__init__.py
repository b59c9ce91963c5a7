"""The SCIM RFCs (7643, 7644, 9865) on plain dictionaries: no vendor, no I/O."""
