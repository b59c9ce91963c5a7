"""Filters over desired users: they may name only what a desired user can have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator

from reconciler.core.manifests.attributes import USER_ATTRIBUTES, Address, Name, Value
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.scalars import check_filter, fault
from reconciler.diagnostics import did_you_mean
from reconciler.scim.filters import Path, attributes_of, parse_filter
from reconciler.scim.urns import ENTERPRISE_USER, USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_URNS = frozenset({USER.casefold(), ENTERPRISE_USER.casefold()})
_VALUE = frozenset(Value.__annotations__)
_SUBS: Final[Mapping[str, frozenset[str]]] = {
    "name": frozenset(Name.__annotations__),
    "addresses": frozenset(Address.__annotations__),
    "manager": frozenset({"value"}),
    **dict.fromkeys(("emails", "phonenumbers", "ims", "photos", "entitlements", "roles", "x509certificates"), _VALUE),
}
SELECTABLE: Final = USER_ATTRIBUTES | {"active", "key"}
"""What a filter over desired users may name."""


def check_user_filter(text: str) -> str:
    """Raises the faults `invalid-filter` and `unknown-attribute`, each with the offset inside the text."""
    check_filter(text)
    for path in attributes_of(parse_filter(text)):
        wrong, known = _unknown_part(path)
        if wrong:
            problem = f"a desired user has no attribute {str(path)!r}"
            raise fault(Rule.UNKNOWN_ATTRIBUTE, problem, did_you_mean(wrong, known), offset=_offset(text, wrong))
    return text


def _unknown_part(path: Path) -> tuple[str, Iterable[str]]:
    if path.urn is not None and path.urn.casefold() not in _URNS:
        return path.urn, ()
    if not _among(path.attribute, SELECTABLE):
        return path.attribute, SELECTABLE
    subs = _SUBS.get(path.attribute.casefold(), frozenset())
    if path.sub is None or path.attribute.casefold() == "custom" or _among(path.sub, subs):
        return "", ()
    return path.sub, subs


def _among(name: str, known: Iterable[str]) -> bool:
    return name.casefold() in {each.casefold() for each in known}


def _offset(text: str, word: str) -> int:
    found = re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)|{re.escape(word)}", text)
    return found.start() if found else 0


UserFilter = Annotated[str, AfterValidator(check_user_filter)]
"""A SCIM filter over desired users (RFC 7644 §3.4.2.2)."""
