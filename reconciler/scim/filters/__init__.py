"""SCIM filters (RFC 7644 §3.4.2.2): text to a tree, a tree to a test of documents."""

from __future__ import annotations

from reconciler.scim.filters.ast import (
    And,
    Comparison,
    Filter,
    Not,
    Or,
    Path,
    Present,
    ValuePath,
    attributes_of,
)
from reconciler.scim.filters.evaluation import compile_filter, matches
from reconciler.scim.filters.lexer import FilterError, PathError
from reconciler.scim.filters.parser import parse_filter

__all__ = [
    "And",
    "Comparison",
    "Filter",
    "FilterError",
    "Not",
    "Or",
    "Path",
    "PathError",
    "Present",
    "ValuePath",
    "attributes_of",
    "compile_filter",
    "matches",
    "parse_filter",
]
