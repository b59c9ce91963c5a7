"""Where a resource type lives, however its `endpoint` is written (RFC 7643 §6). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from reconciler.client.requests import addressable, segments_of
from reconciler.scim.provider import DEFAULT_ENDPOINTS, ResourceTypeInfo
from reconciler.scim.urns import GROUP, USER

if TYPE_CHECKING:
    from collections.abc import Sequence

URNS = {"User": USER.lower(), "Group": GROUP.lower()}


def below_base(endpoint: str, base_path: str) -> str | None:
    """The path below the base URL; None where nothing usable remains.

    Absolute URLs, paths without a leading slash, and paths that repeat the base path or its end are all seen.

    >>> below_base("https://elsewhere/scim/v2/Users", "/tenant/scim/v2")
    '/Users'
    """
    try:
        path = httpx.URL(endpoint.strip()).path
    except httpx.InvalidURL:
        return None
    segments, base = segments_of(path), segments_of(base_path)
    for length in range(min(len(base), len(segments)), 0, -1):
        if segments[:length] == base[-length:]:
            segments = segments[length:]
            break
    if not segments or not all(addressable(each) for each in segments):
        return None
    return "/" + "/".join(segments)


def read_endpoints(types: Sequence[ResourceTypeInfo], base_path: str) -> tuple[dict[str, str], list[str]]:
    """The endpoints of "User" and "Group", with a sentence for each that cannot be used and stays the
    default.
    """
    endpoints = dict(DEFAULT_ENDPOINTS)
    problems = []
    for name, urn in URNS.items():
        announced = next((each for each in types if each.schema.lower() == urn), None)
        announced = announced or next((each for each in types if each.name.lower() == name.lower()), None)
        if announced is None:
            continue
        path = below_base(announced.endpoint, base_path)
        if path is None:
            problems.append(f"the endpoint {announced.endpoint!r} of {name} is no path; {endpoints[name]} is used")
        else:
            endpoints[name] = path
    return endpoints, problems
