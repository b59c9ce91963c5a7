"""The keys of mappings: text, whatever YAML would make of it, and each but once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.core.marked import LINE_SHIFT
from reconciler.storage.yaml import limits
from reconciler.storage.yaml.events import MappingStartEvent
from reconciler.storage.yaml.syntax import KEY_MISSING, TEMPLATE_UNQUOTED
from reconciler.storage.yaml.text import character_name

if TYPE_CHECKING:
    from reconciler.storage.yaml.places import FaultLog
    from reconciler.storage.yaml.scalars import Strings

Fault = tuple[str, str, str]
"""Rule, problem and remedy."""

_PLAIN_ONLY: dict[str, Fault] = {
    "<<": ("yaml-merge-key", "merge keys (<<) are not supported", "use `defaults` or `extends`"),
    "": KEY_MISSING,
}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Keys(dict[str, str]):
    """The keys met so far that need no second look: what stands in the file, and the same in NFC."""

    def __init__(self, strings: Strings, log: FaultLog) -> None:
        super().__init__()
        self._strings = strings
        self._log = log

    def accept(self, event: Any) -> str | None:
        """The key of a scalar event, None after a fault. `123`, `on` and `null` are kept as written."""
        text: str = event.value
        fault = (_PLAIN_ONLY.get(text) if event.implicit[0] else None) or _fault_of(text)
        if fault is not None:
            return self._refuse(event, fault)
        self[text] = key = self._strings[text]
        return key

    def refuse_alias(self, event: Any) -> str | None:
        return self._refuse(event, ("yaml-complex-key", "an alias cannot be a key", "write the key out"))

    def refuse_collection(self, event: Any, start: Any) -> str | None:
        """A list or mapping as a key of the mapping begun by `start`: most often an unquoted template."""
        if _opens_template(start, event):
            return self._refuse(start, TEMPLATE_UNQUOTED)
        what = "a mapping" if type(event) is MappingStartEvent else "a list"
        remedy = "keys are plain text: quote it"
        return self._refuse(event, ("yaml-complex-key", f"{what} cannot be a key", remedy))

    def refuse_second(self, event: Any, key: str, first: int) -> str | None:
        """A key that the mapping has already; `first` is the packed place where it stands."""
        lines = f"on lines {(first >> LINE_SHIFT) + 1} and {event.start_mark.line + 1}"
        return self._refuse(event, ("yaml-duplicate-key", f"the key is given twice, {lines}", "keep one"), key)

    def _refuse(self, event: Any, fault: Fault, *within: str) -> str | None:
        rule, problem, remedy = fault
        self._log.fault(rule, problem, remedy, event, *within)
        return None


def _fault_of(text: str) -> Fault | None:
    if len(text) > limits.KEY_CHARACTERS:
        problem = f"a key of {len(text):,} characters; at most {limits.KEY_CHARACTERS:,} are read"
        return "yaml-long-scalar", problem, "shorten it"
    control = _CONTROL.search(text)
    if control:
        problem = f"{character_name(control[0])} is not allowed in a key"
        return "yaml-control-character", problem, "remove it"
    return None


def _opens_template(outer: Any, inner: Any) -> bool:
    if not (outer.flow_style and type(inner) is MappingStartEvent and inner.flow_style):
        return False
    first, second = outer.start_mark, inner.start_mark
    return bool(first.line == second.line and first.column + 1 == second.column)
