"""The server's in-memory storage, with every change written to a SandboxStore."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from scim2_server.memory import InMemoryStorage

from reconciler.sandbox.store import SandboxStore, StoredResource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from scim2_models import Resource, ResourceType, ScimProvider

    Watcher: TypeAlias = Callable[[str, str, Resource[Any] | None], None]
    """Called with the kind, the id and the new content of a resource; None where it is gone."""


class WriteThroughStorage(InMemoryStorage):
    """Answers from memory; a change is answered only once the store has it.

    A write that the store refuses is undone in memory too, and raised.
    """

    def __init__(self, store: SandboxStore, provider: ScimProvider) -> None:
        super().__init__()
        self._rows = store
        self._provider = provider
        self._watchers: list[Watcher] = []
        self._read_again()

    def watch(self, watcher: Watcher) -> None:
        """Tells `watcher` of everything that is stored, and from then on of each change, once it is kept."""
        self._watchers.append(watcher)
        for each in self.resources:
            watcher(str(each.meta.resource_type if each.meta else None), str(each.id), each)

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        with self._both_or_neither():
            created = super().create(resource_type, resource)
            self._save(resource_type, created)
        self._tell(resource_type, str(created.id), created)
        return created

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        with self._both_or_neither():
            updated = super().update(resource_type, resource, expected_version=expected_version)
            self._save(resource_type, updated)
        self._tell(resource_type, str(updated.id), updated)
        return updated

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        with self._both_or_neither():
            super().delete(resource_type, resource_id, expected_version=expected_version)
            self._rows.remove(str(resource_type.name), resource_id)
        self._tell(resource_type, resource_id, None)

    def replace(self, kind: str, document: dict[str, Any]) -> None:
        """Stores another content for a resource that is there, named by its kind and the document's id."""
        resource_type = next(each for each in self._provider.resource_types if each.name == kind)
        with self._provider:
            changed = self._model_of(resource_type).model_validate(document)
        self.update(resource_type, changed)

    @contextmanager
    def _both_or_neither(self) -> Iterator[None]:
        with self.lock:
            try:
                yield
            except sqlite3.Error:
                self._read_again()
                raise

    def _tell(self, resource_type: ResourceType, id_: str, resource: Resource[Any] | None) -> None:
        for each in self._watchers:
            each(str(resource_type.name), id_, resource)

    def _save(self, resource_type: ResourceType, resource: Resource[Any]) -> None:
        row = StoredResource(str(resource_type.name), str(resource.id), resource.model_dump_json())
        self._rows.save(row, _number(resource))

    def _read_again(self) -> None:
        with self._provider:
            models = {str(each.name): self._model_of(each) for each in self._provider.resource_types}
            self.resources = [models[row.kind].model_validate_json(row.document) for row in self._rows]
        # Versions that start again would make an If-Match of an earlier run hold for another content.
        self.versions = itertools.count(self._rows.last_version + 1)

    def _model_of(self, resource_type: ResourceType) -> type[Resource[Any]]:
        return cast("type[Resource[Any]]", self._provider.model_for(resource_type))


def _number(resource: Resource[Any]) -> int:
    version = resource.meta.version if resource.meta else None
    return int((version or "").strip('W/"'))
