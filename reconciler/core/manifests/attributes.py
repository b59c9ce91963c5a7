"""The attributes of users and groups by their SCIM names (RFC 7643 §4.1, §4.2, §4.3), with the short forms.

Absent and null mean *not managed*; an empty text or list is managed and empty.
"""

from __future__ import annotations

from typing import Annotated, Any, Required, TypeVar

from pydantic import BeforeValidator, Discriminator, Field, Tag, with_config
from typing_extensions import TypedDict

from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.scalars import (
    CLOSED,
    LIST,
    MAPPING,
    TEXT,
    Flag,
    fault,
    node_kind,
    one_of,
    says,
)

Text = str | None
Element = TypeVar("Element")


@with_config(CLOSED)
class Value(TypedDict, total=False):
    """One value of a multi-valued attribute (RFC 7643 §2.4)."""

    value: Required[Annotated[str, says("The value itself.")]]
    type: Annotated[Text, says("What it is for.", "work", "home", "mobile", "other")]
    primary: Annotated[Flag | None, says("At most one value of an attribute is the primary one.")]
    display: Annotated[Text, says("How the value is shown.")]


@with_config(CLOSED)
class Address(TypedDict, total=False):
    """A postal address (RFC 7643 §4.1.2)."""

    formatted: Annotated[Text, says("The whole address, ready to be shown; lines end with a line break.")]
    streetAddress: Annotated[Text, says("Street and house number, post-office box.", "1 Main St")]
    locality: Annotated[Text, says("City.", "Shanghai")]
    region: Annotated[Text, says("State, province or region.")]
    postalCode: Annotated[Text, says('Quote it: "01234".', "200120")]
    country: Annotated[Text, says("ISO 3166-1 alpha-2 code.", "CN", "DE")]
    type: Annotated[Text, says("What it is for.", "work", "home", "other")]
    primary: Annotated[Flag | None, says("At most one address is the primary one.")]


@with_config(CLOSED)
class Name(TypedDict, total=False):
    """The parts of a person's name (RFC 7643 §4.1.1)."""

    formatted: Annotated[Text, says("The full name, ready to be shown.", "Dr. Alice M. Nguyen")]
    familyName: Annotated[Text, says("Family name.", "Nguyen")]
    givenName: Annotated[Text, says("Given name.", "Alice")]
    middleName: Annotated[Text, says("Middle names.")]
    honorificPrefix: Annotated[Text, says("Title before the name.", "Dr.")]
    honorificSuffix: Annotated[Text, says("Suffix after the name.", "III")]


def _types_only(mapping: Any) -> Any:
    """Refuses one element without its list, which would read as types named `value` and `type`."""
    parts = [name for name in _ELEMENT_PARTS if isinstance(mapping, dict) and name in mapping]
    if parts:
        remedy = f"write a list of elements, [{{{parts[0]}: …}}], or a mapping by type, {{work: …}}"
        raise fault(
            Rule.WRONG_TYPE,
            f"{one_of(parts[:1])!r} is not a type: one element needs a list around it",
            remedy,
        )
    return mapping


_ELEMENT_PARTS: list[Any] = sorted((Value.__annotations__.keys() | Address.__annotations__.keys()) - {"type"})
_BY_TYPE = (
    BeforeValidator(_types_only),
    Field(json_schema_extra={"propertyNames": {"not": {"enum": _ELEMENT_PARTS}}}),
    Tag(MAPPING),
)

_ValueItem = Annotated[Annotated[str, Tag(TEXT)] | Annotated[Value, Tag(MAPPING)], Discriminator(node_kind)]
Values = Annotated[
    Annotated[str, Tag(TEXT)] | Annotated[list[_ValueItem], Tag(LIST)] | Annotated[dict[str, Text], *_BY_TYPE],
    Discriminator(node_kind),
]
Addresses = Annotated[
    Annotated[list[Address], Tag(LIST)] | Annotated[dict[str, Address | None], *_BY_TYPE],
    Discriminator(node_kind),
]

_SHORT = (
    "One text (the primary work value; manages that type only), a mapping by type (manages the types "
    "given), or a list (complete: whatever else the target holds is removed)."
)


@with_config(CLOSED)
class UserAttributes(TypedDict, total=False):
    """What a user may say about itself: core and enterprise attributes side by side, and `custom`."""

    userName: Annotated[
        Annotated[str, Field(min_length=1)] | None, says("Login name. Default: the key.", "alice@example.com")
    ]
    externalId: Annotated[Text, says("Identifier in the source of truth. Default: the key.", "E1001")]
    name: Annotated[Name | None, says("The parts of the name.", {"givenName": "Alice", "familyName": "Nguyen"})]
    displayName: Annotated[Text, says("The name that others see.", "Alice Nguyen")]
    nickName: Annotated[Text, says("Casual name.")]
    profileUrl: Annotated[Text, says("URL of a page about the user.")]
    title: Annotated[Text, says("Job title.", "Staff Engineer")]
    userType: Annotated[Text, says("Relation to the organisation.", "Employee", "Contractor", "Vendor")]
    preferredLanguage: Annotated[Text, says("Language tag as in Accept-Language.", "de-DE")]
    locale: Annotated[Text, says("Language tag for formats.", "en-US")]
    timezone: Annotated[Text, says("IANA time zone.", "Asia/Shanghai")]
    emails: Annotated[Values | None, says(f"E-mail addresses. {_SHORT}", "alice@example.com")]
    phoneNumbers: Annotated[
        Values | None,
        says(f"Phone numbers, quoted. {_SHORT}", {"mobile": "+86 138 0013 8000"}, "+49 30 1234567"),
    ]
    ims: Annotated[Values | None, says(f"Instant messaging addresses. {_SHORT}")]
    photos: Annotated[Values | None, says(f"URLs of photos. {_SHORT}")]
    addresses: Annotated[
        Addresses | None,
        says(
            "Postal addresses: a list (complete) or a mapping by type.",
            {"work": {"locality": "Berlin", "country": "DE"}},
        ),
    ]
    entitlements: Annotated[Values | None, says(f"Things the user is entitled to. {_SHORT}")]
    roles: Annotated[Values | None, says(f"Roles of the user. {_SHORT}")]
    x509Certificates: Annotated[Values | None, says(f"Certificates, DER in base64. {_SHORT}")]
    employeeNumber: Annotated[Text, says("Number or code of the employee (enterprise extension).", "701984")]
    costCenter: Annotated[Text, says("Cost centre (enterprise extension).", "4130")]
    organization: Annotated[
        Text,
        says("A placement name; mappings turn it into the target's own id (enterprise extension).", "cn-east"),
    ]
    division: Annotated[Text, says("Division (enterprise extension).")]
    department: Annotated[Text, says("Department (enterprise extension).", "Engineering")]
    manager: Annotated[Text, says("Key of the user's manager; becomes the target's own id.", "bob.chen")]
    custom: Annotated[
        dict[str, Any] | None,
        says("Whatever SCIM has no name for; see `settings.custom`.", {"country": "CN"}),
    ]


@with_config(CLOSED)
class GroupAttributes(TypedDict, total=False):
    """What a group may say about itself."""

    externalId: Annotated[Text, says("Identifier in the source of truth. Default: the key.")]
    displayName: Annotated[
        Annotated[str, Field(min_length=1)] | None, says("The group's name. Default: the key.", "Engineering")
    ]


USER_ATTRIBUTES: frozenset[str] = frozenset(UserAttributes.__annotations__)
"""Every attribute name that a user entry may hold, `custom` included."""
GROUP_ATTRIBUTES: frozenset[str] = frozenset(GroupAttributes.__annotations__)
