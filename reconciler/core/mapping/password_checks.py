"""First passwords that a target asks for, on a platform that takes none."""

from __future__ import annotations

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.manifests import Rule
from reconciler.core.mapping.targets import Target
from reconciler.diagnostics import Faults

PASSWORD = "password"  # noqa: S105  the attribute's name (RFC 7643 §4.1.1)


def check_passwords_taken(target: Target, faults: Faults) -> None:
    """A fault at the line that asks for passwords where the platform's users have none. Offline."""
    if not target.settings.passwords.wanted or takes_passwords(AttributeView(target.schemas()["User"])):
        return
    faults.error(
        Rule.UNKNOWN_ATTRIBUTE,
        f"targets.{target.name}.passwords",
        f"users of {target.profile.name} have no password that SCIM could set",
        remedy="take it out, or set passwords to null where it is inherited",
        mark=target.passwords_mark,
    )


def takes_passwords(view: AttributeView) -> bool:
    """Whether users have a password that can be written."""
    attribute = view[PASSWORD].attribute
    return attribute is not None and attribute.mutability.casefold() != "readonly"
