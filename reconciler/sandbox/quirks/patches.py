"""PATCH of users where it is stricter than RFC 7644 §3.5.2."""

from __future__ import annotations

from collections import Counter

from reconciler.sandbox.exchange import Forward, Refusal, Reply, Request

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
