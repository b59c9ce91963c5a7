"""Disabling one user at once, without a listing: find, send, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reconciler.core.comparing.attributes import ACTIVE, AttributeView
from reconciler.core.deciding.decisions import Decision, activity_of, name_of
from reconciler.core.deciding.deltas import Population
from reconciler.core.desired.catalog import Catalog
from reconciler.core.disabling import AT_REST, Ended, Ending
from reconciler.core.known import LESSONS_LAST
from reconciler.core.mapping.fitting import Drops
from reconciler.core.plan import Change, Operation
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.emergencies import Emergencies, by_hand
from reconciler.core.planning.goals import Goals
from reconciler.core.planning.permits import Permits
from reconciler.core.planning.protection import Protection
from reconciler.core.planning.requesting import collections_of
from reconciler.core.planning.rows import RowMaker, Rows
from reconciler.core.planning.seeking import Sought, claimed_elsewhere, look_ups, recorded_elsewhere, seek
from reconciler.core.requests import FilterNotOfferedError, InDoubtError
from reconciler.core.resources import Kind, LiveResource
from reconciler.core.vocabulary import Action, Situation, Verdict
from reconciler.errors import EndpointError
from reconciler.scim.provider import Discovery
from reconciler.workflow.lessons import Lessons
from reconciler.workflow.planning import Job
from reconciler.workflow.writing import Writer

UNPLANNED = "neither in the scope of this target nor on record there: no plan sees it, and nothing holds it"
STILL_ACTIVE = "the endpoint accepted it and still shows the user active"


async def disable_at_once(job: Job, catalog: Catalog, key: str) -> Ended:
    """Finds a user by look-ups, disables and reads back. What came of it is recorded where the user is on record.

    The emergency itself is to be recorded before. Raises `EndpointError` where the user could not be looked for.
    """
    discovery = await job.directory.discover()
    sought = seek(key, catalog, job.target, job.store.known(job.target.name))
    view = AttributeView(job.target.schemas(discovery.schemas)["User"])
    ended = await _Disabling(job, discovery, sought, key, view).run()
    if ended.result in AT_REST and sought.record is None and key not in catalog.scoped(job.target).users:
        return replace(ended, detail=UNPLANNED)
    return ended


@dataclass(slots=True)
class _Disabling:
    job: Job
    discovery: Discovery
    sought: Sought
    key: str
    view: AttributeView

    async def run(self) -> Ended:
        found = await self._recorded() or await self._looked_up()
        if isinstance(found, Ended):
            return found
        if activity_of(found) is False:
            return self._ended(Ending.INACTIVE, found.id)
        verdict = self._verdict(found)
        if verdict is not None:
            return self._ended(Ending.IMPOSSIBLE, found.id, by_hand(verdict, self.job.target, found.id))
        record, store = self.sought.record, self.job.store
        if record is None or record.id != found.id:
            return await self._disable(found)
        # That it was us tells a later plan that it may enable again: written first, so that no kill loses it.
        store.record(self.job.target.name, [replace(record, applied={**record.applied, ACTIVE: False})])
        ended = await self._disable(found)
        if ended.result is Ending.FAILED:
            store.record(self.job.target.name, [record])
        return ended

    async def _recorded(self) -> LiveResource | Ended | None:
        """The object with the recorded id; None where there is none, or where the id is of another endpoint."""
        record, store, name = self.sought.record, self.job.store, self.job.target.name
        if record is None or store.fingerprint(name) not in (None, self.job.endpoint.fingerprint):
            return None
        live = await self.job.directory.get(Kind.USER, record.id)
        problem = recorded_elsewhere(self.sought, live, self.view) if live is not None else ""
        return self._ended(Ending.DISPUTED, record.id, problem) if problem else live

    async def _looked_up(self) -> LiveResource | Ended:
        """The first look-up that finds anybody decides, as in a plan."""
        asked = look_ups(self.sought, self.job.target, self.view)
        unanswered = [] if asked else ["there is nothing to look it up by"]
        for attribute, value in asked:
            try:
                found = await self.job.directory.find(Kind.USER, attribute, value)
            except FilterNotOfferedError as error:
                unanswered.append(f"{attribute}: {error}")
                continue
            if found:
                return self._only(found, attribute)
        if unanswered:
            return self._ended(Ending.NOT_FOUND, None, quoted=unanswered[0])
        return self._ended(Ending.NOT_THERE, None)

    def _only(self, found: tuple[LiveResource, ...], attribute: str) -> LiveResource | Ended:
        if len(found) > 1:
            ids = ", ".join(sorted(each.id for each in found))
            return self._ended(Ending.DISPUTED, None, f"several objects have this {attribute}: {ids}")
        problem = claimed_elsewhere(self.sought, found[0], self.job.target, self.view)
        return self._ended(Ending.DISPUTED, found[0].id, quoted=problem) if problem else found[0]

    def _verdict(self, live: LiveResource) -> Verdict | None:
        """What keeps a plan from disabling, but for protection: this is a person's own act."""
        record = self.sought.record if self.sought.record is not None and self.sought.record.id == live.id else None
        decision = Decision(Kind.USER, self.key, Situation.DRIFTED, self.sought.wanted, live, record)
        out = RowMaker(Kind.USER, self.view, Rows())
        unguarded = Protection(lambda _: False)
        return Permits(Kind.USER, self.job.target, out, unguarded).verdict(decision, Action.DISABLE)

    async def _disable(self, live: LiveResource) -> Ended:
        """Sends, and once more where no answer came and reading shows that nothing was done."""
        writer, operation = self._writer(), self._operation(live)
        ended = await self._attempt(writer, operation, live.id)
        if ended.result is Ending.IN_DOUBT:
            ended = await self._attempt(writer, operation, live.id)
        self.job.store.learn(self.job.target.name, writer.lessons.fresh)
        return ended

    async def _attempt(self, writer: Writer, operation: Operation, id: str) -> Ended:
        """Whatever was answered, reading the object decides."""
        otherwise, said = Ending.FAILED, ""
        try:
            done = await writer.bring_about(operation, id, operation.changes, {ACTIVE: False})
            said = done.detail
        except InDoubtError as error:
            otherwise, said = Ending.IN_DOUBT, str(error)
        except EndpointError as error:
            said = str(error)
        try:
            live = await self.job.directory.get(Kind.USER, id)
        except EndpointError as error:
            return self._ended(Ending.IN_DOUBT, id, quoted=said or str(error))
        if live is None:
            return self._ended(Ending.NOT_THERE, id)
        if activity_of(live) is False or not (said or self.view[ACTIVE].reported):
            return self._ended(Ending.DISABLED, id)
        return self._ended(otherwise, id, quoted=said or STILL_ACTIVE)

    def _writer(self) -> Writer:
        job, users = self.job, Kind.USER
        today = job.clock.now().date()
        learnt = job.store.learnt(job.target.name, today - LESSONS_LAST + timedelta(days=1))
        return Writer(
            directory=job.directory,
            goals=Goals(nothing_planned(job.target.name, today, {users: self.view})),
            views={users: self.view},
            collections=collections_of(self.discovery.endpoints),
            lessons=Lessons(job.target.profile, self.discovery, today, learnt),
            pause=job.pause,
        )

    def _operation(self, live: LiveResource) -> Operation:
        change = Change(path=ACTIVE, before=self.view[ACTIVE].read(live.document), after=False)
        decision = Decision(Kind.USER, self.key, Situation.DRIFTED, live=live)
        return Operation(
            id=f"user:{self.key}:disable",
            kind=Kind.USER,
            key=self.key,
            name=name_of(live),
            action=Action.DISABLE,
            situation=Situation.DRIFTED,
            reason=Verdict.EMERGENCY,
            changes=(change,),
            precondition=RowMaker(Kind.USER, self.view, Rows()).precondition(decision),
        )

    def _ended(self, result: Ending, id: str | None, detail: str = "", quoted: str = "") -> Ended:
        return Ended(self.job.target.name, result, id, detail, quoted)


def nothing_planned(target: str, today: date, views: Mapping[Kind, AttributeView]) -> Draft:
    """What a writer goes by that carries out no plan."""
    nobody = Population({}, frozenset(), frozenset(), {}, frozenset(), frozenset(), {})
    emergencies = Emergencies.of(target, today, ())
    return Draft([], Rows(), Drops(), [], {}, views=views, people=nobody, emergencies=emergencies)
