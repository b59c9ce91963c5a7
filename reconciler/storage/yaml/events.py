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
    "AliasEvent",
    "DocumentStartEvent",
    "MappingEndEvent",
    "MappingStartEvent",
    "MarkedYAMLError",
    "NextEvent",
    "ReaderError",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "StreamEndEvent",
    "YAMLError",
    "c_events",
    "open_events",
    "python_events",
]

NextEvent = Callable[[], Any]
"""Gives the next event; raises `YAMLError` where the text is no YAML. `StreamEndEvent` is the last."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def c_events(text: str) -> NextEvent:
    parser: Any = CParser(text)
    next_event: NextEvent = parser.get_event
    return next_event


def python_events(text: str) -> NextEvent:
    return _checked(YAML(typ="safe", pure=True).parse(text)).__next__


def _checked(events: Iterator[Any]) -> Iterator[Any]:
    for event in events:
        if isinstance(event, ScalarEvent) and _SURROGATE.search(event.value):
            # libyaml refuses the escape "\ud800" itself
            raise MarkedYAMLError(problem="found invalid Unicode character escape code", problem_mark=event.start_mark)
        yield event


open_events: Callable[[str], NextEvent] = c_events if CParser is not None else python_events
