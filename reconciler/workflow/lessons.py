"""What a run finds out about its endpoint while it writes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from reconciler.core.comparing.attributes import MEMBERS
from reconciler.core.known import Learnt, Lesson
from reconciler.core.plan import Change, Operation
from reconciler.core.planning.shapes import MEMBER_REMOVAL, able_shapes, members_at_once, removal_shapes, update_shapes
from reconciler.core.report import NotKept
from reconciler.core.resources import Kind
from reconciler.platforms.profile import MemberRemoval, Profile, Shape
from reconciler.scim.provider import Discovery

MOST_WORDS = 200
ENOUGH_REFUSALS = 3
"""One refusal may be about one value; a shape that is refused so often, and never goes through, is not offered."""


@dataclass(slots=True)
class Lessons:
    """Starts from what earlier runs learnt; `fresh` is what this run adds to it."""

    profile: Profile
    discovery: Discovery
    today: date
    learnt: list[Learnt]
    fresh: list[Learnt] = field(default_factory=list)
    not_kept: list[NotKept] = field(default_factory=list)
    _refusals: Counter[tuple[Kind, Shape]] = field(default_factory=Counter)
    _successes: set[tuple[Kind, Shape]] = field(default_factory=set)
    _lost: defaultdict[tuple[Kind, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """By kind and key, "" for every object: asked for each write, and there may be thousands of lessons."""

    def __post_init__(self) -> None:
        for each in self.learnt:
            self._lose(each)

    def update_shapes(self, kind: Kind) -> list[Shape]:
        return update_shapes(kind, self.profile, self.discovery, self._all)

    def shapes_for(self, kind: Kind, changes: Sequence[Change]) -> list[Shape]:
        """The shapes in which these changes can be made."""
        return able_shapes(self.update_shapes(kind), changes, kind, self.profile)

    def removal_shapes(self) -> list[MemberRemoval]:
        return removal_shapes(self.profile, self.discovery, self._all)

    def note_refusal(self, kind: Kind, shape: Shape) -> None:
        self._refusals[kind, shape] += 1

    def note_success(self, kind: Kind, shape: Shape) -> None:
        """The shape that goes through comes first from now on, once the one before it has been refused enough."""
        self._successes.add((kind, shape))
        first = self.update_shapes(kind)[0]
        refused = self._refusals[kind, first] >= ENOUGH_REFUSALS and (kind, first) not in self._successes
        if first is not shape and refused:
            self.fresh.append(Learnt(Lesson.WRITE_SHAPE, kind, str(kind), shape.value, self.today))

    def remember_removal(self, removal: MemberRemoval) -> None:
        if self.removal_shapes()[0] is not removal:
            self.fresh.append(Learnt(Lesson.WRITE_SHAPE, Kind.GROUP, MEMBER_REMOVAL, removal.value, self.today))

    @property
    def members_at_once(self) -> int:
        """How many members a request may carry, as far as it is known by now."""
        return members_at_once(self.profile, self._all)

    def note_members_at_once(self, number: int) -> None:
        """So many went through after more of them had been refused."""
        if number < self.members_at_once:
            self.fresh.append(Learnt(Lesson.MEMBERS_AT_ONCE, Kind.GROUP, MEMBERS, str(number), self.today))

    def learn_not_kept(self, kind: Kind, subject: str, key: str, *, only_there: bool) -> None:
        """An attribute that was accepted for an object and, by two reads, not kept; reported once.

        `only_there`: the endpoint keeps it for other objects, so that the lesson is about this one.
        """
        if subject not in self.not_kept_of(kind, key):
            self.fresh.append(Learnt(Lesson.NOT_KEPT, kind, subject, "", self.today, key if only_there else ""))
            self._lose(self.fresh[-1])
            self.not_kept.append(NotKept(kind=kind, path=subject, example=key))

    @property
    def versions_hold(self) -> bool:
        """Whether writes may name the version that they are meant for (RFC 7644 §3.14)."""
        supported = self.discovery.config.etag is True and self.profile.etag is not False
        return supported and not any(each.lesson is Lesson.USELESS_VERSIONS for each in self._all)

    def note_useless_versions(self, kind: Kind) -> None:
        """What is said of versions here does not hold: nothing is sent with one for a while."""
        self.fresh.append(Learnt(Lesson.USELESS_VERSIONS, kind, str(kind), "", self.today))

    def note_undeletable(self, kind: Kind, key: str, words: str) -> None:
        """The platform does not delete this object: it is shown as blocked, and not asked again for a while."""
        self.fresh.append(Learnt(Lesson.UNDELETABLE, kind, "delete", words[:MOST_WORDS], self.today, key))

    def note_take_over(self, operation: Operation, id: str) -> None:
        """A creation changed an object that nothing had shown: it is held, and not sent again for a while."""
        lesson = Learnt(Lesson.TAKEN_OVER, operation.kind, operation.name, id, self.today, operation.key)
        self.fresh.append(lesson)

    def not_kept_of(self, kind: Kind, key: str) -> frozenset[str]:
        """Subjects that the endpoint does not keep for an object, learnt in this run or before."""
        nothing: set[str] = set()
        return frozenset(self._lost.get((kind, ""), nothing) | self._lost.get((kind, key), nothing))

    def _lose(self, lesson: Learnt) -> None:
        if lesson.lesson is Lesson.NOT_KEPT:
            self._lost[lesson.kind, lesson.key].add(lesson.subject)

    @property
    def _all(self) -> list[Learnt]:
        """The newest first, so that what this run found outranks what an earlier one did."""
        return [*reversed(self.fresh), *self.learnt]
