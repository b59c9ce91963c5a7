"""Expressions in manifests: Jinja2, sandboxed and null-aware.

A template is constant text mixed with `{{ expressions }}`. A value that is exactly one expression keeps
its type, otherwise the parts are joined as text. An attribute that somebody lacks is null, and null anywhere
makes the whole value null (not managed), unless `default`, `or`, `if`, `is`, `==` or `in` dealt with it.
"""

from reconciler.core.expressions.faults import ExpressionError
from reconciler.core.expressions.mappings import CompiledMapping, compile_values
from reconciler.core.expressions.names import Names
from reconciler.core.expressions.subjects import group_view, primary_value, user_view
from reconciler.core.expressions.templates import Template, compile_value

__all__ = [
    "CompiledMapping",
    "ExpressionError",
    "Names",
    "Template",
    "compile_value",
    "compile_values",
    "group_view",
    "primary_value",
    "user_view",
]
