"""Pre-images: what each operation of a plan replaces, for the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.core.comparing.attributes import ACTIVE, MEMBERS, base_of, is_empty
from reconciler.core.deciding.decisions import Decision
from reconciler.core.mapping.targets import Target
from reconciler.core.plan import Operation
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.rows import label_of
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action


def pre_images(operations: Sequence[Operation], draft: Draft, target: Target) -> dict[str, Any]:
    """By operation: `values` by path; of what is deleted all managed ones, with `groups` or `members` as ids.

    Operations that replace nothing have no image.
    """
    deletes = any(each.action is Action.DELETE for each in operations)
    whole = _Deleted(draft, {kind: _managed(target, kind, draft) for kind in Kind}) if deletes else None
    images: dict[str, Any] = {}
    for each in operations:
        if each.action is Action.DELETE and whole is not None:
            images[each.id] = whole.image(each)
        elif each.changes and each.action is not Action.CREATE:
            images[each.id] = {"values": {change.path: change.before for change in each.changes}}
    return images


def _managed(target: Target, kind: Kind, draft: Draft) -> list[str]:
    """Whole attributes that are mapped and that reading shows, `active` among them."""
    bases = {base_of(each.path): None for each in target.rules[kind].rules}
    view = draft.views[kind]
    return [each for each in {**bases, **({ACTIVE: None} if kind is Kind.USER else {})} if view[each].reported]


class _Deleted:
    def __init__(self, draft: Draft, paths: Mapping[Kind, Iterable[str]]) -> None:
        self.draft = draft
        self.paths = paths
        self.decisions: dict[tuple[Kind, str], Decision] = {
            (each.kind, label_of(each)): each for each in draft.decisions
        }
        self.groups: dict[str, list[str]] = defaultdict(list)
        for each in draft.decisions:
            if each.kind is Kind.GROUP and each.live is not None:
                for id in draft.members_of(each):
                    self.groups[id].append(each.live.id)

    def image(self, operation: Operation) -> dict[str, Any]:
        decision = self.decisions.get((operation.kind, operation.key))
        if decision is None or decision.live is None:
            return {"values": {}}
        view, document = self.draft.views[operation.kind], decision.live.document
        read = {path: view[path].read(document) for path in self.paths[operation.kind]}
        values = {path: value for path, value in read.items() if not is_empty(value)}
        if operation.kind is Kind.GROUP:
            return {"values": values, MEMBERS: sorted(self.draft.members_of(decision))}
        return {"values": values, "groups": sorted(self.groups.get(decision.live.id, ()))}
