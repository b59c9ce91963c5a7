"""Which writes may go together in one bulk request (RFC 7644 §3.7), and whether that saves any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import orjson

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.deciding.references import markers_in, resolve_markers
from reconciler.core.plan import Change, Operation
from reconciler.core.planning.passwords import brings_password
from reconciler.core.planning.requesting import Forms, plan_request
from reconciler.core.requests import Request
from reconciler.core.resources import Kind, Listing
from reconciler.core.vocabulary import Action
from reconciler.platforms.profile import Creation, MemberRemoval, Profile, Shape
from reconciler.scim.bulk import REFERENCE, BulkOperation, bulk_body
from reconciler.scim.provider import ProviderConfig

MOST_OPERATIONS = 1000
"""Whatever an endpoint offers: what one answer tells of is in doubt where it does not come."""

MOST_BYTES = 1024 * 1024
"""Where an endpoint does not say how much it takes."""

USUAL_PAGE = 100
"""Resources, where a listing of one page tells nothing about the size of pages."""

ALONE = frozenset((Action.ADOPT, Action.ADD_MEMBERS, Action.REMOVE_MEMBERS))
"""Nothing is sent, or in parts whose size only the answers tell."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How many operations and bytes one bulk request may carry."""

    operations: int
    size: int


def terms_of(profile: Profile, config: ProviderConfig) -> Terms | None:
    """None where there is no /Bulk."""
    offered = config.bulk if profile.bulk is None else profile.bulk
    if not offered or (config.bulk_max_operations or MOST_OPERATIONS) < 2:
        return None
    return Terms(
        min(config.bulk_max_operations or MOST_OPERATIONS, MOST_OPERATIONS), config.bulk_max_payload or MOST_BYTES
    )


def bulk_id(number: int) -> str:
    """All of one length: some endpoints take `bulkId:1` for the beginning of `bulkId:10`."""
    return f"{number:04}"


class Shapes(Protocol):
    """Tells in which shapes changes can be made, the most promising first."""

    def __call__(self, kind: Kind, changes: Sequence[Change]) -> Sequence[Shape]: ...


@dataclass(frozen=True, slots=True)
class Write:
    """The first request of one operation."""

    operation: Operation
    request: Request

    @property
    def ref(self) -> str:
        return f"{self.operation.kind}:{self.operation.key}"

    def as_bulk(self, number: int) -> BulkOperation:
        request = self.request
        return BulkOperation(bulk_id(number), request.method, request.path, request.body, request.version)


@dataclass(frozen=True, slots=True)
class Preparer:
    """Prepares the first request of an operation as it would be sent alone."""

    profile: Profile
    views: Mapping[Kind, AttributeView]
    collections: Mapping[Kind, tuple[str, ...]]
    shapes: Shapes
    versions: Callable[[tuple[str, ...]], str | None] = lambda _: None
    """The version that the object at a path is to have (RFC 7644 §3.14)."""

    def write(self, operation: Operation, ids: Mapping[str, str]) -> Write | None:
        """None for what has to go alone. `ids`: by `user:KEY`, of everybody who is there or comes before."""
        own = operation.precondition.id if operation.precondition else ids.get(f"{operation.kind}:{operation.key}")
        creates = operation.action is Action.CREATE
        # RFC 7644 §3.7: the path of anything but a POST names a resource that is there before the request.
        absent = own is None or own.startswith(REFERENCE)
        if not self._goes_along(operation) or (absent and not creates):
            return None
        forms = Forms(Shape.PATCH, MemberRemoval.FILTER)
        collection = self.collections[operation.kind]
        request = plan_request(operation, {}, forms, self.views[operation.kind], collection)
        if request is None or not _resolvable(markers_in(request.body), ids):
            return None
        path = collection if creates else (*collection, own or "")
        body = resolve_markers(request.body, ids)
        version = None if creates else self.versions(path)
        return Write(operation, replace(request, path=path, body=body, version=version))

    def _goes_along(self, operation: Operation) -> bool:
        if operation.action in ALONE or brings_password(operation):
            return False
        side = self.profile.users if operation.kind is Kind.USER else self.profile.groups
        if operation.action is Action.CREATE:
            return side is not None and side.create is Creation.NEW
        if operation.action is Action.DELETE:
            return True
        return next(iter(self.shapes(operation.kind, operation.changes)), None) is Shape.PATCH


def _resolvable(markers: Iterable[str], ids: Mapping[str, str]) -> bool:
    """Whether everybody named is known, and at most one of them by what the same request creates.

    Of several "bulkId:" in one resource some endpoints resolve the last alone, and keep the others as they are.
    """
    named = [ids.get(each) for each in dict.fromkeys(markers)]
    return None not in named and sum(each is not None and each.startswith(REFERENCE) for each in named) < 2


def gather(
    operations: Iterable[Operation], ids: Mapping[str, str], preparer: Preparer, terms: Terms
) -> tuple[list[Write], list[Operation]]:
    """The writes of one bulk request, and the operations that it has no room for.

    What it creates may be named by what follows, by "bulkId:" and its number.
    """
    known, writes, left, size = dict(ids), list[Write](), list[Operation](), 0
    for each in operations:
        write = None if left else preparer.write(each, known)
        bytes_more = len(orjson.dumps(bulk_body([write.as_bulk(len(writes))]))) if write is not None else 0
        if left or len(writes) >= terms.operations or (writes and size + bytes_more > terms.size):
            left.append(each)
        elif write is not None:
            if each.action is Action.CREATE:
                known[write.ref] = REFERENCE + bulk_id(len(writes))
            writes.append(write)
            size += bytes_more
    return writes, left


def pays(writes: Sequence[Write], listings: Mapping[Kind, Listing]) -> bool:
    """Whether a bulk request takes fewer requests than its writes alone, what it takes to look at them included."""
    counts = Counter(each.operation.kind for each in writes if each.operation.action is not Action.DELETE)
    return 1 + sum(min(pages_to_see(kind, counts, listings), counts[kind]) for kind in counts) < len(writes)


def pages_to_see(kind: Kind, more: Mapping[Kind, int], listings: Mapping[Kind, Listing]) -> int:
    """How many pages a listing has once there are so many more."""
    listing = listings[kind]
    size = max(1, len(listing.resources) // listing.pages) if listing.pages > 1 else USUAL_PAGE
    return listing.pages + -(-more[kind] // size)
