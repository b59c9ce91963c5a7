"""`--only` and `--exclude`: some operations of a plan, the rest shown as not selected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reconciler.core.deciding.references import markers_in, parse_reference
from reconciler.core.desired.scopes import globs
from reconciler.core.plan import Member, Operation, Plan, Row
from reconciler.core.planning.dated import MEMBERSHIP, Dates, select_due
from reconciler.core.planning.names import held_row
from reconciler.core.resources import Kind, Ref
from reconciler.core.vocabulary import Action, Verdict
from reconciler.diagnostics import did_you_mean
from reconciler.errors import UsageError

NO_DATES = Dates()
UNDO = "undo"
"""Followed by a run, it is the selection of the plan that undoes it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Patterns such as `user:alice` or `group:eng*`; nothing given selects everything. `due`: of that only what reached
    days bring about.
    """

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    due: bool = False

    @property
    def everything(self) -> bool:
        return not self.only and not self.exclude

    @property
    def options(self) -> tuple[str, ...]:
        """As they would be typed."""
        only, exclude = (f"--only {each}" for each in self.only), (f"--exclude {each}" for each in self.exclude)
        return (*only, *exclude, *(("--due",) if self.due else ()))


EVERYTHING = Selection()


def check_selection(selection: Selection, known: Iterable[Ref]) -> None:
    """Raises `UsageError` for a pattern that is none, and for a key that neither manifests nor store know."""
    everyone = set(known)
    for pattern in (*selection.only, *selection.exclude):
        try:
            kind, key = parse_reference(pattern)
        except ValueError:
            raise UsageError(f"{pattern!r} names nobody: write user:KEY or group:KEY") from None
        keys = [ref.key for ref in everyone if ref.kind is kind]
        fits = globs([key])
        if not any(map(fits, keys)):
            remedy = did_you_mean(key, keys)
            raise UsageError(f"no {kind} is called {key!r}" + (f" ({remedy})" if remedy else ""))


def select_operations(
    operations: Sequence[Operation], selection: Selection, dates: Dates = NO_DATES
) -> tuple[list[Operation], list[Row]]:
    """The selected operations, and a row for everything else.

    A selected user takes its own memberships along; a selected group gets only members that are there already or
    whose creation is selected too.
    """
    chosen, rows = _select_objects(operations, selection)
    if not selection.due:
        return chosen, rows
    due, others = select_due(chosen, dates)
    return due, [*rows, *others]


def _select_objects(operations: Sequence[Operation], selection: Selection) -> tuple[list[Operation], list[Row]]:
    if selection.everything:
        return list(operations), []
    chosen = _Choice(selection)
    coming = {str(Ref(op.kind, op.key)) for op in operations if op.action is Action.CREATE}
    missing = {ref for ref in coming if not chosen(parse_reference(ref))}
    selected: list[Operation] = []
    rows: list[Row] = []
    for each in operations:
        kept = _narrow(each, chosen, missing)
        if kept is not None:
            selected.append(kept)
        if kept is None or kept.members != each.members:
            rows.append(_row(each, kept))
    return selected, rows


class _Choice:
    """Whether an object is selected: named by `--only`, where anything is, and not by `--exclude`."""

    def __init__(self, selection: Selection) -> None:
        self.everyone = not selection.only
        self.included = _by_kind(selection.only)
        self.excluded = _by_kind(selection.exclude)

    def __call__(self, ref: Ref) -> bool:
        return (self.everyone or self.included[ref.kind](ref.key)) and not self.excludes(ref)

    def excludes(self, ref: Ref) -> bool:
        return self.excluded[ref.kind](ref.key)


def _by_kind(patterns: Iterable[str]) -> dict[Kind, Callable[[str], bool]]:
    parsed = [parse_reference(each) for each in patterns]
    return {kind: globs([ref.key for ref in parsed if ref.kind is kind]) for kind in Kind}


def _narrow(operation: Operation, chosen: _Choice, missing: set[str]) -> Operation | None:
    """What of an operation is selected; None for nothing."""
    ref = Ref(operation.kind, operation.key)
    own = chosen(ref)
    if any(marker in missing for change in operation.changes for marker in markers_in(change.after)):
        return None
    if not operation.members:
        return operation if own else None
    if str(ref) in missing or chosen.excludes(ref) or (operation.action not in MEMBERSHIP and not own):
        return None
    kept = tuple(each for each in operation.members if each.key not in missing and _goes_along(each, chosen, own))
    if operation.action in MEMBERSHIP and not kept:
        return None
    return operation.model_copy(update={"members": kept})


def _goes_along(member: Member, chosen: _Choice, own: bool) -> bool:
    """A selected group takes all its members but those that are excluded; another one only selected users."""
    if member.key is None:
        return own
    ref = parse_reference(member.key)
    return not chosen.excludes(ref) and (own or (ref.kind is Kind.USER and chosen(ref)))


def _row(operation: Operation, kept: Operation | None) -> Row:
    left = len(operation.members) - (len(kept.members) if kept is not None else 0)
    return held_row(operation, Verdict.NOT_SELECTED, f"{left} members" if operation.members else "")


def undone_run(plan: Plan) -> str | None:
    """The id of the run that a plan undoes; None for every other plan."""
    words = [each.split(" ", 1) for each in plan.selection]
    return next((run for word, run in (each for each in words if len(each) == 2) if word == UNDO), None)
