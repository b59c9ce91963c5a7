"""The write-through storage keeps scim2-server's own contract, and agrees with its file whatever happens."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from scim2_server.testing import ScimStorageContract
from scim2_server.utils import load_default_provider

from reconciler.sandbox.storage import WriteThroughStorage
from reconciler.sandbox.store import SandboxStore, StoredResource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim2_models import Resource, ResourceType, ScimProvider


@pytest.fixture(scope="module")
def default_provider() -> ScimProvider:
    return load_default_provider()


class TestContract(ScimStorageContract):
    @pytest.fixture
    def provider(self, default_provider: ScimProvider) -> ScimProvider:
        """One for all tests: making its models takes longer than any of them."""
        return default_provider

    @pytest.fixture
    def storage(self, provider: ScimProvider) -> Iterator[WriteThroughStorage]:
        with SandboxStore() as store:
            yield WriteThroughStorage(store, provider)


class FullDisk(SandboxStore):
    """Refuses every write once `full` is set."""

    full = False

    def save(self, row: StoredResource, version: int) -> None:
        self._refuse_when_full()
        super().save(row, version)

    def remove(self, kind: str, id_: str) -> None:
        self._refuse_when_full()
        super().remove(kind, id_)

    def _refuse_when_full(self) -> None:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")


def user_type(provider: ScimProvider) -> ResourceType:
    return next(each for each in provider.resource_types if each.name == "User")


def user(provider: ScimProvider, name: str) -> Resource[Any]:
    model: Any = provider.model_for(user_type(provider))
    return model(user_name=name)


def test_what_the_store_refuses_is_not_in_memory_either(default_provider: ScimProvider) -> None:
    provider = default_provider
    kind = user_type(provider)
    with FullDisk() as store, provider:
        storage = WriteThroughStorage(store, provider)
        ann = storage.create(kind, user(provider, "ann"))
        store.full = True
        changed: Any = ann.model_copy(deep=True)
        changed.user_name = "anna"
        for write in (
            lambda: storage.create(kind, user(provider, "bob")),
            lambda: storage.update(kind, changed),
            lambda: storage.delete(kind, str(ann.id)),
        ):
            with pytest.raises(sqlite3.OperationalError):
                write()
        assert [each.model_dump() for each in storage.resources] == [ann.model_dump()]
