"""What a connection test found out, against what the target's profile and mapping count on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from reconciler.core.comparing.attributes import ACTIVE, AttributeView
from reconciler.core.endpoint import Endpoint
from reconciler.core.mapping.targets import Target
from reconciler.core.resources import Kind
from reconciler.platforms.capabilities import Value
from reconciler.scim.paths import Path
from reconciler.scim.provider import Discovery

EXPIRY_NOTICE = timedelta(days=30)

DOCUMENTS = ("ServiceProviderConfig", "Schemas", "ResourceTypes")


@dataclass(frozen=True, slots=True)
class EndpointCheck:
    """`totals`: how many resources of each kind there are, None where the endpoint does not say; a kind that it does
    not have is missing. `lacking`: mapped attribute paths that its schemas do not have. `differences` from the
    platform's profile and `warnings`: sentences. `overridden`: capabilities as the profile and as the target have them.
    """

    target: str
    platform: str
    url: str
    totals: dict[Kind, int | None]
    discovery: Discovery
    lacking: dict[Kind, tuple[str, ...]]
    warnings: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    overridden: dict[str, tuple[Value | None, Value | None]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        config = self.discovery.config
        return {
            "format": "reconciler.check/1",
            "target": self.target,
            "platform": self.platform,
            "url": self.url,
            "resources": {f"{kind}s": total for kind, total in self.totals.items()},
            "documents": {name: name in self.discovery.announced for name in DOCUMENTS},
            "offers": {
                "patch": config.patch,
                "filter": config.filter,
                "bulk": config.bulk,
                "etag": config.etag,
                "sort": config.sort,
                "cursorPaging": config.cursor_paging,
            },
            "maxResults": config.max_results,
            "extensions": {
                name: sorted(each.urn for each in schema.extensions.values())
                for name, schema in self.discovery.schemas.items()
            },
            "lacking": {f"{kind}s": list(paths) for kind, paths in self.lacking.items()},
            "differences": list(self.differences),
            "capabilities": {
                name: {"profile": before, "target": after} for name, (before, after) in self.overridden.items()
            },
            "problems": list(self.discovery.problems),
            "warnings": list(self.warnings),
        }


def lacking_attributes(target: Target, discovery: Discovery) -> dict[Kind, tuple[str, ...]]:
    """Attributes that the target's mapping writes and its resources do not have, by profile and discovery.

    Whether somebody is active is another matter: where it cannot be said, nobody is disabled.
    """
    schemas = target.schemas(discovery.schemas)
    found = {}
    for kind, name in ((Kind.USER, "User"), (Kind.GROUP, "Group")):
        view = AttributeView(schemas[name])
        lost = (each.text for each in target.rules[kind].rules if not _has(view, each.path))
        found[kind] = tuple(each for each in lost if each != ACTIVE)
    return found


def _has(view: AttributeView, path: Path) -> bool:
    """Whether there is an attribute, or the extension that a path without one stands for as a whole."""
    if path.urn is not None and not path.attribute:
        return path.urn.lower() in view.schema.extensions
    return view[str(path)].attribute is not None


def expiry_warnings(endpoint: Endpoint, today: date) -> tuple[str, ...]:
    """Ends of bearer tokens, declared or claimed by the token itself, that have passed or are near."""
    warnings = []
    for number, token in enumerate(endpoint.tokens, 1):
        last = token.last_day
        if last is None or last - today > EXPIRY_NOTICE:
            continue
        when = "expired on" if last < today else "expires on"
        whose = "" if last == token.expires else ", as the token itself says"
        warnings.append(f"bearer token {number} {when} {last}{whose}")
    return tuple(warnings)
