"""If-Match (RFC 7644 §3.14): a write is carried out only on the version of an object that it was planned for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.core.requests import Answer, Request
from reconciler.core.resources import Kind, LiveResource
from reconciler.scim.lookup import get_ignoring_case
from reconciler.workflow.lessons import Lessons
from reconciler.workflow.ports import Directory
from reconciler.workflow.settling import Look, Settling

PRECONDITION_FAILED = 412

MOST_ATTEMPTS = 3
"""How often a write is planned again because its object goes on changing."""

IDENTITY = ("userName", "displayName", "externalId")
MOVED_BY_OTHERS = frozenset(("meta", "groups"))
"""Attributes that change with what happens to other objects."""

Path = tuple[str, ...]


@dataclass(slots=True)
class Preconditions:
    """Versions and contents by request path, as they were planned for or as this run left them.

    `exact`: nothing is planned again, as under a saved plan; an object that anybody changed is then left alone.
    """

    directory: Directory
    settling: Settling
    lessons: Lessons
    exact: bool = False
    versions: dict[Path, str] = field(default_factory=dict)
    contents: dict[Path, Mapping[str, Any]] = field(default_factory=dict)
    attempts: Counter[Path] = field(default_factory=Counter)

    def expect(self, collection: Path, live: LiveResource) -> None:
        """The object is to be as it was read when the plan was made."""
        if self.lessons.versions_hold:
            self._remember((*collection, live.id), live.document, None)

    async def send(self, request: Request, look: Look) -> Answer:
        """Sends with the version that is expected, if one is; see `Settling.send`."""
        conditional = replace(request, version=self.expected(request.path))
        answer = await self.settling.send(conditional, look)
        if answer.status == PRECONDITION_FAILED and conditional.version is not None:
            # The answer to an earlier attempt may have been lost: then its own effect moved the version on.
            carried_out = await look()
            answer = carried_out if carried_out is not None else answer
        if answer.succeeded:
            self._remember(request.path, answer.document, answer.etag)
        return answer

    async def may_try_again(self, kind: Kind, id: str, request: Request, answer: Answer) -> bool:
        """Whether a write that was refused for its version is to be made again, from the object as it is now."""
        path, sent = request.path, self.expected(request.path)
        if answer.status != PRECONDITION_FAILED or sent is None:
            return False
        self.attempts[path] += 1
        live = await self.directory.get(kind, id)
        if live is None or self.attempts[path] > MOST_ATTEMPTS:
            return False
        if _version_of(live.document) == sent:
            self.lessons.note_useless_versions(kind)
            return True
        known = self.contents.get(path)
        unchanged = _content(live.document) == _content(known) if known is not None else not self.exact
        right = unchanged if self.exact else known is None or _identity(live.document) == _identity(known)
        if right:
            self._remember(path, live.document, None)
        return right

    def expected(self, path: Path) -> str | None:
        """The version that an object is to have, where one is known and the endpoint keeps its word about versions."""
        return self.versions.get(path) if self.lessons.versions_hold else None

    def _remember(self, path: Path, document: Mapping[str, Any] | None, etag: str | None) -> None:
        version = etag or _version_of(document)
        self.versions.pop(path, None)
        self.contents.pop(path, None)
        if version is not None:
            self.versions[path] = version
        if document is not None:
            self.contents[path] = document


def _version_of(document: Mapping[str, Any] | None) -> str | None:
    meta = get_ignoring_case(document or {}, "meta")
    version = get_ignoring_case(meta, "version") if isinstance(meta, Mapping) else None
    return version if isinstance(version, str) and version and version.isascii() and version.isprintable() else None


def _content(document: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (document or {}).items() if name.lower() not in MOVED_BY_OTHERS}


def _identity(document: Mapping[str, Any]) -> list[Any]:
    return [get_ignoring_case(document, name) for name in IDENTITY]
