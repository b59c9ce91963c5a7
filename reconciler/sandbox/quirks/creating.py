"""POST of a user whose name is taken, where that is no conflict (RFC 7644 §3.3 has 409)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.sandbox.directory import Directory
from reconciler.sandbox.exchange import Forward, Quirk, Reply, Request, Row
from reconciler.scim.lookup import get_ignoring_case
from reconciler.scim.urns import PATCH_OP

_NOT_OURS = frozenset(("schemas", "id", "meta"))


def create_or_update(keys: Mapping[str, bool], directory: Directory) -> Quirk:
    """The user that has the same value of one of the `keys` is updated, and shown as if it were new: 201.

    `keys` tells of each attribute whether it is compared letter by letter.

    What the request does not name stays as it is.
    """

    async def create(request: Request, forward: Forward) -> Reply:
        if request.method != "POST" or request.kind != "User" or not isinstance(request.body, dict):
            return await forward(request)
        held = _held(request.body, keys, directory)
        if held is None:
            return await forward(request)
        single = replace(request, path=f"/Users/{held['id']}")
        updated = await forward(replace(single, method="PATCH", body=_as_patch(request.body)))
        if updated.refused:
            return updated
        return replace(await forward(replace(single, method="GET", body=None)), status=201)

    return create


def _held(body: Row, keys: Mapping[str, bool], directory: Directory) -> Row | None:
    found = (directory.holders("User", key, get_ignoring_case(body, key), exact=exact) for key, exact in keys.items())
    return next((each for some in found for each in some), None)


def _as_patch(body: Row) -> Row:
    value = {name: each for name, each in body.items() if name.lower() not in _NOT_OURS}
    return {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "value": value}]}
