"""What an endpoint says of itself (RFC 7643 §5 to §7, RFC 9865 §2), and what holds if it says nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.scim.rfc7643 import RFC_GROUP, RFC_USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.scim.attributes import ResourceSchema

DEFAULT_ENDPOINTS: Final[Mapping[str, str]] = {"User": "/Users", "Group": "/Groups"}


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """The ServiceProviderConfig resource. None means that the endpoint does not say.

    `bulk_max_payload` in bytes, `cursor_timeout` in seconds, page sizes and `max_results` in resources.
    """

    patch: bool | None = None
    bulk: bool | None = None
    bulk_max_operations: int | None = None
    bulk_max_payload: int | None = None
    filter: bool | None = None
    max_results: int | None = None
    etag: bool | None = None
    sort: bool | None = None
    cursor_paging: bool | None = None
    index_paging: bool | None = None
    default_page_size: int | None = None
    max_page_size: int | None = None
    cursor_timeout: int | None = None


@dataclass(frozen=True, slots=True)
class ResourceTypeInfo:
    """One ResourceType: `endpoint` relative to the base URL ("/Users"), `schema` and `extensions` as URNs."""

    name: str
    endpoint: str
    schema: str
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was learnt from the three discovery endpoints together.

    `schemas` and `endpoints` have the keys "User" and "Group", also where the endpoint announced neither;
    `announced` holds those of "ServiceProviderConfig", "Schemas" and "ResourceTypes" that answered usably;
    `problems` are sentences for people.
    """

    config: ProviderConfig = ProviderConfig()
    schemas: Mapping[str, ResourceSchema] = field(default_factory=lambda: {"User": RFC_USER, "Group": RFC_GROUP})
    endpoints: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_ENDPOINTS))
    announced: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


DEFAULT_DISCOVERY: Final = Discovery()
"""For an endpoint without discovery: nothing is known of it but the RFC."""
