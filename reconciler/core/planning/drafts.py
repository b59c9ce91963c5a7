"""What a plan is made from, and what planning found out before it becomes a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.deltas import Population
from reconciler.core.deciding.neighbours import ALONE, Neighbourhood
from reconciler.core.desired.memberships import Memberships
from reconciler.core.failures import Failure
from reconciler.core.known import Emergency, Holding, Known, Learnt, Selected
from reconciler.core.mapping.fitting import Drops
from reconciler.core.mapping.mapped import Scoped
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.plan import Released, Waiting
from reconciler.core.planning.dated import Dates
from reconciler.core.planning.emergencies import Emergencies
from reconciler.core.planning.rows import Rows
from reconciler.core.resources import Kind, Listing, Ref, Roster
from reconciler.scim.provider import Discovery

NOBODY = Scoped(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Lookups:
    """What was asked one by one because a listing could not tell.

    `gone`: recorded ids that do not exist any more. `searched`: wanted objects whose match keys were looked up.
    `read`: objects that were read on their own.
    """

    gone: frozenset[tuple[Kind, str]] = frozenset()
    searched: frozenset[Ref] = frozenset()
    read: frozenset[tuple[Kind, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanInput:
    """Everything that a plan is made from. `wanted` is fitted in place: it belongs to this plan alone."""

    target: Target
    discovery: Discovery
    wanted: Sequence[Wanted]
    declared: Scoped
    memberships: Memberships
    listings: Mapping[Kind, Listing]
    known: Sequence[Known]
    learnt: Sequence[Learnt]
    today: date
    stateless: bool = False
    lookups: Lookups = Lookups()
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    """Who is in groups that do not show their members, by their ids."""
    own_accounts: tuple[str, ...] = ()
    """Names of the account that the target's token belongs to, as far as they are known."""
    own_ids: tuple[str, ...] = ()
    """Its ids, as far as the endpoint tells."""
    earlier: Scoped = NOBODY
    """Keys that entries of the manifests say they had before."""
    emergencies: Sequence[Emergency] = ()
    failures: Sequence[Failure] = ()
    """Objects that failed before and are not to be tried again yet."""
    neighbourhood: Neighbourhood = ALONE
    """What other targets own and desire on the same endpoint."""
    selected: Sequence[Selected] = ()
    """How many each scope and rule selects."""
    emptied: Sequence[Selected] = ()
    """Scopes and rules, as they were at the last apply, that have come to select nobody."""


@dataclass(slots=True)
class Draft:
    """What planning found out, before it becomes a document."""

    decisions: list[Decision]
    rows: Rows
    drops: Drops
    released: list[Released]
    foreign: dict[str, int]
    views: Mapping[Kind, AttributeView]
    people: Population
    emergencies: Emergencies
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids that each managed group has once the plan is carried out, as far as they are known."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """How many members each managed group has now, by its id."""
    members_of: Callable[[Decision], set[str]] = field(default=lambda _: set())
    """Ids of the members that a group has now."""
    unread: frozenset[str] = frozenset()
    """Ids of managed groups whose members nothing tells."""
    exact: frozenset[str] = frozenset()
    """Ids of groups that are to have their declared members and nobody else."""
    dates: Dates = field(default_factory=Dates)
    """What days in the manifests mean for it."""
    waiting: list[Waiting] = field(default_factory=list)
    shared: Mapping[tuple[Kind, str], Sequence[tuple[str, str]]] = field(default_factory=dict)
    """What is about to become this target's although others desire it: their names, and the keys that it has there."""
    surrendered: Mapping[tuple[Kind, str], Sequence[Holding]] = field(default_factory=dict)
    """What other targets still have on record of objects that are this target's, by kind and id."""
    selected: Sequence[Selected] = ()
    """As in `PlanInput`."""
    emptied: Sequence[Selected] = ()
    """As in `PlanInput`."""
