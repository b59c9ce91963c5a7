"""The schema and message URNs of RFC 7643 §8.7 and RFC 7644 §3, written once."""

from __future__ import annotations

from typing import Final

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SERVICE_PROVIDER_CONFIG: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"
RESOURCE_TYPE: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"

LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
BULK_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

_WHOLE = frozenset(
    each.casefold() for each in (USER, GROUP, ENTERPRISE_USER, SERVICE_PROVIDER_CONFIG, SCHEMA, RESOURCE_TYPE)
)
_RESOURCE_ENDINGS = (":2.0:user", ":2.0:group")


def is_schema(text: str) -> bool:
    """Whether a text names a whole schema rather than an attribute of one.

    The last part of `urn:a:b:2.0:User` could be read as an attribute; the URNs of RFC 7643 and everything
    that ends like a resource's schema cannot.

    >>> is_schema(ENTERPRISE_USER), is_schema(ENTERPRISE_USER + ":department")
    (True, False)
    """
    folded = text.casefold()
    return folded in _WHOLE or (folded.startswith("urn:") and folded.endswith(_RESOURCE_ENDINGS))
