"""Which paths and methods there are (RFC 7644 §3.2); what is missing is told apart from what is not there."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.platforms.profile import GroupProfile, Profile, Shape, UserProfile
from reconciler.sandbox.exchange import Forward, Quirk, Reply, Request, error_reply

_PATCHES = {Shape.PATCH, Shape.PATCH_WITHOUT_PATH}


def existing_endpoints(profile: Profile) -> Quirk:
    """404 for a path, 405 for a method that the platform does not have."""
    methods = _methods(profile)

    async def refuse(request: Request, forward: Forward) -> Reply:
        known = methods.get(_pattern(request))
        if known is None:
            return error_reply(404, f"there is no endpoint at {request.path}")
        if request.method not in known:
            refused = error_reply(405, f"{request.method} is not supported here")
            return Reply(405, refused.body, {"Allow": ", ".join(sorted(known))})
        return await forward(request)

    return refuse


def _pattern(request: Request) -> str:
    segments = request.segments
    return "/".join([*segments[:1], *("*" for _ in segments[1:])])


def _methods(profile: Profile) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {"Users": _collection(profile.users), "Users/*": _single(profile.users)}
    if profile.groups is not None:
        found |= {"Groups": _collection(profile.groups), "Groups/*": _single(profile.groups)}
    for document in profile.documents:
        found[document] = {"GET"}
        if document.endswith("s"):
            found[f"{document}/*"] = {"GET"}
    return found


def _collection(side: UserProfile | GroupProfile) -> set[str]:
    return {"GET", *(["POST"] if "create" in side.can else [])}


def _single(side: UserProfile | GroupProfile) -> set[str]:
    return {
        "GET",
        *(["PUT"] if Shape.PUT in side.updates else []),
        *(["PATCH"] if _PATCHES & {*side.updates} else []),
        *(["DELETE"] if "delete" in side.can else []),
    }
