"""Several writes in one request (RFC 7644 §3.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reconciler.scim.lookup import get_ignoring_case
from reconciler.scim.urns import BULK_REQUEST
from reconciler.scim.values import read_integer

ENDPOINT: Final = ("Bulk",)
REFERENCE: Final = "bulkId:"
"""RFC 7644 §3.7.2: "bulkId:" and an identifier stand for the id of a resource that the same request creates."""


IdAt = Callable[[str], str]
"""The id at the end of an address; "" where there is none."""


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One write. `bulk_id` names it in the answer; `path` is relative to the base URL, unescaped segments."""

    bulk_id: str
    method: str
    path: tuple[str, ...]
    data: Mapping[str, Any] | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one write."""

    status: int
    location: str | None = None
    response: dict[str, Any] | None = None

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


def bulk_body(operations: Iterable[BulkOperation]) -> dict[str, Any]:
    """A BulkRequest. Without `failOnErrors`, the endpoint goes on whatever fails."""
    return {"schemas": [BULK_REQUEST], "Operations": [_written(each) for each in operations]}


def _written(operation: BulkOperation) -> dict[str, Any]:
    written: dict[str, Any] = {
        "method": operation.method,
        "bulkId": operation.bulk_id,
        "path": "/" + "/".join(operation.path),
    }
    if operation.version is not None:
        written["version"] = operation.version
    if operation.data is not None:
        written["data"] = dict(operation.data)
    return written


def read_bulk(body: Any, operations: Sequence[BulkOperation], id_at: IdAt) -> dict[str, BulkResult]:
    """What is told of each write, by its `bulk_id`; those of which nothing certain is told are missing.

    An answer that leaves `bulkId` out is read by its place where it tells of every write, in the order in which they
    were sent, if it can be checked: what is said to be gone is not read again, so that a DELETE is told by its address
    alone, and a POST that is said to have failed would be sent again. The address of another resource tells nothing.
    """
    rows = get_ignoring_case(body, "Operations") if isinstance(body, Mapping) else None
    listed = [each for each in rows if isinstance(each, Mapping)] if isinstance(rows, list) else []
    named = {each.bulk_id: each for each in operations}
    said = [get_ignoring_case(each, "bulkId") for each in listed]
    by_name = any(isinstance(each, str) and each in named for each in said)
    if by_name:
        pairs = list(zip(said, listed, strict=True))
    else:
        methods = [str(get_ignoring_case(each, "method") or "").upper() for each in listed]
        in_order = methods == [each.method for each in operations]
        pairs = [(each.bulk_id, row) for each, row in zip(operations, listed, strict=False)] if in_order else []
    found = {
        name: _result(row)
        for name, row in pairs
        if isinstance(name, str)
        and name in named
        and (_is_about if by_name else _is_surely_about)(named[name], row, id_at)
    }
    told = Counter(str(name) for name, _ in pairs)
    return {name: each for name, each in found.items() if each is not None and told[name] == 1}


def _is_about(operation: BulkOperation, row: Mapping[str, Any], id_at: IdAt) -> bool:
    """Whether a row has the address of the resource that was written, or none."""
    address = _address(row, id_at).casefold()
    return operation.method == "POST" or address in ("", operation.path[-1].casefold())


def _is_surely_about(operation: BulkOperation, row: Mapping[str, Any], id_at: IdAt) -> bool:
    """The same for a row that only its place tells."""
    result = _result(row)
    certain = {"POST": result is not None and result.succeeded, "DELETE": bool(_address(row, id_at))}
    return _is_about(operation, row, id_at) and certain.get(operation.method, True)


def _address(row: Mapping[str, Any], id_at: IdAt) -> str:
    location = get_ignoring_case(row, "location")
    return id_at(location) if isinstance(location, str) else ""


def _result(row: Mapping[str, Any]) -> BulkResult | None:
    status = get_ignoring_case(row, "status")
    # Drafts of the RFC had an object here, and some servers still do.
    number = read_integer(get_ignoring_case(status, "code") if isinstance(status, Mapping) else status)
    if number is None:
        return None
    location, response = get_ignoring_case(row, "location"), get_ignoring_case(row, "response")
    return BulkResult(
        number,
        location if isinstance(location, str) else None,
        dict(response) if isinstance(response, Mapping) and response else None,
    )
