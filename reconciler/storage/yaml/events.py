"""The events of a YAML text: from libyaml through ruamel.yaml.clib, else from ruamel's own parser.

`_ruamel_yaml` is the name of an extension module rather than a documented interface, and neither parser is
typed: both stay behind this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

try:
    from _ruamel_yaml import CParser  # type: ignore[import-not-found]
except ImportError:  # an interpreter for which ruamel.yaml.clib has no wheel
    CParser = None

__all__ = [
    "C_PARSER",
    "PARSER",
    "PYTHON_PARSER",
    "AliasEvent",
    "DocumentStartEvent",
    "MappingEndEvent",
    "MappingStartEvent",
    "MarkedYAMLError",
    "NextEvent",
    "Parser",
    "ReaderError",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "StreamEndEvent",
    "YAMLError",
]

NextEvent = Callable[[], Any]
"""Gives the next event; raises `YAMLError` where the text is no YAML. `StreamEndEvent` is the last."""

Parser = tuple[Callable[[str], NextEvent], ...]
"""Ways to begin reading a text, at least one; each is for what the one before it stumbles over."""

# after a quote or bracket a colon may end a JSON-like key: {"a":1}
_COLON_IN_TEXT = re.compile(r"""(?<!["'\]}]):(?=[^ \t\r\n,\[\]{}])""")
_QUESTION_IN_TEXT = re.compile(r"(?<=[^ \t\r\n,\[\]{}])\?")
_PRIVATE_USE = range(0xE000, 0xF900)
_SURROGATE = re.compile("[\ud800-\udfff]")


def _c_events(text: str) -> NextEvent:
    parser: Any = CParser(text)
    next_event: NextEvent = parser.get_event
    return next_event


def _c_events_of_disguised(text: str) -> NextEvent:
    """The events of a text whose unquoted `:` and `?` inside brackets libyaml does not read.

    ruamel.yaml.clib holds libyaml 0.1.7, which follows YAML 1.1 there: `[urn:x]`, `{a: http://x}` and `[a?b]`
    are errors to it. So it gets one other character for each that YAML 1.2 sees as text, and the marks hold.
    """
    present = set(text)
    unused = [character for character in map(chr, _PRIVATE_USE) if character not in present]
    if len(unused) < 2:
        return _c_events(text)
    colon, question, *_ = unused
    next_event = _c_events(_QUESTION_IN_TEXT.sub(question, _COLON_IN_TEXT.sub(colon, text)))

    def restored() -> Any:
        event = next_event()
        if type(event) is ScalarEvent:
            event.value = event.value.replace(colon, ":").replace(question, "?")
        return event

    return restored


def _python_events(text: str) -> NextEvent:
    return _checked(YAML(typ="safe", pure=True).parse(text)).__next__


def _checked(events: Iterator[Any]) -> Iterator[Any]:
    for event in events:
        if isinstance(event, ScalarEvent) and _SURROGATE.search(event.value):
            # libyaml refuses the escape "\ud800" itself
            raise MarkedYAMLError(problem="found invalid Unicode character escape code", problem_mark=event.start_mark)
        yield event


C_PARSER: Parser = (_c_events, _c_events_of_disguised)
PYTHON_PARSER: Parser = (_python_events,)
PARSER = PYTHON_PARSER if CParser is None else C_PARSER
