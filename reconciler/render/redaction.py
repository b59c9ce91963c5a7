"""Plans without the values of personal attributes, for places where not everybody may read those.

A redacted plan keeps the seal of the plan that it was made from: it can be read, and not be applied.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.core.known import Known, Learnt, Lesson
from reconciler.scim.paths import PathError, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.core.failures import Failure
    from reconciler.core.journal import Entry
    from reconciler.core.plan import Change, Dropped, Operation, Plan, PlannedRequest, Released, Row

MASK = "•••"

_LITERAL = re.compile(r'(type\s+eq\s+)?"(?:[^"\\]|\\.)*"', re.IGNORECASE)
_ALIASES = {"emails": "email", "phonenumbers": "phone"}
"""How expressions name the primary value of an attribute."""


class _Personal(NamedTuple):
    """`attribute` and `sub` in lower case; `sub` is empty where all of the attribute is personal."""

    attribute: str
    sub: str
    in_rules: re.Pattern[str]


def redact_plan(plan: Plan, personal: Iterable[str]) -> Plan:
    """The plan with the values of `personal` paths masked: in changes, requests, names, released values.

    `personal` are attribute paths as in `settings.personal`. `custom.NAME` masks what a mapping rule that
    mentions NAME makes; see `derived_paths` for rules whose name does not tell.
    """
    named = tuple(personal)
    rules = {change.path: change.rule for each in plan.operations for change in each.changes if change.rule}
    judge = _Judge((*named, *derived_paths(named, rules)))
    return plan.model_copy(
        update={
            "operations": tuple(judge.operation(each) for each in plan.operations),
            "withheld": tuple(judge.row(each) for each in plan.withheld),
            "held": tuple(judge.row(each) for each in plan.held),
            "released": tuple(judge.released(each) for each in plan.released),
            "dropped": tuple(judge.dropped(each) for each in plan.dropped),
        }
    )


def derived_paths(personal: Iterable[str], rules: Mapping[str, str]) -> list[str]:
    """The target paths whose expressions mention a personal attribute, to be masked as well.

    `rules` maps target paths to the text of their expressions.
    """
    known = [_read(each) for each in personal]
    return [path for path, text in rules.items() if any(each.in_rules.search(text) for each in known)]


def redact_record(known: Known, personal: Iterable[str] | None) -> Known:
    """What is remembered of an object, with the values of `personal` paths masked; None: all values and the name."""
    if personal is None:
        return replace(known, name=_mask(known.name), applied={_mask_path(each): MASK for each in known.applied})
    judge = _Judge(personal)
    masked = {path: value for path, value in known.applied.items() if judge.hides(path)}
    applied = {_mask_path(path) if path in masked else path: each for path, each in known.applied.items()}
    applied |= {_mask_path(path): MASK for path in masked}
    name = MASK if known.name in _leaves(masked) else judge.name(known.name)
    return replace(known, name=name, applied=applied)


def redact_lesson(learnt: Learnt) -> Learnt:
    """What was learnt about one object, without what the platform said; the name of an object is masked, too."""
    if not learnt.key:
        return learnt
    subject = MASK if learnt.lesson is Lesson.TAKEN_OVER else learnt.subject
    return replace(learnt, subject=subject, value=MASK if learnt.value else "")


def redact_failure(failure: Failure) -> Failure:
    """What failed, without the endpoint's words."""
    return replace(failure, refusal=replace(failure.refusal, detail=MASK))


def redact_entry(entry: Entry, personal: Iterable[str] | None) -> Entry:
    """An entry of the journal with the values of `personal` paths masked, also in the endpoint's words; None: all."""
    judge = _Judge(personal or ())
    before = dict(entry.before or {})
    values = dict(before.get("values") or {})
    hidden = {path for path in (*values, *entry.values) if personal is None or judge.hides(path)}
    detail = entry.detail
    for leaf in sorted(_leaves([[values.get(path), entry.values.get(path)] for path in hidden]), key=len, reverse=True):
        detail = detail.replace(leaf, MASK)
    changes = [
        {"path": _mask_path(path), "after": _mask(value)} if path in hidden else {"path": path, "after": value}
        for path, value in entry.values.items()
    ]
    shown = {
        _mask_path(path) if path in hidden else path: _mask(value) if path in hidden else value
        for path, value in values.items()
    }
    name = str(entry.intent.get("name") or "")
    intent = {**entry.intent, "changes": changes, "name": MASK if personal is None and name else judge.name(name)}
    return replace(entry, intent=intent, before={**before, "values": shown} if before else entry.before, detail=detail)


