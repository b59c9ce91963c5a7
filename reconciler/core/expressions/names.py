"""What an expression may name: the shapes of `user`, `group`, `target` and `scope`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, Final

from reconciler.core.resources import Kind
from reconciler.scim.rfc7643 import RFC_ENTERPRISE_USER, RFC_GROUP, RFC_USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.scim.schemas import Attribute


class Form(Enum):
    ANY = auto()
    PLAIN = auto()
    RECORD = auto()
    LIST = auto()


@dataclass(frozen=True, slots=True)
class Shape:
    """What can be known of a value before there is one. `element` is the shape of a list's elements."""

    form: Form
    fields: Mapping[str, Shape] = field(default_factory=dict)
    element: Shape | None = None


ANY: Final = Shape(Form.ANY)
PLAIN: Final = Shape(Form.PLAIN)


def record(fields: Mapping[str, Shape]) -> Shape:
    return Shape(Form.RECORD, fields)


def list_of(element: Shape) -> Shape:
    return Shape(Form.LIST, element=element)


@dataclass(frozen=True, slots=True)
class Names:
    """Everything that the expressions of one place may name.

    `custom`: the names that `custom` may hold; None where they are not declared, and any is then allowed.
    `tables`: what `lookup` translates with. `subject`: whether expressions see `user` or `group`.
    """

    custom: frozenset[str] | None
    tables: Mapping[str, Mapping[str, str]]
    subject: Kind

    def variables(self) -> Mapping[str, Shape]:
        """The shapes of the variables by name."""
        return _variables(self.subject, self.custom)


_DERIVED: Final = {"key": PLAIN, "email": PLAIN, "phone": PLAIN, "active": PLAIN, "groups": list_of(ANY)}
# A password is never desired state; a user's manager is a user key, not the complex value of RFC 7643 §4.3.
_HIDDEN: Final = frozenset({"password"})
_BY_KEY: Final = {"manager": PLAIN}
_TARGET: Final = record({"name": PLAIN, "platform": PLAIN, "environment": PLAIN, "options": ANY})
_SCOPE: Final = record({"name": PLAIN, "organization": PLAIN})


@cache
def _variables(subject: Kind, custom: frozenset[str] | None) -> Mapping[str, Shape]:
    subject_shape = _user(custom) if subject is Kind.USER else _group(custom)
    return {subject.value: record(subject_shape), "target": _TARGET, "scope": _SCOPE}


def _user(custom: frozenset[str] | None) -> dict[str, Shape]:
    attributes = _fields({**RFC_USER.attributes, **RFC_ENTERPRISE_USER.attributes})
    return {**attributes, **_BY_KEY, **_DERIVED, "externalId": PLAIN, "custom": _custom(custom)}


def _group(custom: frozenset[str] | None) -> dict[str, Shape]:
    return {**_fields(RFC_GROUP.attributes), "key": PLAIN, "externalId": PLAIN, "custom": _custom(custom)}


def _custom(names: frozenset[str] | None) -> Shape:
    return ANY if names is None else record(dict.fromkeys(sorted(names), ANY))


def _fields(attributes: Mapping[str, Attribute]) -> dict[str, Shape]:
    return {each.name: _shape(each) for each in attributes.values() if each.name not in _HIDDEN}


def _shape(attribute: Attribute) -> Shape:
    parts = {each.name: PLAIN for each in attribute.sub_attributes.values()}
    single = record(parts) if parts else PLAIN
    return list_of(single) if attribute.multi_valued else single
