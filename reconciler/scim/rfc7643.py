"""The User, EnterpriseUser and Group schemas of RFC 7643 §8.7.1 as a table.

Where the JSON of §8.7.1 contradicts the RFC's text, the text holds: references and binaries are case exact
(§2.3.6, §2.3.7), and so are the ids that `groups`, `members` and `manager` hold (§3.1); a group's
`displayName` is required (§4.2); `addresses.primary` and `members.display` exist (§2.4), the latter readOnly,
since servers derive it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.scim import urns
from reconciler.scim.attributes import Attribute, Extension, ResourceSchema, by_name

if TYPE_CHECKING:
    from collections.abc import Sequence

ID_HOLDERS: Final = frozenset({"groups", "members", "manager"})
"""Attributes whose `value` is the id of another resource."""


def _texts(*names: str, mutability: str = "readWrite") -> list[Attribute]:
    return [Attribute(name, mutability=mutability) for name in names]


def _many(name: str, subs: Sequence[Attribute], mutability: str = "readWrite") -> Attribute:
    return Attribute(name, "complex", multi_valued=True, mutability=mutability, sub_attributes=by_name(subs))


def _plural(name: str, *types: str, value: str = "string") -> Attribute:
    """A multi-valued attribute with the sub-attributes of RFC 7643 §2.4 and the usual values of `type`."""
    subs = [
        Attribute("value", value, case_exact=value != "string"),
        Attribute("display"),
        Attribute("type", canonical_values=types),
        Attribute("primary", "boolean"),
    ]
    return _many(name, subs)


_NAME = _texts("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")
_ADDRESS = [
    *_texts("formatted", "streetAddress", "locality", "region", "postalCode", "country"),
    Attribute("type", canonical_values=("work", "home", "other")),
    Attribute("primary", "boolean"),
]
_GROUPS = [
    Attribute("value", case_exact=True, mutability="readOnly"),
    Attribute("$ref", "reference", case_exact=True, mutability="readOnly"),
    Attribute("display", mutability="readOnly"),
    Attribute("type", mutability="readOnly", canonical_values=("direct", "indirect")),
]
_MEMBERS = [
    Attribute("value", case_exact=True, mutability="immutable"),
    Attribute("$ref", "reference", case_exact=True, mutability="immutable"),
    Attribute("type", mutability="immutable", canonical_values=("User", "Group")),
    Attribute("display", mutability="readOnly"),
]
_MANAGER = [
    Attribute("value", case_exact=True),
    Attribute("$ref", "reference", case_exact=True),
    Attribute("displayName", mutability="readOnly"),
]
_USER = [
    Attribute("userName", required=True, uniqueness="server"),
    Attribute("name", "complex", sub_attributes=by_name(_NAME)),
    *_texts("displayName", "nickName"),
    Attribute("profileUrl", "reference", case_exact=True),
    *_texts("title", "userType", "preferredLanguage", "locale", "timezone"),
    Attribute("active", "boolean"),
    Attribute("password", mutability="writeOnly", returned="never"),
    _plural("emails", "work", "home", "other"),
    _plural("phoneNumbers", "work", "home", "mobile", "fax", "pager", "other"),
    _plural("ims", "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
    _plural("photos", "photo", "thumbnail", value="reference"),
    _many("addresses", _ADDRESS),
    _many("groups", _GROUPS, "readOnly"),
    _plural("entitlements"),
    _plural("roles"),
    _plural("x509Certificates", value="binary"),
]
_ENTERPRISE = [
    *_texts("employeeNumber", "costCenter", "organization", "division", "department"),
    Attribute("manager", "complex", sub_attributes=by_name(_MANAGER)),
]

RFC_ENTERPRISE_USER: Final = Extension(urns.ENTERPRISE_USER, by_name(_ENTERPRISE))
RFC_USER: Final = ResourceSchema("User", urns.USER, by_name(_USER), {urns.ENTERPRISE_USER.lower(): RFC_ENTERPRISE_USER})
RFC_GROUP: Final = ResourceSchema(
    "Group", urns.GROUP, by_name([Attribute("displayName", required=True), _many("members", _MEMBERS)])
)
