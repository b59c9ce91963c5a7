"""What one target should hold for one key, in the target's own attribute paths."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from reconciler.core.comparing.attributes import ACTIVE, EXTERNAL_ID, USER_NAME
from reconciler.core.deciding.situations import Standing
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind, Membership, Ref


@dataclass(slots=True)
class Wanted:
    """A desired object as mapped for a target.

    `values` maps canonical attribute paths to values (see `core.comparing.diff`); `earlier` the values that match
    attributes had under previous keys. `memberships` is None where members are not managed; otherwise they are those in
    force today, nested groups as they are declared. `emergency`: the day since which somebody's direct act keeps the
    user inactive, whatever the manifests say.
    """

    kind: Kind
    key: str
    standing: Standing
    entry: DesiredUser | DesiredGroup
    values: dict[str, Any]
    earlier: tuple[dict[str, Any], ...] = ()
    memberships: tuple[Membership, ...] | None = None
    started: bool = True
    expired: bool = False
    emergency: date | None = None

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.key)

    @property
    def name(self) -> str:
        """What people call the object on the target."""
        label = self.values.get(USER_NAME if self.kind is Kind.USER else "displayName")
        return label if isinstance(label, str) else self.key

    @property
    def active(self) -> bool:
        """Whether access is wanted; True where `active` is not managed."""
        return self.values.get(ACTIVE) is not False

    @property
    def identity(self) -> tuple[Any, Any]:
        """The userName (displayName for groups) and the externalId as wanted."""
        return self.values.get(USER_NAME if self.kind is Kind.USER else "displayName"), self.values.get(EXTERNAL_ID)
