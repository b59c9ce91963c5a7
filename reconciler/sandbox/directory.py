"""What the sandbox holds, as plain documents, for whoever has to look at more than one resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from reconciler.sandbox.exchange import Row
from reconciler.scim.lookup import elements_of
from reconciler.scim.paths import parse_path, read_value

if TYPE_CHECKING:
    from scim2_models import Resource

    from reconciler.sandbox.storage import WriteThroughStorage


class Directory:
    """Reads; documents are as they are stored, secrets included, and nobody changes them."""

    def __init__(self, storage: WriteThroughStorage) -> None:
        self._documents: dict[str, dict[str, Row]] = {}
        self._indices: dict[tuple[str, str], dict[str, set[str]]] = {}
        storage.watch(self._take)

    def rows(self, kind: str) -> list[Row]:
        """All of a kind."""
        return list(self._documents.get(kind, {}).values())

    def get(self, kind: str, id_: str) -> Row | None:
        return self._documents.get(kind, {}).get(id_)

    def holders(self, kind: str, path: str, value: object, *, exact: bool) -> list[Row]:
        """Those who have a text as a value of an attribute."""
        if not isinstance(value, str) or not value:
            return []
        index = self._indices.get((kind, path))
        if index is None:
            index = self._indices[kind, path] = {}
            for id_, each in self._documents.get(kind, {}).items():
                _enter(index, path, id_, each)
        found = [self._documents[kind][each] for each in sorted(index.get(value.casefold(), ()))]
        return [each for each in found if not exact or value in texts(each, path)]

    def _take(self, kind: str, id_: str, resource: Resource[Any] | None) -> None:
        documents = self._documents.setdefault(kind, {})
        before = documents.pop(id_, None)
        after = None if resource is None else resource.model_dump()
        if after is not None:
            documents[id_] = after
        for (_, path), index in ((key, each) for key, each in self._indices.items() if key[0] == kind):
            for each in texts(before, path) if before is not None else ():
                index[each.casefold()].discard(id_)
            if after is not None:
                _enter(index, path, id_, after)


def _enter(index: dict[str, set[str]], path: str, id_: str, document: Row) -> None:
    for each in texts(document, path):
        index.setdefault(each.casefold(), set()).add(id_)


@dataclass(frozen=True, slots=True)
class Write:
    """A resource that is about to be stored. `before` is None where it is new; `after` is shared, never changed."""

    kind: str
    before: Row | None
    after: Row
    directory: Directory

    def changes(self, path: str) -> bool:
        """Whether it holds another value than before, or one for the first time."""
        return self.before is None or value_at(self.before, path) != value_at(self.after, path)


Rule: TypeAlias = Callable[[Write], Row]
"""Gives the document to store in place of `after`. Raises Refusal."""


def value_at(document: Row, path: str) -> Any:
    return read_value(document, parse_path(path))


def texts(document: Row, path: str) -> list[str]:
    """The values of an attribute that are compared: its texts, or the `value` of each of its elements."""
    values = [each.get("value") if isinstance(each, dict) else each for each in elements_of(value_at(document, path))]
    return [each for each in values if isinstance(each, str)]


def folded(values: Iterable[str]) -> list[str]:
    return [each.casefold() for each in values]


def member_ids(group: Row | None) -> list[str]:
    """Who is in a group, each once."""
    return list(dict.fromkeys(texts(group, "members"))) if group is not None else []
