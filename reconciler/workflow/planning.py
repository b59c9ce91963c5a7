"""Reading one target and planning it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reconciler.core.desired.catalog import Catalog
from reconciler.core.desired.emptied import count_selected, find_emptied
from reconciler.core.endpoint import Endpoint
from reconciler.core.failures import still_set_aside
from reconciler.core.journal import Entry
from reconciler.core.known import LESSONS_LAST, Learnt, Lesson
from reconciler.core.mapping.checking import expiry_warnings
from reconciler.core.mapping.targets import Target
from reconciler.core.plan import Plan
from reconciler.core.planning.documenting import Circumstances, document_plan
from reconciler.core.planning.drafts import Draft, PlanInput
from reconciler.core.planning.enrolment import FILTERS, users_that_matter
from reconciler.core.planning.planner import draft_plan
from reconciler.core.planning.questions import Question, open_questions, with_replies
from reconciler.core.planning.resuming import NOTHING_OPEN, Resumed, resumption_notes
from reconciler.core.planning.selection import Selection, check_selection
from reconciler.core.planning.staleness import check_same_endpoint
from reconciler.core.resources import Kind, Listing, Ref
from reconciler.core.tokens import claimed_subject
from reconciler.diagnostics import Faults
from reconciler.errors import RefusedError
from reconciler.workflow.asking import Asking, ask_all
from reconciler.workflow.neighbours import neighbourhood_of
from reconciler.workflow.own_account import with_own_account
from reconciler.workflow.passwords import check_passwords
from reconciler.workflow.ports import Clock, Directory, Passwords, Pause, Progress, StateStore, Telemetry
from reconciler.workflow.resuming import Resumption, wait_to_see
from reconciler.workflow.telemetry import UNTOLD
from reconciler.workflow.workers import work_through

MOST_ROUNDS = 3
"""Look-ups can bring up further questions; they are few, and they end."""


@dataclass(frozen=True, slots=True)
class Job:
    """One target and everything that its run needs from outside."""

    target: Target
    endpoint: Endpoint
    directory: Directory
    store: StateStore
    clock: Clock
    progress: Progress
    tool: str
    stateless: bool = False
    """There is deliberately no store: a match is all the link there can be."""
    passwords: Passwords | None = None
    """Asked for users that are created where the target wants them to have passwords."""
    telemetry: Telemetry = UNTOLD
    pause: Pause = asyncio.sleep
    retry: bool = False
    """What failed before is tried at once, whenever it would be its turn."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what it was made from, for whoever goes on to apply or explain it."""

    plan: Plan
    draft: Draft
    given: PlanInput
    resumed: Resumed = NOTHING_OPEN
    saved: bool = False
    """`plan` is one that was saved and reviewed: nothing is planned again under it."""

    @property
    def everybody(self) -> list[Ref]:
        """Everything that the manifests or the store know."""
        return everybody(self.given)


async def make_plan(job: Job, catalog: Catalog, manifests: str, selection: Selection) -> Planned:
    """Reads the target, settles what listings leave open, and plans. Writes nothing, anywhere.

    `manifests` is the manifests' digest. Raises `EndpointError` when the target cannot be read, `ManifestError` when
    a mapped value is wrong, `RefusedError` when the records are about another endpoint or required and missing,
    `UsageError` for a selection that names nobody. A first password that is missing or against the rules is a wrong
    value, too.
    """
    _check_state(job)
    unfinished = await _left_open(job)
    given, round_trip = await read_target(job, catalog)
    if job.store.fingerprint(job.target.name) not in (None, job.endpoint.fingerprint):
        check_same_endpoint(job.target.name, given.known, given.listings)
    check_selection(selection, everybody(given))
    resumption = Resumption(job.target, given, unfinished)
    draft, given, failed = await _settle(job, catalog, given, resumption)
    draft, given = await _enrol(job, catalog, draft, given)
    known = await with_own_account(job.directory, given, draft)
    if known is not given:
        given, draft = known, draft_plan(_with_wanted(known, job.target, catalog))
    told = Circumstances(
        tool=job.tool,
        now=job.clock.now(),
        manifests=manifests,
        lineage=job.store.lineage,
        url=job.target.settings.url,
        fingerprint=job.endpoint.fingerprint,
        selection=selection,
        round_trip=round_trip,
        concurrency=job.endpoint.concurrency,
        rates=job.endpoint.rates,
    )
    plan = document_plan(draft, given, told)
    resumed = resumption.of(given)
    notes = [*expiry_warnings(job.endpoint, job.clock.now().date()), *([_note(failed)] if failed else ())]
    notes += resumption_notes(resumption.unfinished, resumed)
    if notes:
        plan = plan.model_copy(update={"notes": (*plan.notes, *notes)}).sealed()
    check_passwords(plan, job.target, catalog, job.passwords)
    return Planned(plan, draft, given, resumed)


def _check_state(job: Job) -> None:
    """Raises `RefusedError` where a target must not be planned without records and has none."""
    name = job.target.name
    if job.target.settings.ownership.require_state and not job.store.known(name):
        raise RefusedError(
            f"state: EMPTY; nothing is recorded of target {name}, and its ownership.requireState wants records: name "
            "the store that its applies wrote (--state, RECONCILER_STATE), or take requireState out until the first one"
        )


