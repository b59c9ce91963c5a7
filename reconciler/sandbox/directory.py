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
    from scim2_server.memory import InMemoryStorage


class Directory:
    """Reads; documents are as they are stored, secrets included, and nobody changes them."""

    def __init__(self, storage: InMemoryStorage) -> None:
        self._storage = storage
        self._known: dict[str, tuple[str | None, Row]] = {}

    def rows(self, kind: str) -> list[Row]:
        """All of a kind."""
        return [self._document(each) for each in self._resources(kind)]

    def get(self, kind: str, id_: str) -> Row | None:
        return next((self._document(each) for each in self._resources(kind) if each.id == id_), None)

    def find(self, kind: str, attribute: str, value: object) -> Row | None:
        """The one that has a text as a value of an attribute, in whatever case."""
        if not isinstance(value, str) or not value:
            return None
        wanted = value.casefold()
        return next((each for each in self.rows(kind) if wanted in folded(texts(each, attribute))), None)

    def _resources(self, kind: str) -> list[Resource[Any]]:
        return [each for each in self._storage.resources if each.meta and each.meta.resource_type == kind]

    def _document(self, resource: Resource[Any]) -> Row:
        version = resource.meta.version if resource.meta else None
        known = self._known.get(str(resource.id))
        if known is None or known[0] != version:
            known = self._known[str(resource.id)] = (version, resource.model_dump())
        return known[1]


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
