"""Asking an endpoint what it is (RFC 7644 §4), without depending on the answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.client.endpoints import read_endpoints
from reconciler.client.failures import AnswerError
from reconciler.errors import EndpointError
from reconciler.scim.lookup import get_ignoring_case
from reconciler.scim.messages import (
    ListPage,
    MessageError,
    read_list,
    read_provider_config,
    read_resource_types,
)
from reconciler.scim.provider import Discovery, ProviderConfig
from reconciler.scim.schemas import read_schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Mapping

    from reconciler.client.transport import Transport
    from reconciler.platforms.profile import Document

Found = TypeVar("Found")

# What discovery cannot tell is done without: that is not worth a long wait.
PATIENCE = 2
MAX_PAGES = 20


async def discover(transport: Transport, documents: Collection[Document]) -> Discovery:
    """The documents that the platform has, all at once.

    What cannot be had is noted in `problems` and left to the RFC's defaults, as is what the platform does not have.
    Raises `EndpointError` only when the endpoint cannot be reached at all.
    """
    readers: dict[Document, Coroutine[Any, Any, Any]] = {
        name: READERS[name](transport) for name in READERS if name in documents
    }
    outcomes = dict(zip(readers, await asyncio.gather(*map(_attempt, readers.values())), strict=True))
    failed = {name: each for name, each in outcomes.items() if isinstance(each, EndpointError)}
    if failed and len(failed) == len(outcomes):
        _raise_unreachable(list(failed.values()))
    read = {name: each for name, each in outcomes.items() if name not in failed}
    type_rows = read.get("ResourceTypes", [])
    endpoints, odd = read_endpoints(read_resource_types(type_rows), transport.base.path)
    return Discovery(
        config=read.get("ServiceProviderConfig", ProviderConfig()),
        schemas=read_schemas(read.get("Schemas", []), type_rows),
        endpoints=endpoints,
        announced=frozenset(read),
        problems=(*(f"no usable {name}: {each}" for name, each in failed.items()), *odd),
    )


async def _attempt(reading: Coroutine[Any, Any, Found]) -> Found | EndpointError:
    try:
        return await reading
    except EndpointError as error:
        return error


def _raise_unreachable(errors: list[EndpointError]) -> None:
    """Raises the first of the errors when none of them is an answer."""
    if not any(isinstance(each, AnswerError) for each in errors):
        raise errors[0]


async def _config(transport: Transport) -> ProviderConfig:
    body = await transport.read(("ServiceProviderConfig",), patience=PATIENCE)
    config = read_provider_config(body)
    if config == ProviderConfig():
        # Some servers wrap the one document in a list.
        wrapped = _list_or_none(body)
        config = read_provider_config(wrapped.resources[0]) if wrapped and wrapped.resources else config
    if config == ProviderConfig():
        raise AnswerError("the answer says nothing of any feature", 200)
    return config


async def _rows(transport: Transport, name: str, required: str) -> list[dict[str, Any]]:
    """The rows of a discovery list, whether it is paged or not, each with the attribute `required`."""
    rows: dict[str, dict[str, Any]] = {}
    received = 0
    for _ in range(MAX_PAGES):
        page = await _page(transport, name, received)
        before = len(rows)
        for row in page.resources:
            if isinstance(row, dict) and get_ignoring_case(row, required):
                rows.setdefault(f"{get_ignoring_case(row, 'name')} {get_ignoring_case(row, required)}", row)
        received += len(page.resources)
        if len(rows) == before or page.total is None or received >= page.total:
            break
    if not rows:
        raise AnswerError("the answer holds none", 200)
    return list(rows.values())


async def _page(transport: Transport, name: str, received: int) -> ListPage:
    parameters = {"startIndex": str(received + 1)} if received else {}
    body = await transport.read((name,), parameters, PATIENCE)
    page = _list_or_none(body)
    # A single resource in the place of a list.
    return page if page is not None else ListPage([body])


READERS: Mapping[Document, Callable[[Transport], Coroutine[Any, Any, Any]]] = {
    "ServiceProviderConfig": _config,
    "Schemas": lambda transport: _rows(transport, "Schemas", "id"),
    "ResourceTypes": lambda transport: _rows(transport, "ResourceTypes", "endpoint"),
}


def _list_or_none(body: Any) -> ListPage | None:
    try:
        return read_list(body)
    except MessageError:
        return None
