"""PATCH of users where it is stricter than RFC 7644 §3.5.2."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from reconciler.sandbox.exchange import Forward, Quirk, Refusal, Reply, Request, Row

ONCE = ("username", "active")
"""Attributes that stay, and that a request changes once."""


async def exact_patches(request: Request, forward: Forward) -> Reply:
    """Every operation has a path; userName and active are not removed and not named twice in a request."""
    paths = [str(each.get("path") or "").lower() for each in request.operations]
    if "" in paths:
        raise Refusal(400, "every operation needs a path", "invalidPath")
    if request.kind == "User":
        _check_once(request, paths)
    return await forward(request)


def unpatchable(names: Collection[str]) -> Quirk:
    """400 for a PATCH of users that touches one of these attributes."""
    known = {each.lower() for each in names}

    async def refuse(request: Request, forward: Forward) -> Reply:
        if request.kind == "User":
            for each in request.operations:
                _check_takes(each, known)
        return await forward(request)

    return refuse


def _check_takes(operation: Row, unknown: Collection[str]) -> None:
    value = operation.get("value")
    named = [str(operation["path"])] if operation.get("path") else [*(value if isinstance(value, dict) else ())]
    touched = {re.split(r"[.\[]", each.lower())[0] for each in named}
    if touched & {*unknown}:
        raise Refusal(400, f"not supported by PATCH: {', '.join(sorted(touched & {*unknown}))}")


def _check_once(request: Request, paths: list[str]) -> None:
    removed = [path for path, each in zip(paths, request.operations, strict=True) if _removes(each)]
    counted = Counter(paths)
    for name in ONCE:
        if name in removed:
            raise Refusal(400, f"{name} cannot be removed", "mutability")
        if counted[name] > 1:
            raise Refusal(400, f"{name} is changed more than once", "invalidValue")


def _removes(operation: dict[str, object]) -> bool:
    return str(operation.get("op")).lower() == "remove"
