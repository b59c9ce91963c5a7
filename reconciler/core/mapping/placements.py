"""The table in which the platforms' own mappings look placements up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.expressions import ExpressionError
from reconciler.diagnostics import did_you_mean

PLACEMENTS = "organization"
"""The name of the table."""


class Placements(Mapping[str, str]):
    """A placement's name and what the target calls it: the name itself where the manifests declare no such table.

    A declared table has to have every placement: without one a user would end up in another organization.
    """

    def __init__(self, declared: Mapping[str, str] | None) -> None:
        self.declared = declared

    def __getitem__(self, name: str) -> str:
        """Raises `ExpressionError` for a name that the table lacks."""
        if self.declared is None:
            return name
        if name not in self.declared:
            remedy = did_you_mean(name, self.declared) or "add it to the table"
            raise ExpressionError(f"the table {PLACEMENTS} has no {name!r}", remedy=remedy)
        return self.declared[name]

    def get(self, key: str, _default: Any = None) -> Any:
        """As `placements[key]`: nothing stands in for a placement that is not there."""
        return self[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.declared or ())

    def __len__(self) -> int:
        return len(self.declared or ())
