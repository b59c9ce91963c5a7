"""Many templates evaluated for one context at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.expressions.faults import ExpressionError
from reconciler.core.expressions.templates import Template, compile_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.expressions.names import Names


class CompiledMapping:
    """Templates by attribute path. `templates` keeps the order in which they were given."""

    __slots__ = ("_readers", "templates")

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self.templates = dict(templates)
        self._readers = [(path, template.read) for path, template in self.templates.items()]

    def evaluate(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """The values by path, null ones left out. Raises ExpressionError with the path of the first fault."""
        values: dict[str, Any] = {}
        path = ""
        try:
            for path, read in self._readers:
                value = read(context)
                if value is not None:
                    values[path] = value
        except ExpressionError as error:
            raise error.under(path) from None
        return values


def compile_values(values: Mapping[str, Any], names: Names) -> CompiledMapping:
    """Every value compiled. Raises ExpressionError with the path of the first fault.

    To collect all faults, compile each with `compile_value` and hand the templates to `CompiledMapping`.
    """
    templates: dict[str, Template] = {}
    for path, value in values.items():
        try:
            templates[path] = compile_value(value, names)
        except ExpressionError as error:
            raise error.under(path) from None
    return CompiledMapping(templates)
