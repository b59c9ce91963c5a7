"""Single steps of a small organisation that must end as they should, and what a plan leaves open of it."""

from __future__ import annotations

from branches import Branch
from planning_kit import rows_of, signs
from workplace import results


def done(place: Branch, *expected: str) -> None:
    """Applies a plan of exactly these operations; all succeed, nothing is refused, no operation is left."""
    planned = place.plan()
    assert signs(planned.plan.operations) == [*expected]
    assert set(results(place.apply(planned)).values()) <= {"done"}
    assert place.refused == []
    assert place.plan().plan.operations == ()


def held(place: Branch) -> set[tuple[str, str | None, str]]:
    return rows_of(place.plan().plan.held)


def withheld(place: Branch) -> set[tuple[str, str | None, str]]:
    return rows_of(place.plan().plan.withheld)


def cut(place: Branch, name: str) -> None:
    """Takes somebody's line out of the manifests."""
    place.people = "".join(line for line in place.people.splitlines(keepends=True) if f"  {name}: " not in line)
