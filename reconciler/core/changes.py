"""Planned changes: differences with their source line, their mapping rule, and who brought them about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.attributes import AttributeView, is_empty
from reconciler.core.diff import Difference, diff_values, same_value
from reconciler.core.known import Known
from reconciler.core.mapping import Rule, Rules, Sync
from reconciler.core.plan import Change
from reconciler.core.references import encode_references
from reconciler.core.resources import DesiredUser, LiveResource
from reconciler.core.vocabulary import By
from reconciler.core.wanted import Wanted
from reconciler.diagnostics import SourceMark
from reconciler.scim.paths import Path

_ORIGIN_OF_FACT = {"email": "emails", "phone": "phoneNumbers", "active": "state", "groups": "groups"}
"""What expressions see under another name than the manifests write."""


class ChangeMaker:
    """Turns values and differences of one kind into changes."""

    def __init__(self, rules: Rules, view: AttributeView) -> None:
        self.rules = rules
        self.view = view

    def creating(self, wanted: Wanted) -> list[Change]:
        """Every value that a new object gets; empty ones are not sent (RFC 7643 §2.5)."""
        return [
            self._change(wanted, Difference(path, None, value))
            for path, value in wanted.values.items()
            if not is_empty(value)
        ]

    def updating(self, wanted: Wanted, live: LiveResource, known: Known | None) -> list[Change]:
        """What must change on a live object, `sync` considered."""
        applied = known.applied if known is not None else {}
        enforced = {
            path: value
            for path, value in wanted.values.items()
            if self._enforced(path, value, live, known, applied)
        }
        differences = diff_values(enforced, live.document, self.view)
        return [self._change(wanted, each, self._by(each, wanted, live, known)) for each in differences]

    def _enforced(
        self, path: str, value: Any, live: LiveResource, known: Known | None, applied: Mapping[str, Any]
    ) -> bool:
        sync = self.rules.sync_of(path)
        if sync is Sync.ALWAYS:
            return True
        if sync is Sync.EMPTY:
            return is_empty(self.view[path].read(live.document))
        if sync is Sync.CREATE or known is None or path not in applied:
            return False
        return not same_value(self.view[path], encode_references(value), applied[path])

    def _by(self, difference: Difference, wanted: Wanted, live: LiveResource, known: Known | None) -> By:
        """The third side: what was last applied says whether we or they moved."""
        path = self._recorded_path(difference.path, wanted.values)
        if known is None or path not in known.applied:
            return By.US
        facts, applied = self.view[path], known.applied[path]
        we_moved = not same_value(facts, encode_references(wanted.values.get(path)), applied)
        they_moved = not same_value(facts, applied, facts.read(live.document))
        if we_moved and they_moved:
            return By.BOTH
        return By.US if we_moved else By.THEM

    def _recorded_path(self, path: str, wanted: Mapping[str, Any]) -> str:
        """The wanted path that a difference stems from: `emails[…].value` from `emails[…]`."""
        if path in wanted:
            return path
        parsed = self.view[path].path
        filtered = str(Path(parsed.urn, parsed.attribute, parsed.filter, None))
        if filtered in wanted:
            return filtered
        return next((each for each in wanted if each.startswith(f"{path}[")), path)

    def _change(self, wanted: Wanted, difference: Difference, by: By = By.US) -> Change:
        path = self._recorded_path(difference.path, wanted.values)
        rule = self.rules.origins.get(path)
        source = source_of(wanted, rule)
        return Change(
            path=difference.path,
            before=difference.before,
            after=encode_references(difference.after),
            source=str(source) if source is not None else None,
            rule=rule.origin if rule is not None else None,
            by=by,
        )


def source_of(wanted: Wanted, rule: Rule | None) -> SourceMark | None:
    """The manifest line that a value comes from: the entry's or its defaults', else the rule's own."""
    if rule is None:
        return wanted.entry.mark
    for name in rule.template.names_used:
        subject, _, attribute = name.partition(".")
        if subject == str(wanted.kind) and attribute:
            top = attribute.partition(".")[0]
            written = _ORIGIN_OF_FACT.get(top, attribute)
            if written == "state":
                return _access_mark(wanted)
            return wanted.entry.sources.of(written)
    return rule.mark or wanted.entry.mark


def _access_mark(wanted: Wanted) -> SourceMark:
    """The line that decides over `active`: state, else the date that is not met."""
    entry = wanted.entry
    if isinstance(entry, DesiredUser):
        if wanted.expired:
            return entry.sources.of("until")
        if not wanted.started:
            return entry.sources.of("from")
    return entry.sources.of("state")
