"""Where mapped values are written in the manifests."""

from __future__ import annotations

from reconciler.core.mapping.rules import Rule
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import DesiredUser
from reconciler.diagnostics import SourceMark

_ORIGIN_OF_FACT = {"email": "emails", "phone": "phoneNumbers", "active": "state", "groups": "groups"}
"""What expressions see under another name than the manifests write."""


def source_of(wanted: Wanted, rule: Rule | None) -> SourceMark | None:
    """The manifest line that a value comes from: the entry's or its defaults', else the rule's own.

    Of several attributes that a rule reads it is the first one that is written.
    """
    entry = wanted.entry
    if rule is None:
        return entry.mark
    found = None
    for name in rule.template.names_used:
        subject, _, attribute = name.partition(".")
        if subject != str(wanted.kind) or not attribute:
            continue
        top = attribute.partition(".")[0]
        written = _ORIGIN_OF_FACT.get(top, attribute)
        found = _access_mark(wanted) if written == "state" else entry.sources.of(written)
        if found != entry.mark:
            return found
    return found or rule.mark or entry.mark


def _access_mark(wanted: Wanted) -> SourceMark:
    """The line that decides over `active`: state, else the date that is not met."""
    entry = wanted.entry
    if isinstance(entry, DesiredUser):
        if wanted.expired:
            return entry.sources.of("until")
        if not wanted.started:
            return entry.sources.of("from")
    return entry.sources.of("state")
