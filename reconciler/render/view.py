"""One view of a plan, computed once; every format shows this and decides nothing more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.core.planning.selection import undone_run
from reconciler.core.vocabulary import Action, By, Situation
from reconciler.render import sentences
from reconciler.render.details import Detail, Mark, explode
from reconciler.render.phrases import ACTIONS, LABELS, UNDONE, reason_phrase, section_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.core.plan import Change, Operation, Plan, Row
    from reconciler.core.resources import Kind

MARKS = {
    Action.CREATE: Mark.ADD,
    Action.ADOPT: Mark.ADOPT,
    Action.UPDATE: Mark.CHANGE,
    Action.ENABLE: Mark.ADD,
    Action.DISABLE: Mark.REMOVE,
    Action.DELETE: Mark.REMOVE,
    Action.ADD_MEMBERS: Mark.CHANGE,
    Action.REMOVE_MEMBERS: Mark.CHANGE,
}

_IDENTITY = ("username", "displayname", "externalid")
_BY_TITLES = {By.BOTH: "Changed on both sides", By.THEM: "They changed", By.US: "We changed"}


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One attribute. `details`, where there are any, say more than `before` and `after` side by side."""

    mark: Mark
    path: str
    before: Any
    after: Any
    details: tuple[Detail, ...]
    place: str
    label: str


