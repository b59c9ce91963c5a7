"""Who is in which group, through nested groups too: as it is, and as operations leave it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.core.comparing.attributes import ACTIVE
from reconciler.core.deciding.decisions import Decision, is_active
from reconciler.core.plan import Operation
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.rows import label_of
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.scim.values import read_boolean


@dataclass(slots=True)
class Crowd:
    """Groups go by their labels, people by their ids; people yet to come by `user:KEY`.

    `decisions`: groups by label; `nested`: labels by what stands for a group among members; `active`: who is active;
    `members`: what is known of direct members so far; others are those of `base`, else read when they are asked for.
    """

    draft: Draft
    decisions: Mapping[str, Decision]
    nested: Mapping[str, str]
    active: set[str]
    members: dict[str, set[str]] = field(default_factory=dict)
    base: Crowd | None = None

    @classmethod
    def as_it_is(cls, draft: Draft) -> Crowd:
        groups = {label_of(each): each for each in draft.decisions if each.kind is Kind.GROUP}
        nested = {f"group:{label}": label for label in groups}
        nested |= {each.live.id: label for label, each in groups.items() if each.live is not None}
        users = (each.live for each in draft.decisions if each.kind is Kind.USER)
        return cls(draft, groups, nested, {live.id for live in users if live is not None and is_active(live)})

    def after(self, operations: Iterable[Operation]) -> Crowd:
        """As it is once all of them are carried out."""
        later = Crowd(self.draft, self.decisions, self.nested, set(self.active), base=self)
        for each in operations:
            if each.kind is Kind.GROUP:
                later._change_group(each)
            else:
                later._change_user(each)
        return later

    def direct(self, group: str) -> set[str]:
        """Ids of people and groups, as members are written."""
        found = self.members.get(group)
        if found is None and self.base is not None:
            return self.base.direct(group)
        if found is None:
            decision = self.decisions.get(group)
            found = self.members[group] = set() if decision is None else self.draft.members_of(decision)
        return found

    def inside(self, group: str) -> Iterator[str]:
        """Labels of the groups that are members of a group."""
        return (self.nested[each] for each in self.direct(group) & self.nested.keys())

    def within(self, groups: Iterable[str]) -> set[str]:
        """Labels of some groups and of all that are nested in them."""
        found: set[str] = set()
        open_ = list(groups)
        while open_:
            each = open_.pop()
            if each not in found:
                found.add(each)
                open_.extend(self.inside(each))
        return found

    def people(self, *groups: str) -> set[str]:
        """Everybody in some groups, through nested ones."""
        return {id for each in self.within(groups) for id in self.direct(each) if id not in self.nested}

    def _change_user(self, operation: Operation) -> None:
        id = operation.precondition.id if operation.precondition is not None else f"user:{operation.key}"
        if operation.action in (Action.DISABLE, Action.DELETE):
            self.active.discard(id)
        elif operation.action is Action.ENABLE or (operation.action is Action.CREATE and _comes_active(operation)):
            self.active.add(id)

    def _change_group(self, operation: Operation) -> None:
        if operation.action is not Action.DELETE and not operation.members:
            return
        members = self.members.setdefault(operation.key, set(self.direct(operation.key)))
        named = {each.id or each.key or "" for each in operation.members}
        if operation.action is Action.DELETE:
            members.clear()
        elif operation.action is Action.REMOVE_MEMBERS:
            members -= named
        else:
            members |= named


def _comes_active(operation: Operation) -> bool:
    values = [each.after for each in operation.changes if each.path == ACTIVE]
    return not values or read_boolean(values[0]) is not False