async def read_target(job: Job, catalog: Catalog) -> tuple[PlanInput, float]:
    """Everything that planning needs, and the seconds of one round trip."""
    began = job.clock.now()
    discovery = await job.directory.discover()
    round_trip = (job.clock.now() - began).total_seconds()
    job.progress.begin(f"reading {job.target.name}", None)
    with job.telemetry.doing("read") as told:
        listings = await _read_listings(job)
        told |= {f"{kind}s": len(each.resources) for kind, each in listings.items()}
    job.progress.end()
    today = catalog.today
    given = PlanInput(
        target=job.target,
        discovery=discovery,
        wanted=(),
        declared=catalog.declared,
        own_accounts=tuple(sub for each in job.endpoint.tokens if (sub := claimed_subject(each.token)) is not None),
        earlier=catalog.earlier,
        memberships=catalog.memberships,
        listings=listings,
        known=job.store.known(job.target.name),
        learnt=_learnt(job, today),
        today=today,
        emergencies=job.store.emergencies(job.target.name),
        failures=() if job.retry else still_set_aside(job.store.failures(job.target.name), job.clock.now()),
        neighbourhood=neighbourhood_of(job.target, job.endpoint, job.store, catalog),
        selected=count_selected(catalog, job.target),
        emptied=find_emptied(catalog, job.target, job.store.selections(job.target.name)),
        stateless=job.stateless,
    )
    return given, round_trip


def _learnt(job: Job, today: date) -> list[Learnt]:
    """What is in force of what was learnt; where everything is to be tried again, no refusal of a deletion."""
    learnt = job.store.learnt(job.target.name, today - LESSONS_LAST + timedelta(days=1))
    return [each for each in learnt if not (job.retry and each.lesson is Lesson.UNDELETABLE)]


async def _read_listings(job: Job) -> dict[Kind, Listing]:
    """Users and groups at the same time; a platform without groups is not asked for any."""
    if job.target.profile.groups is None:
        users = await job.directory.list(Kind.USER)
        return {Kind.USER: users, Kind.GROUP: Listing(Kind.GROUP, (), complete=False, offered=False)}
    listings: dict[Kind, Listing] = {}

    async def read(kind: Kind) -> None:
        listings[kind] = await job.directory.list(kind)

    await work_through(Kind, read, workers=len(Kind))
    return listings


async def _left_open(job: Job) -> tuple[Entry, ...]:
    """What earlier runs left unfinished, once it can be seen on the target."""
    unfinished = tuple(job.store.unfinished(job.target.name))
    await job.pause(wait_to_see(unfinished, job.clock.now()))
    return unfinished


async def _settle(
    job: Job, catalog: Catalog, given: PlanInput, resumption: Resumption
) -> tuple[Draft, PlanInput, list[str]]:
    """Drafts, asks, and drafts again until nothing more can be learnt by asking; also which look-ups failed."""
    asking = Asking(job.directory, job.progress, job.endpoint.concurrency)
    failed: list[str] = []
    given = await resumption.look_up(resumption.resume(given), asking, failed)
    draft = draft_plan(_with_wanted(given, job.target, catalog))
    asked: set[Question] = set()
    for _ in range(MOST_ROUNDS):
        questions = [each for each in open_questions(draft, given) if each not in asked]
        if not questions:
            break
        asked.update(questions)
        given = resumption.resume(with_replies(given, await ask_all(asking, questions, failed)))
        draft = draft_plan(_with_wanted(given, job.target, catalog))
    return draft, given, failed


async def _enrol(job: Job, catalog: Catalog, draft: Draft, given: PlanInput) -> tuple[Draft, PlanInput]:
    """Asks who is in the groups that matter, where the platform tells by filters alone, and drafts again."""
    groups = job.target.profile.groups
    if groups is None or not draft.unread or FILTERS.isdisjoint(groups.members.read):
        return draft, given
    job.progress.begin("looking up members", None)
    users = users_that_matter(draft.people, draft.members.values())
    rosters = await job.directory.rosters(sorted(draft.unread), users, draft.exact)
    job.progress.end()
    given = replace(given, rosters=rosters)
    return draft_plan(_with_wanted(given, job.target, catalog)), given


def _note(failed: list[str]) -> str:
    first = min(failed)
    others = f" (and {len(failed) - 1} others)" if len(failed) > 1 else ""
    return f"a look-up was answered with an error and leaves its object open: {first}{others}"


def _with_wanted(given: PlanInput, target: Target, catalog: Catalog) -> PlanInput:
    faults = Faults()
    wanted = catalog.mapped(target, faults)
    faults.raise_errors()
    return replace(given, wanted=wanted)


def everybody(given: PlanInput) -> list[Ref]:
    """Everything that the manifests or the store know, as references."""
    declared = [Ref(Kind.USER, key) for key in given.declared.users]
    declared += [Ref(Kind.GROUP, key) for key in given.declared.groups]
    return [*declared, *(Ref(each.kind, each.key) for each in given.known)]
