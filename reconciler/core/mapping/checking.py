"""What a connection test found out, against what the target's profile and mapping count on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.endpoint import Endpoint
from reconciler.core.mapping.targets import Target
from reconciler.core.resources import Kind
from reconciler.scim.provider import Discovery

EXPIRY_NOTICE = timedelta(days=30)

DOCUMENTS = ("ServiceProviderConfig", "Schemas", "ResourceTypes")


@dataclass(frozen=True, slots=True)
class EndpointCheck:
    """`totals`: how many resources of each kind there are, None where the endpoint does not say; a kind that it does
    not have is missing. `lacking`: mapped attribute paths that its schemas do not have. `warnings`: sentences.
    """

    target: str
    platform: str
    url: str
    totals: dict[Kind, int | None]
    discovery: Discovery
    lacking: dict[Kind, tuple[str, ...]]
    warnings: tuple[str, ...] = ()

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
            "problems": list(self.discovery.problems),
            "warnings": list(self.warnings),
        }


def lacking_attributes(target: Target, discovery: Discovery) -> dict[Kind, tuple[str, ...]]:
    """Attributes that the target's mapping writes and the endpoint's schemas do not have."""
    found = {}
    for kind, name in ((Kind.USER, "User"), (Kind.GROUP, "Group")):
        view = AttributeView(discovery.schemas[name])
        found[kind] = tuple(rule.text for rule in target.rules[kind].rules if view[rule.text].attribute is None)
    return found


def expiry_warnings(endpoint: Endpoint, today: date) -> tuple[str, ...]:
    """Declared ends of bearer tokens that have passed or are near."""
    warnings = []
    for number, token in enumerate(endpoint.tokens, 1):
        if token.expires is None or token.expires - today > EXPIRY_NOTICE:
            continue
        when = "expired on" if token.expires < today else "expires on"
        warnings.append(f"bearer token {number} {when} {token.expires}")
    return tuple(warnings)