@dataclass(frozen=True, slots=True)
class MemberView:
    mark: Mark
    who: str
    place: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """An operation, or a row withheld or held. `who` is `user bob.chen`, `name` what people call it."""

    mark: Mark
    who: str
    name: str
    note: str
    place: str = ""
    changes: tuple[ChangeView, ...] = ()
    members: tuple[MemberView, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class PlanView:
    """Strings hold whatever the plan holds: a renderer makes them harmless in its own format."""

    target: str
    heading: str
    """`Plan for`, `Drift of`."""
    endpoint: str
    state: str
    read: str
    selection: tuple[str, ...]
    refused: tuple[str, ...]
    ways_out: tuple[str, ...]
    """What lets through what is refused, ready to paste."""
    admins: tuple[str, ...]
    problems: tuple[str, ...]
    attention: tuple[ItemView, ...]
    sections: tuple[Section, ...]
    withheld: tuple[ItemView, ...]
    dropped: tuple[str, ...]
    released: tuple[str, ...]
    waiting: tuple[str, ...]
    foreign: str
    notes: tuple[str, ...]
    summary: str
    effect: str
    """What happens to people; empty where nothing is about to happen."""
    estimate: str


def view_plan(plan: Plan) -> PlanView:
    """The plan as what will be done, its operations grouped by kind and action in the plan's order."""
    undoing = undone_run(plan) is not None
    groups: dict[tuple[Kind, Action], list[Operation]] = {}
    for each in plan.operations:
        groups.setdefault((each.kind, each.action), []).append(each)
    sections = tuple(
        Section(section_title(kind, action), tuple(_planned(each, UNDONE if undoing else "") for each in rows))
        for (kind, action), rows in groups.items()
    )
    return _view(plan, "Plan for", sections, sentences.plan_summary(plan))


def view_drift(plan: Plan) -> PlanView:
    """The plan as what differs: who was disabled there, then by who changed it, each row labelled with that."""
    differing = [each for each in plan.operations if each.action is not Action.ADOPT]
    disabled = [each for each in differing if each.situation is Situation.DISABLED_THERE]
    rest = [each for each in differing if each.situation is not Situation.DISABLED_THERE]
    groups = [("Disabled there", disabled)]
    groups += [(_BY_TITLES[by], [each for each in rest if each.by is by]) for by in LABELS]
    sections = tuple(Section(title, tuple(map(_drifted, rows))) for title, rows in groups if rows)
    view = _view(plan, "Drift of", sections, sentences.drift_summary(plan))
    # What an apply would be refused, do to people and take is no statement about the target.
    return replace(
        view,
        refused=(),
        ways_out=(),
        effect="",
        estimate="",
        attention=tuple(_row(each, Mark.ATTENTION, _label(each)) for each in _attention(plan)),
        withheld=tuple(_row(each, Mark.NONE, _label(each)) for each in _others(plan)),
    )


def _view(plan: Plan, heading: str, sections: tuple[Section, ...], summary: str) -> PlanView:
    return PlanView(
        target=plan.target,
        heading=heading,
        endpoint=f"{plan.platform}, {plan.endpoint.url}",
        state=sentences.state(plan.state),
        read=sentences.read(plan.read),
        selection=plan.selection,
        refused=tuple(map(sentences.refused, plan.refused)),
        ways_out=sentences.ways_out(plan.refused),
        admins=tuple(map(sentences.admin_change, plan.admins)),
        problems=sentences.read_problems(plan.read),
        attention=tuple(_row(each, Mark.ATTENTION) for each in _attention(plan)),
        sections=sections,
        withheld=tuple(_row(each, Mark.NONE) for each in _others(plan)),
        dropped=tuple(map(sentences.dropped, plan.dropped)),
        released=sentences.released(plan.released),
        waiting=sentences.waiting(plan.waiting, plan.day),
        foreign=sentences.foreign(plan.foreign),
        notes=plan.notes,
        summary=summary,
        effect=sentences.effect(plan.summary),
        estimate=sentences.estimate(plan),
    )


def _planned(operation: Operation, because: str) -> ItemView:
    """Its changes are labelled where somebody changed the target; `because` stands for its own reason, "" for none."""
    return _item(operation, because or reason_phrase(operation.reason), By.US)


def _drifted(operation: Operation) -> ItemView:
    """Labelled with who changed it; its changes where that is not the same."""
    note = f"{LABELS[operation.by]}: {ACTIONS[operation.action]}, {reason_phrase(operation.reason)}"
    return _item(operation, note, operation.by)


def _item(operation: Operation, note: str, usual: By) -> ItemView:
    creates = operation.action is Action.CREATE
    place = _declared_at(operation.changes) if creates else ""
    shown = tuple(_change(each, usual, place) for each in operation.changes)
    removes = operation.action in (Action.REMOVE_MEMBERS, Action.DELETE)
    mark = Mark.REMOVE if removes else Mark.ADD
    members = tuple(MemberView(mark, each.key or f"id {each.id}", each.source or "") for each in operation.members)
    who = f"{operation.kind} {operation.key}"
    name = operation.name if operation.name != operation.key else ""
    return ItemView(MARKS[operation.action], who, name, note, place, shown, members)


def _declared_at(changes: Iterable[Change]) -> str:
    """The line of what names the object, else of whatever comes first: its entry in the manifests."""
    ranked = sorted(
        (change for change in changes if change.source),
        key=lambda each: _IDENTITY.index(each.path.lower()) if each.path.lower() in _IDENTITY else len(_IDENTITY),
    )
    return ranked[0].source or "" if ranked else ""


def _change(change: Change, usual: By, place: str) -> ChangeView:
    adds, removes = change.before is None, change.after is None
    mark = Mark.REMOVE if removes and not adds else Mark.ADD if adds and not removes else Mark.CHANGE
    source = change.source or (f"rule {change.rule}" if change.rule else "")
    return ChangeView(
        mark=mark,
        path=change.path,
        before=change.before,
        after=change.after,
        details=explode(change.before, change.after),
        place="" if source == place else source,
        label=LABELS[change.by] if change.by is not usual else "",
    )


def _attention(plan: Plan) -> list[Row]:
    """Who was disabled there, then what is held."""
    return [*(row for row in plan.withheld if row.situation is Situation.DISABLED_THERE), *plan.held]


def _others(plan: Plan) -> list[Row]:
    return [row for row in plan.withheld if row.situation is not Situation.DISABLED_THERE]


def _label(row: Row) -> str:
    return f"{LABELS[row.by]}: " if row.by is not None else ""


def _row(row: Row, mark: Mark, label: str = "") -> ItemView:
    action = f"would {ACTIONS[row.action]}: " if row.action else ""
    detail = f" ({row.detail})" if row.detail else ""
    who = f"{row.kind} {row.key or row.name or f'id {row.id}'}"
    name = row.name if row.key and row.name != row.key else ""
    return ItemView(mark, who, name, f"{label}{action}{reason_phrase(row.reason)}{detail}")
