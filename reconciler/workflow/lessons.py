"""What a run finds out about its endpoint while it writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from reconciler.core.known import Learnt, Lesson
from reconciler.core.report import NotKept
from reconciler.core.resources import Kind
from reconciler.core.shapes import MEMBER_REMOVAL, removal_shapes, update_shapes
from reconciler.platforms.profile import MemberRemoval, Profile, Shape
from reconciler.scim.provider import Discovery


@dataclass(slots=True)
class Lessons:
    """Starts from what earlier runs learnt; `fresh` is what this run adds to it."""

    profile: Profile
    discovery: Discovery
    today: date
    learnt: list[Learnt]
    fresh: list[Learnt] = field(default_factory=list)
    not_kept: list[NotKept] = field(default_factory=list)

    def update_shapes(self, kind: Kind) -> list[Shape]:
        return update_shapes(kind, self.profile, self.discovery, self._all)

    def removal_shapes(self) -> list[MemberRemoval]:
        return removal_shapes(self.profile, self.discovery, self._all)

    def remember_shape(self, kind: Kind, shape: Shape) -> None:
        """The shape that goes through comes first from now on."""
        if self.update_shapes(kind)[0] is not shape:
            self._add(Learnt(Lesson.WRITE_SHAPE, kind, str(kind), shape.value, self.today))

    def remember_removal(self, removal: MemberRemoval) -> None:
        if self.removal_shapes()[0] is not removal:
            self._add(Learnt(Lesson.WRITE_SHAPE, Kind.GROUP, MEMBER_REMOVAL, removal.value, self.today))

    def learn_not_kept(self, kind: Kind, subjects: Sequence[str], example: str) -> None:
        """An attribute that was accepted and, by two reads, not kept; reported once."""
        for subject in subjects:
            if not self.knows(kind, subject):
                self._add(Learnt(Lesson.NOT_KEPT, kind, subject, "", self.today))
                self.not_kept.append(NotKept(kind=kind, path=subject, example=example))

    def knows(self, kind: Kind, subject: str) -> bool:
        return any(
            each.lesson is Lesson.NOT_KEPT and each.kind is kind and each.subject == subject for each in self._all
        )

    def known_among(self, kind: Kind, subjects: Iterable[str]) -> frozenset[str]:
        return frozenset(each for each in subjects if self.knows(kind, each))

    @property
    def _all(self) -> list[Learnt]:
        """The newest first, so that what this run found outranks what an earlier one did."""
        return [*reversed(self.fresh), *self.learnt]

    def _add(self, lesson: Learnt) -> None:
        self.fresh.append(lesson)
