"""What an object should be like once an operation is done, whatever its request looked like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.comparing.attributes import AttributeView, base_of, is_empty
from reconciler.core.comparing.diff import Difference, same_value
from reconciler.core.comparing.elements import as_elements, get_sub
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.references import encode_references, markers_in, resolve_markers
from reconciler.core.plan import Operation
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.rows import label_of
from reconciler.core.resources import Kind
from reconciler.scim.paths import Path

IDENTIFYING = frozenset(("value", "type"))
"""Sub-attributes without which an element is nothing: that one is not kept says nothing of other elements."""


@dataclass(slots=True)
class Goals:
    """Looks operations up in the draft that they were made from."""

    draft: Draft
    _decisions: dict[tuple[Kind, str], Decision] = field(default_factory=dict)
    _evidence: dict[tuple[Kind, str], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._decisions = {(each.kind, label_of(each)): each for each in self.draft.decisions}

    def of(self, operation: Operation, ids: Mapping[str, str]) -> dict[str, Any]:
        """Wanted values by path, of the attributes that the operation changes and no others."""
        decision = self._decisions.get((operation.kind, operation.key))
        values = decision.wanted.values if decision is not None and decision.wanted is not None else {}
        goal: dict[str, Any] = {}
        for change in operation.changes:
            found = [path for path in values if _belongs(change.path, path)]
            written = {path: encode_references(values[path]) for path in found} or {change.path: change.after}
            goal |= {
                path: resolve_markers(value, ids)
                for path, value in written.items()
                if all(marker in ids for marker in markers_in(value))
            }
        return goal

    def kept_elsewhere(self, operation: Operation, subject: str) -> bool:
        """Whether the endpoint evidently keeps the attribute: another object was found to have its wanted value."""
        key = (operation.kind, subject)
        if key not in self._evidence:
            view = self.draft.views[operation.kind]
            self._evidence[key] = any(
                _holds(each, subject, view) for each in self._decisions.values() if each.kind is operation.kind
            )
        return self._evidence[key]


def _belongs(changed: str, wanted: str) -> bool:
    """Whether a change was made for a wanted path: itself, a sub-attribute of it, or the whole attribute around it."""
    return changed == wanted or changed.startswith(f"{wanted}.") or wanted.startswith(f"{changed}[")


def _holds(decision: Decision, subject: str, view: AttributeView) -> bool:
    if decision.live is None or decision.wanted is None:
        return False
    live = view[subject].read(decision.live.document)
    if subject not in decision.wanted.values:
        return bool(view[subject].path.sub) and any(as_elements(live))
    wanted = decision.wanted.values[subject]
    return not is_empty(wanted) and same_value(view[subject], wanted, live)


def lesson_subject(difference: Difference, document: Mapping[str, Any], view: AttributeView) -> str:
    """The name under which it is learnt that a difference does not go away.

    `emails.primary` for a sub-attribute of any element, `emails.type` where the value is there without its type,
    `emails[type eq "home"]` for the elements of a filter, else the path itself.
    """
    path = view[difference.path].path
    if path.filter is None:
        return difference.path
    base = base_of(path)
    if path.sub is not None and path.sub not in IDENTIFYING:
        return f"{base}.{path.sub}"
    if _is_there_without_type(difference, document, base, view):
        return f"{base}.type"
    return str(Path(path.urn, path.attribute, path.filter, None))


def _is_there_without_type(difference: Difference, document: Mapping[str, Any], base: str, view: AttributeView) -> bool:
    elements = [each for each in as_elements(view[base].read(document)) if isinstance(each, Mapping)]
    untyped = [get_sub(each, "value") for each in elements if get_sub(each, "type") is None]
    wanted = [get_sub(each, "value") for each in as_elements(difference.after) if isinstance(each, Mapping)]
    return bool(wanted) and any(each in untyped for each in wanted)
