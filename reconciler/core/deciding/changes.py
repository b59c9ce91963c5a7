"""Planned changes: differences with their source line, their mapping rule, and who brought them about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.comparing.attributes import ACTIVE, AttributeView, is_empty
from reconciler.core.comparing.diff import Difference, diff_values, same_value
from reconciler.core.comparing.elements import as_elements, can_be_created
from reconciler.core.deciding.references import encode_references
from reconciler.core.known import Known
from reconciler.core.mapping.rules import Rules, Sync
from reconciler.core.mapping.sourcing import source_of
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.plan import Change
from reconciler.core.resources import LiveResource
from reconciler.core.vocabulary import By


class ChangeMaker:
    """Turns values and differences of one kind into changes. `remembers`: there are records of what was applied."""

    def __init__(self, rules: Rules, view: AttributeView, *, remembers: bool = True) -> None:
        self.rules = rules
        self.view = view
        self.remembers = remembers

    def creating(self, wanted: Wanted) -> list[Change]:
        """Every value that a new object gets; empty ones are not sent (RFC 7643 §2.5)."""
        return [
            self._change(path, wanted, Difference(path, None, value))
            for path, value in ((path, self._creatable(path, value)) for path, value in wanted.values.items())
            if not is_empty(value)
        ]

    def _creatable(self, path: str, value: Any) -> Any:
        facts = self.view[path]
        if facts.selects is None:
            return value
        return [each for each in as_elements(value) if can_be_created(each, facts.attribute)]

    def updating(self, wanted: Wanted, live: LiveResource, known: Known | None) -> list[Change]:
        """What must change on a live object, `sync` considered."""
        applied = known.applied if known is not None else {}
        enforced = {path: value for path, value in wanted.values.items() if self._enforced(path, wanted, live, applied)}
        differences = diff_values(enforced, live.document, self.view)
        found = {each.path for each in differences}
        differences += [
            Difference(path, None, value)
            for path, value in enforced.items()
            if path not in found and self._moved_unseen(path, value, live, applied)
        ]
        return [self._updating(each, wanted, enforced, live, applied) for each in differences]

    def _enforced(self, path: str, wanted: Wanted, live: LiveResource, applied: Mapping[str, Any]) -> bool:
        sync, value = self.rules.sync_of(path), wanted.values[path]
        if sync is Sync.ALWAYS or _is_emergency(path, wanted):
            return True
        facts = self.view[path]
        if sync is Sync.EMPTY:
            return facts.reported and facts.comparable(facts.read(live.document)) is None
        return sync is Sync.CHANGED and path in applied and not same_value(facts, value, applied[path])

    def _moved_unseen(self, path: str, value: Any, live: LiveResource, applied: Mapping[str, Any]) -> bool:
        """What no read shows is sent when it is another value than the one last applied, and once where none was.

        Without records nothing would tell that it was sent: it is left as it was created.
        """
        facts = self.view[path]
        if facts.reported or not is_empty(facts.read(live.document)):
            return False
        if path not in applied:
            return self.remembers and not is_empty(value)
        return not same_value(facts, value, applied[path])

    def _updating(
        self,
        difference: Difference,
        wanted: Wanted,
        enforced: Mapping[str, Any],
        live: LiveResource,
        applied: Mapping[str, Any],
    ) -> Change:
        path = self._stems_from(difference.path, enforced)
        return self._change(path, wanted, difference, self._by(path, wanted.values[path], live, applied))

    def _by(self, path: str, value: Any, live: LiveResource, applied: Mapping[str, Any]) -> By:
        """The third side: what was last applied says whether we or they moved."""
        if path not in applied:
            return By.US
        facts = self.view[path]
        we_moved = not same_value(facts, value, applied[path])
        they_moved = facts.reported and not same_value(facts, applied[path], facts.read(live.document))
        if we_moved and they_moved:
            return By.BOTH
        return By.US if we_moved else By.THEM

    def _stems_from(self, path: str, enforced: Mapping[str, Any]) -> str:
        """The wanted path behind a difference: `emails[…]` for `emails[…].value`, and for `emails` written whole."""
        if path in enforced:
            return path
        parsed = self.view[path].path
        filtered = str(replace(parsed, sub=None))
        if filtered in enforced:
            return filtered
        return next(each for each in enforced if self.view[each].base == path)

    def _change(self, path: str, wanted: Wanted, difference: Difference, by: By = By.US) -> Change:
        rule = None if _is_emergency(path, wanted) else self.rules.origin_of(path)
        source = None if _is_emergency(path, wanted) else source_of(wanted, rule)
        return Change(
            path=difference.path,
            before=difference.before,
            after=encode_references(difference.after),
            source=str(source) if source is not None else None,
            rule=rule.origin if rule is not None else None,
            by=by,
        )


def _is_emergency(path: str, wanted: Wanted) -> bool:
    """Whether a value is not what the manifests say but what somebody's direct act did."""
    return path == ACTIVE and wanted.emergency is not None
