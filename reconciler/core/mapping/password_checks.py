"""Passwords where none can be: on a platform that takes none, and in mapping rules."""

from __future__ import annotations

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.manifests import Rule
from reconciler.core.mapping.mapped import rule_path
from reconciler.core.mapping.targets import Target
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults
from reconciler.scim.paths import Path
from reconciler.scim.rfc7643 import RFC_USER

PASSWORD = "password"  # noqa: S105  the attribute's name (RFC 7643 §4.1.1)


def check_passwords(target: Target, faults: Faults) -> None:
    """What can be told offline: that nobody takes them, or that they would stand in every plan."""
    _check_taken(target, faults)
    for rule in target.rules[Kind.USER].rules:
        if rule.mark is not None and _is_password(rule.path):
            problem, remedy = (
                "a password is nobody's desired state",
                "first passwords are set under the target's passwords",
            )
            faults.error(Rule.UNKNOWN_ATTRIBUTE, rule_path(rule, Kind.USER), problem, remedy=remedy, mark=rule.mark)


def _is_password(path: Path) -> bool:
    """Whether a path is RFC 7643's password, and not one of some extension."""
    return path.attribute.lower() == PASSWORD and (path.urn is None or path.urn.lower() == RFC_USER.urn.lower())


def _check_taken(target: Target, faults: Faults) -> None:
    """A fault at the line that asks for passwords where the platform's users have none."""
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
