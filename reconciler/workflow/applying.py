"""Carrying out a plan: in steps, with a fixed number of workers, recording what is done as it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.core.known import Holding, Run, run_id
from reconciler.core.mapping.password_sources import PasswordError
from reconciler.core.plan import Operation
from reconciler.core.planning.bulk import Preparer, terms_of
from reconciler.core.planning.claims import Register
from reconciler.core.planning.goals import Goals
from reconciler.core.planning.images import pre_images
from reconciler.core.planning.names import Waits, find_waits
from reconciler.core.planning.ordering import by_object, levels
from reconciler.core.planning.recording import Effect, Ledger
from reconciler.core.planning.requesting import collections_of
from reconciler.core.report import Outcome, Report, Result, count_results
from reconciler.core.requests import InDoubtError, SendingEndedError
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.errors import EndpointError, ExitCode
from reconciler.workflow.bulk import Ahead, Bulk
from reconciler.workflow.creating import Creating
from reconciler.workflow.deleting import Deleting
from reconciler.workflow.disabling import disable
from reconciler.workflow.journaling import Journal
from reconciler.workflow.lessons import Lessons
from reconciler.workflow.memberships import MemberWriter
from reconciler.workflow.neighbours import lost_to_others
from reconciler.workflow.planning import Job, Planned
from reconciler.workflow.quarantine import Quarantine
from reconciler.workflow.recording import Recorder
from reconciler.workflow.searching import Searching
from reconciler.workflow.setting_aside import remember_failures
from reconciler.workflow.takeovers import present_ids
from reconciler.workflow.workers import work_through
from reconciler.workflow.writing import Done, Writer

MOST_FAILURES = 5
"""Requests in a row without any answer that end a run: the endpoint is not there."""


@dataclass(slots=True)
class Stop:
    """Set from outside (Ctrl-C): what is under way finishes, nothing more is sent."""

    requested: bool = False


@dataclass(slots=True)
class Applied:
    """The report, and the error that ended the run early where one did."""

    report: Report
    error: EndpointError | None = None

    @property
    def exit_code(self) -> ExitCode:
        if self.report.interrupted:
            return ExitCode.INTERRUPTED
        if self.error is not None:
            return self.error.exit_code
        unfinished = self.report.having(Result.FAILED, Result.SKIPPED, Result.IN_DOUBT, Result.NOT_SENT)
        return ExitCode.PARTIAL if unfinished else ExitCode.DONE


async def apply_plan(job: Job, planned: Planned, operations: Sequence[Operation], stop: Stop) -> Applied:
    """Carries out operations of a plan that was just made, and records everything that is settled.

    Writes the store also when it is stopped or fails half-way; never raises for what the endpoint answers.
    """
    return await _Applier(job, planned, stop).run(operations)


@dataclass(slots=True)
class _Applier:
    job: Job
    planned: Planned
    stop: Stop
    outcomes: list[Outcome] = field(default_factory=list)
    unanswered: int = 0
    quarantine: Quarantine = field(default_factory=Quarantine)
    error: EndpointError | None = None
    sent_before: int = 0
    unfinished: set[str] = field(default_factory=set)
    waits: Waits = field(default_factory=dict)
    recorder: Recorder = field(init=False)
    taken: Mapping[tuple[Kind, str], Holding] = field(default_factory=dict)
    writer: Writer = field(init=False)
    creating: Creating = field(init=False)
    deleting: Deleting = field(init=False)
    members: MemberWriter = field(init=False)
    journal: Journal = field(init=False)
    bulk: Bulk = field(init=False)

    def __post_init__(self) -> None:
        given, draft = self.planned.given, self.planned.draft
        lessons = Lessons(self.job.target.profile, given.discovery, given.today, list(given.learnt))
        ids = {str(ref): id for ref, id in draft.people.ids.items()}
        ledger = Ledger(draft, self.job.target, given.today, ids=dict(ids))
        self.recorder = Recorder(self.job.store, self.job.target.name, draft, ledger)
        collections = collections_of(given.discovery.endpoints)
        ahead = Ahead(self.job.directory)
        self.writer = Writer(ahead, Goals(draft), draft.views, collections, lessons, ids, self.job.pause)
        self.writer.preconditions.exact = self.planned.saved
        for each in draft.decisions:
            if each.live is not None:
                self.writer.preconditions.expect(collections[each.kind], each.live)
        profile, config = self.job.target.profile, given.discovery.config
        versions = self.writer.preconditions.expected
        preparer = Preparer(profile, draft.views, collections, lessons.shapes_for, versions)
        clock, terms = self.job.clock, terms_of(profile, config)
        self.bulk = Bulk(ahead, preparer, terms, given.listings, clock.now, lambda: self._ended)
        match = {kind: self.job.target.rules[kind].match for kind in Kind}
        searching = Searching(self.job.directory, match, draft.views)
        self.creating = Creating(self.writer, searching, present_ids(draft), self.job.passwords)
        self.deleting = Deleting(self.writer)
        self.members = MemberWriter(self.writer, draft.people.aliases)

    async def run(self, operations: Sequence[Operation]) -> Applied:
        started = self.job.clock.now()
        self.sent_before = self.job.directory.requests_sent
        register = Register(self.planned.draft.views, self.planned.given.listings)
        self.waits = find_waits(operations, register)
        self.creating.promise(operations)
        self.taken = lost_to_others(self.planned.draft, self.job.target.name, self.job.endpoint, self.job.store)
        self.job.store.bind(self.job.target.name, self.job.endpoint.fingerprint)
        plan = self.planned.plan.sha256
        taken = {each.id for each in self.job.store.runs(self.job.target.name)}
        begun = Run(run_id(started, plan, taken), self.job.target.name, started, plan, self.job.tool)
        self._record_run(begun, operations)
        self.recorder.settle(self.planned.resumed)
        self.journal = self._open_journal(begun.id, operations)
        self.job.progress.begin(f"applying to {self.job.target.name}", len(operations))
        self.job.progress.expect(self.planned.plan.estimated_seconds)
        workers = self.job.endpoint.concurrency
        try:
            steps = levels(operations, register)
            for number, step in enumerate(steps):
                await self._send_ahead(steps[number:])
                await work_through(self.journal.announced(by_object(step), workers), self._carry_out_all, workers)
                self.journal.write()
        finally:
            self.job.progress.end()
            self._record_at_the_end()
            self.journal.write()
        applied = Applied(self._report(started), self.error)
        ended = replace(begun, ended=applied.report.ended, counts=applied.report.counts, exit=int(applied.exit_code))
        self._record_run(ended, operations)
        self.journal.forget_the_old()
        return applied

    def _report(self, started: datetime) -> Report:
        return Report(
            tool=self.job.tool,
            target=self.job.target.name,
            plan=self.planned.plan.sha256,
            started=started,
            ended=self.job.clock.now(),
            interrupted=self.stop.requested,
            stopped=str(self.error) if self.error is not None else self.quarantine.verdict,
            outcomes=tuple(self.outcomes),
            not_kept=tuple(self.writer.lessons.not_kept),
            requests=self.job.directory.requests_sent,
            counts=count_results(self.outcomes),
        )

    def _open_journal(self, run: str, operations: Sequence[Operation]) -> Journal:
        images = pre_images(operations, self.planned.draft, self.job.target)
        return Journal(self.job.store, self.job.clock, self.job.target.name, run, images)

    def _record_run(self, run: Run, operations: Sequence[Operation]) -> None:
        """At the beginning too: a run that is killed leaves that at least. One with nothing to do leaves nothing."""
        if operations:
            self.job.store.record_run(run)

    async def _send_ahead(self, steps: Sequence[Sequence[Operation]]) -> None:
        """Carries out many writes at once where the endpoint offers that and where it saves requests."""
        operations = [each for each in self.bulk.together(steps) if self._kept_back(each) is None]
        if operations:
            self.journal.announce(operations)
            await self.bulk.send(operations, self.writer.ids)

    async def _carry_out_all(self, operations: Sequence[Operation]) -> None:
        """The operations of one object, one after the other."""
        for operation in operations:
            done = await self._told(operation)
            self._note(operation, done)
            self.job.progress.advance()

    async def _told(self, operation: Operation) -> Done:
        facts = {"kind": operation.kind, "action": operation.action, "situation": operation.situation}
        name = f"{operation.action} {operation.kind}".replace("_", " ")
        with self.job.telemetry.doing(name, **facts, key=operation.key) as told:
            done = await self._guarded(operation)
            told |= {"result": done.result, "status": done.status, "id": done.effect.id, "detail": done.detail}
        return done

    async def _guarded(self, operation: Operation) -> Done:
        """An operation's ending, whatever happens to its requests."""
        kept_back = None if self.bulk.carried(operation) else self._kept_back(operation)
        if kept_back is not None:
            return kept_back
        try:
            with self.bulk.carrying(operation):
                done = await self._carry_out(operation)
        except InDoubtError as error:
            self._unanswered(error)
            return Done(Result.IN_DOUBT, Effect(operation, False), str(error))
        except PasswordError as error:
            return Done(Result.FAILED, Effect(operation, False), str(error))
        except SendingEndedError as error:
            self.error = error
            return Done(Result.NOT_SENT, Effect(operation, False), str(error))
        except EndpointError as error:
            self._unanswered(error)
            return Done(Result.FAILED, Effect(operation, False), str(error))
        self.unanswered = 0
        return done

    def _kept_back(self, operation: Operation) -> Done | None:
        """The ending of an operation that is not tried; None where nothing speaks against it."""
        stopped = "the run was stopped" if self._ended else self.quarantine.stops(operation.action)
        if stopped:
            return Done(Result.NOT_SENT, Effect(operation, False), stopped)
        hindrance = self._hindrance(operation)
        return self.writer.skipped(operation, hindrance) if hindrance else None

    @property
    def _ended(self) -> bool:
        return self.stop.requested or self.error is not None

    def _hindrance(self, operation: Operation) -> str:
        """Why an operation is not to be tried; "" where nothing is in its way."""
        taken = self.taken.get((operation.kind, operation.key))
        if taken is not None:
            return f"{taken}, since the plan was made"
        if operation.action is Action.ENABLE and self._is_in_emergency(operation.key):
            return "disabled in an emergency since the plan was made"
        holder = next((each for each in self.waits.get(operation.id, ()) if each.id in self.unfinished), None)
        return f"what it takes is still held by {holder.key}" if holder is not None else ""

    def _is_in_emergency(self, key: str) -> bool:
        """Asked again right before somebody is enabled: an emergency does not wait for a run to end."""
        declared = self.job.store.emergencies(self.job.target.name)
        return key.casefold() in {each.key.casefold() for each in declared}

    def _unanswered(self, error: EndpointError) -> None:
        self.unanswered += 1
        if self.unanswered >= MOST_FAILURES:
            self.error = error

    async def _carry_out(self, operation: Operation) -> Done:
        match operation.action:
            case Action.ADOPT:
                id = operation.precondition.id if operation.precondition is not None else None
                return Done(Result.DONE, Effect(operation, True, id))
            case Action.CREATE:
                done = await self.creating.create(operation)
                return await self.members.complete(operation, done) if operation.kind is Kind.GROUP else done
            case Action.DISABLE:
                return await disable(self.writer, operation)
            case Action.DELETE:
                return await self.deleting.delete(operation)
            case Action.ADD_MEMBERS | Action.REMOVE_MEMBERS:
                return await self.members.carry_out(operation)
        return await self.writer.update(operation)

    def _note(self, operation: Operation, done: Done) -> None:
        self.recorder.add(done.effect)
        self.quarantine.note(operation.action, done, self.job.directory.requests_sent - self.sent_before)
        self.journal.end(operation, done)
        if not done.effect.done or done.result is Result.FAILED:
            self.unfinished.add(operation.id)
        self.outcomes.append(
            Outcome(
                operation=operation.id,
                kind=operation.kind,
                key=operation.key,
                action=operation.action,
                result=done.result,
                id=done.effect.id,
                detail=done.detail,
                status=done.status,
            )
        )

    def _record_at_the_end(self) -> None:
        """Where another run is at work by now, what it recorded of untouched objects is newer."""
        if isinstance(self.error, SendingEndedError):
            self.recorder.record_touched()
        else:
            self.recorder.record_everything(self.writer.lessons.fresh)
            remember_failures(self.job, self.planned, self.outcomes)
