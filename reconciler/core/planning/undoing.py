"""A plan that puts back what a run replaced, from the pre-images in its journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.comparing.attributes import ACTIVE, MEMBERS, is_empty
from reconciler.core.comparing.diff import Difference, diff_values
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.references import markers_in
from reconciler.core.journal import Entry
from reconciler.core.known import Origin
from reconciler.core.mapping.targets import Target
from reconciler.core.plan import Change, Member
from reconciler.core.planning.authorship import NAMES
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.passwords import is_secret
from reconciler.core.planning.permits import Permits
from reconciler.core.planning.protection import Protection
from reconciler.core.planning.rows import RowMaker, Rows, label_of
from reconciler.core.resources import Kind, LiveResource
from reconciler.core.vocabulary import Action, Situation, Verdict
from reconciler.scim.values import read_boolean

NOT_THERE = "it is not on the target any more"
NOT_AS_LEFT = "{paths}: not as the run left it"
THERE_AGAIN = "somebody with this name is there again, as {id}"
USED = "a group that others have members in by now, or that is not as the run left it, is not deleted"


@dataclass(frozen=True, slots=True)
class Undone:
    """The operations and rows, and everything that a run which carries them out goes by."""

    rows: Rows
    decisions: list[Decision]


def undo(entries: Sequence[Entry], draft: Draft, target: Target, protection: Protection) -> Undone:
    """What puts a run's pre-images back, the last operation first; what moved on since is held, with the reason.

    Who was created is disabled, and deleted only where that cannot be and all is as the run left it.
    """
    undoing = _Undoing(draft, target, protection)
    undoing.note_ids(entries)
    for entry in reversed(entries):
        if entry.carried_out and entry.action is not Action.ADOPT:
            undoing.add(entry)
    undoing.finish()
    return Undone(undoing.rows, undoing.decisions)


@dataclass(slots=True)
class _Undoing:
    draft: Draft
    target: Target
    protection: Protection
    rows: Rows = field(default_factory=Rows)
    decisions: list[Decision] = field(init=False)
    live: dict[tuple[Kind, str], Decision] = field(init=False)
    ids: dict[tuple[Kind, str], str] = field(default_factory=dict)
    ours: dict[str, set[str]] = field(default_factory=dict)
    settled: set[tuple[Kind, str]] = field(default_factory=set)
    joining: dict[str, list[Member]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing of what the manifests want counts here: an object is brought to what it was."""
        self.decisions = [replace(each, wanted=None, undeclared=False, changes=[]) for each in self.draft.decisions]
        self.live = {(each.kind, each.live.id): each for each in self.decisions if each.live is not None}

    def note_ids(self, entries: Iterable[Entry]) -> None:
        for each in entries:
            if each.id is not None:
                self.ids[each.kind, each.key.casefold()] = each.id
        for each in entries:
            if each.kind is Kind.GROUP and each.id is not None and each.action in (Action.CREATE, Action.ADD_MEMBERS):
                self.ours.setdefault(each.id, set()).update(self._member_ids(each))

    def add(self, entry: Entry) -> None:
        if entry.action is Action.DELETE:
            self._create_again(entry)
            return
        decision = self.live.get((entry.kind, entry.id or ""))
        if decision is None or decision.live is None:
            if entry.action is not Action.CREATE:
                gone = Decision(entry.kind, entry.key, Situation.GONE)
                self._maker(entry.kind).hold(gone, _inverse(entry.action), Situation.GONE, NOT_THERE)
            return
        if (entry.kind, decision.live.id) in self.settled:
            return
        match entry.action:
            case Action.CREATE:
                self.settled.add((entry.kind, decision.live.id))
                self._end(entry, decision, decision.live)
            case Action.ADD_MEMBERS | Action.REMOVE_MEMBERS:
                self._members(entry, decision)
            case _:
                self._put_back(entry, decision, decision.live)

    def finish(self) -> None:
        """Whoever comes again joins the groups that they were in."""
        for id, members in self.joining.items():
            decision = self.live.get((Kind.GROUP, id))
            if decision is not None and self._permits(Kind.GROUP).permitted(decision, Action.ADD_MEMBERS):
                self._add_with_members(decision, Action.ADD_MEMBERS, members, "again")

    def _put_back(self, entry: Entry, decision: Decision, live: LiveResource) -> None:
        view = self.draft.views[entry.kind]
        before = dict((entry.before or {}).get("values") or {})
        written = {path: value for path, value in entry.values.items() if not markers_in(value)}
        moved = {each.path for each in diff_values(written, live.document, view)}
        if moved:
            detail = NOT_AS_LEFT.format(paths=", ".join(sorted(moved)))
            self._maker(entry.kind).hold(decision, _inverse(entry.action), Situation.DRIFTED, detail)
        goal = {path: before.get(path) for path in entry.values if path not in moved}
        changes = _changes(diff_values(goal, live.document, view))
        action = _action_of(changes)
        if changes and self._permits(entry.kind).permitted(decision, action):
            self._maker(entry.kind).add(decision, action, changes, _suffix(entry))

    def _end(self, entry: Entry, decision: Decision, live: LiveResource) -> None:
        """A created object: a user is disabled where that is possible; else it goes, if it is still what was made."""
        maker, permits = self._maker(entry.kind), self._permits(entry.kind)
        if entry.kind is Kind.USER:
            if read_boolean(self.draft.views[Kind.USER][ACTIVE].read(live.document)) is False:
                return
            verdict = permits.verdict(decision, Action.DISABLE)
            if verdict is None:
                maker.add(decision, Action.DISABLE, [Change(path=ACTIVE, before=True, after=False)])
                return
            if verdict is not Verdict.BLOCKED:
                permits.refuse(decision, Action.DISABLE, verdict)
                return
        if not self._is_as_made(entry, decision, live):
            maker.hold(decision, Action.DELETE, Situation.DRIFTED, USED)
        elif permits.permitted(decision, Action.DELETE):
            maker.add(decision, Action.DELETE, [])

    def _is_as_made(self, entry: Entry, decision: Decision, live: LiveResource) -> bool:
        owned = decision.known is not None and decision.known.origin is Origin.CREATED
        made = {path: value for path, value in entry.values.items() if not (markers_in(value) or is_secret(value))}
        same = not diff_values(made, live.document, self.draft.views[entry.kind])
        strangers = self.draft.members_of(decision) - self.ours.get(live.id, set()) if entry.kind is Kind.GROUP else ()
        return owned and same and not strangers

    def _members(self, entry: Entry, decision: Decision) -> None:
        there = self.draft.members_of(decision)
        adding = entry.action is Action.REMOVE_MEMBERS
        refs = {id: str(ref) for id, ref in self.draft.people.refs.items()}
        ids = [id for id in self._member_ids(entry) if (id in there) is not adding and self._exists(id)]
        members = [Member(key=refs.get(id), id=id) for id in ids]
        action = Action.ADD_MEMBERS if adding else Action.REMOVE_MEMBERS
        if members and self._permits(Kind.GROUP).permitted(decision, action):
            self._add_with_members(decision, action, members, _suffix(entry))

    def _create_again(self, entry: Entry) -> None:
        """With the values of before, and marked as lost: it comes back under another id."""
        before = dict(entry.before or {})
        values = dict(before.get("values") or {})
        view, name = self.draft.views[entry.kind], values.get(NAMES[entry.kind])
        facts = view[NAMES[entry.kind]]
        bearers = [
            each
            for (kind, _), each in self.live.items()
            if kind is entry.kind
            and each.live is not None
            and facts.comparable(facts.read(each.live.document)) == facts.comparable(name)
        ]
        decision = Decision(entry.kind, entry.key, Situation.LOST)
        if bearers or is_empty(name):
            detail = THERE_AGAIN.format(id=bearers[0].live.id) if bearers and bearers[0].live else NOT_THERE
            self._maker(entry.kind).hold(bearers[0] if bearers else decision, Action.CREATE, Situation.DISPUTED, detail)
            return
        if not self._permits(entry.kind).permitted(decision, Action.CREATE):
            return
        self.decisions = [each for each in self.decisions if (each.kind, label_of(each)) != (entry.kind, entry.key)]
        self.decisions.append(decision)
        changes = [Change(path=path, after=value) for path, value in values.items() if path != MEMBERS]
        refs = {id: str(ref) for id, ref in self.draft.people.refs.items()}
        members = [Member(key=refs.get(id), id=id) for id in before.get(MEMBERS) or () if self._exists(id)]
        self._maker(entry.kind).add(decision, Action.CREATE, changes)
        made = self.rows.operations[-1]
        self.rows.operations[-1] = made.model_copy(update={"name": str(name), "members": tuple(members)})
        for group in before.get("groups") or ():
            self.joining.setdefault(group, []).append(Member(key=f"{entry.kind}:{entry.key}"))

    def _add_with_members(self, decision: Decision, action: Action, members: Sequence[Member], suffix: str) -> None:
        self._maker(Kind.GROUP).add(decision, action, [], suffix)
        made = self.rows.operations[-1]
        self.rows.operations[-1] = made.model_copy(update={"members": tuple(members)})

    def _exists(self, id: str) -> bool:
        return (Kind.USER, id) in self.live or (Kind.GROUP, id) in self.live

    def _member_ids(self, entry: Entry) -> list[str]:
        found = []
        for each in entry.members:
            kind, _, key = str(each.get("key") or "").partition(":")
            id = each.get("id") or (self.ids.get((Kind(kind), key.casefold())) if kind in list(Kind) else None)
            found += [id] if id is not None else []
        return found

    def _maker(self, kind: Kind) -> RowMaker:
        return RowMaker(kind, self.draft.views[kind], self.rows)

    def _permits(self, kind: Kind) -> Permits:
        return Permits(kind, self.target, self._maker(kind), self.protection)


def _changes(differences: Iterable[Difference]) -> list[Change]:
    return [Change(path=each.path, before=each.before, after=each.after) for each in differences]


def _action_of(changes: Sequence[Change]) -> Action:
    access = next((read_boolean(each.after) for each in changes if each.path == ACTIVE), None)
    if access is None:
        return Action.UPDATE
    return Action.ENABLE if access else Action.DISABLE


def _inverse(action: Action) -> Action:
    return INVERSES.get(action, Action.UPDATE)


INVERSES: Mapping[Action, Action] = {
    Action.ENABLE: Action.DISABLE,
    Action.DISABLE: Action.ENABLE,
    Action.ADD_MEMBERS: Action.REMOVE_MEMBERS,
    Action.REMOVE_MEMBERS: Action.ADD_MEMBERS,
}


def _suffix(entry: Entry) -> str:
    """Two operations of one object stay two."""
    return ":".join(entry.operation.split(":")[3:])