class _Judge:
    def __init__(self, personal: Iterable[str]) -> None:
        self._personal = [_read(each) for each in personal]

    def operation(self, operation: Operation) -> Operation:
        masked = {change.path for change in operation.changes if self.hides(change.path)}
        names = {_last_names(path) for path in masked}
        leaves = {
            leaf
            for change in operation.changes
            if change.path in masked
            for leaf in _leaves([change.before, change.after])
        }
        return operation.model_copy(
            update={
                "name": MASK if operation.name in leaves else self.name(operation.name),
                "changes": tuple(_mask_change(each) if each.path in masked else each for each in operation.changes),
                "requests": tuple(self._request(each, names) for each in operation.requests),
            }
        )

    def row(self, row: Row) -> Row:
        name = self.name(row.name)
        hides = name != row.name and row.name
        return row.model_copy(
            update={"name": name, "detail": row.detail.replace(row.name, MASK) if hides else row.detail}
        )

    def released(self, released: Released) -> Released:
        if not self.hides(released.path):
            return released
        return released.model_copy(update={"path": _mask_path(released.path), "value": _mask(released.value)})

    def dropped(self, dropped: Dropped) -> Dropped:
        if not self.hides(dropped.what):
            return dropped
        examples = tuple(each if each.startswith(("user:", "group:")) else MASK for each in dropped.examples)
        return dropped.model_copy(update={"what": _mask_path(dropped.what), "examples": examples})

    def hides(self, text: str) -> bool:
        attribute, sub = _names(text)
        return any(
            each.attribute == attribute and (not each.sub or not sub or each.sub == sub) for each in self._personal
        )

    def name(self, name: str) -> str:
        named = {"username", "displayname"} & {each.attribute for each in self._personal}
        return MASK if name and named else name

    def _request(self, request: PlannedRequest, names: set[str]) -> PlannedRequest:
        return request.model_copy(update={"body": self._body(request.body, names)})

    def _body(self, value: Any, names: set[str]) -> Any:
        if isinstance(value, list):
            return [self._body(each, names) for each in value]
        if not isinstance(value, dict):
            return value
        path = value.get("path")
        if isinstance(path, str) and "op" in value and self._is_masked(path, names):
            return {**value, "path": _mask_path(path), "value": _mask(value.get("value"))}
        return {
            key: _mask(each) if self._is_masked(key, names) else self._body(each, names) for key, each in value.items()
        }

    def _is_masked(self, path: str, names: set[str]) -> bool:
        return self.hides(path) or _last_names(path) in names


def _read(path: str) -> _Personal:
    parts = path.split(".") if path.lower().startswith("custom.") else list(_names(path))
    attribute, sub = (parts[1], "") if parts[0].lower() == "custom" else (parts[0], parts[1])
    words = "|".join(re.escape(each) for each in (attribute, _ALIASES.get(attribute.lower())) if each)
    return _Personal(attribute.lower(), sub.lower(), re.compile(rf"\b(?:{words})\b", re.IGNORECASE))


def _names(text: str) -> tuple[str, str]:
    """Attribute and sub-attribute of a path, in lower case and without URN and filter."""
    try:
        path = parse_path(text)
    except PathError:
        return text.lower(), ""
    return path.attribute.lower(), (path.sub or "").lower()


def _last_names(text: str) -> str:
    attribute, sub = _names(text)
    return sub if sub not in ("", "value") else attribute


def _mask(value: Any) -> Any:
    return value if value is None else MASK


def _mask_change(change: Change) -> Change:
    return change.model_copy(
        update={"path": _mask_path(change.path), "before": _mask(change.before), "after": _mask(change.after)}
    )


def _mask_path(path: str) -> str:
    """Filters may hold values: `emails[value eq "ann@example.com"]`. Types are no secret."""
    return _LITERAL.sub(lambda found: found[0] if found[1] else f'"{MASK}"', path)


def _leaves(values: Any) -> set[str]:
    found: set[str] = set()
    pending = [values]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, str) and value:
            found.add(value)
    return found
