"""The closed set of rules that a manifest can break; each is a SARIF ruleId."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """What is wrong, by name. A rule is never renamed: people suppress and search by it."""

    # Finding and reading files
    MANIFEST_NAME = "manifest-name"
    MANIFEST_UNREADABLE = "manifest-unreadable"
    YAML_ALIASES = "yaml-aliases"
    YAML_COMPLEX_KEY = "yaml-complex-key"
    YAML_CONTROL_CHARACTER = "yaml-control-character"
    YAML_DUPLICATE_KEY = "yaml-duplicate-key"
    YAML_ENCODING = "yaml-encoding"
    YAML_LONG_SCALAR = "yaml-long-scalar"
    YAML_MERGE_KEY = "yaml-merge-key"
    YAML_NOT_A_MAPPING = "yaml-not-a-mapping"
    YAML_SEVERAL_DOCUMENTS = "yaml-several-documents"
    YAML_SYNTAX = "yaml-syntax"
    YAML_TAB = "yaml-tab"
    YAML_TAG = "yaml-tag"
    YAML_TOO_DEEP = "yaml-too-deep"
    YAML_TOO_LARGE = "yaml-too-large"
    YAML_TOO_MANY_FAULTS = "yaml-too-many-faults"
    YAML_UNQUOTED_TEMPLATE = "yaml-unquoted-template"

    # One file, and the tree
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    WRONG_TYPE = "wrong-type"
    WRONG_VALUE = "wrong-value"
    QUOTE_IT = "quote-it"
    INVALID_KEY = "invalid-key"
    DUPLICATE_KEY = "duplicate-key"
    DUPLICATE_SECTION = "duplicate-section"
    MISPLACED_SECTION = "misplaced-section"
    MISPLACED_EXPRESSION = "misplaced-expression"
    MISPLACED_VARIABLE = "misplaced-variable"
    MEMBERS_NULL = "members-null"
    INVALID_DATE = "invalid-date"
    INVERTED_DATES = "inverted-dates"
    INVALID_FILTER = "invalid-filter"
    INVALID_PATH = "invalid-path"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    READ_ONLY_ATTRIBUTE = "read-only-attribute"
    UNKNOWN_CUSTOM = "unknown-custom"
    INVALID_CUSTOM = "invalid-custom"
    CLAIMED_TWICE = "claimed-twice"
    CONFLICTING_KEYS = "conflicting-keys"
    UNKNOWN_PARENT = "unknown-parent"
    EXTENDS_CYCLE = "extends-cycle"
    ABSTRACT_TARGET = "abstract-target"

    # What the tree means
    INVALID_EXPRESSION = "invalid-expression"
    UNKNOWN_REFERENCE = "unknown-reference"
    REFERENCE_CYCLE = "reference-cycle"
    UNKNOWN_PLATFORM = "unknown-platform"
    PLATFORM_WITHOUT_SCIM = "platform-without-scim"
    UNMAPPED_REQUIRED = "unmapped-required"
    UNMAPPED_ACCESS = "unmapped-access"
    DUPLICATE_VALUE = "duplicate-value"
    MISSING_REQUIRED = "missing-required"
    REJECTED_VALUE = "rejected-value"
    LEFT_OUT_VALUE = "left-out-value"
    REWRITTEN_VALUE = "rewritten-value"
    SELECTS_NOBODY = "selects-nobody"
    UNUSABLE_PASSWORD = "unusable-password"  # noqa: S105  a name


RULES: frozenset[str] = frozenset(Rule)
