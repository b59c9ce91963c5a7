"""Values that no two resources of a kind share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.platforms.profile import AttributeProfile
from reconciler.sandbox.directory import Rule, Write, folded, texts
from reconciler.sandbox.exchange import Refusal, Row


def unique_values(kind: str, attributes: Mapping[str, AttributeProfile], status: int) -> Rule:
    """Case counts only where the profile says so."""
    unique = {path: own.case == "exact" for path, own in attributes.items() if own.unique}

    def check(write: Write) -> Row:
        changed = [path for path in unique if write.kind == kind and write.changes(path)]
        others = (each for each in write.directory.rows(kind) if each["id"] != write.after.get("id"))
        for path in _taken(write.after, others, {path: unique[path] for path in changed}):
            raise Refusal(status, f"Refused to create a new, duplicate resource: {path}", "uniqueness")
        return write.after

    return check


def _taken(document: Row, others: Iterator[Row], exact: Mapping[str, bool]) -> Iterator[str]:
    wanted = {path: _values(document, path, exact=each) for path, each in exact.items()}
    wanted = {path: values for path, values in wanted.items() if values}
    for other in others if wanted else ():
        for path, values in wanted.items():
            if not values.isdisjoint(_values(other, path, exact=exact[path])):
                yield path


def _values(document: Row, path: str, *, exact: bool) -> frozenset[str]:
    found = texts(document, path)
    return frozenset(found if exact else folded(found))
