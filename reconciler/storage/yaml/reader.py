"""From events to marked values, with a fault for everything of YAML that a manifest does without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from reconciler.core.marked import LINE_SHIFT, MarkedDict, MarkedList
from reconciler.storage.yaml import limits
from reconciler.storage.yaml.anchors import Anchored, Anchors
from reconciler.storage.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from reconciler.storage.yaml.keys import Keys
from reconciler.storage.yaml.places import place_of
from reconciler.storage.yaml.scalars import PlainScalars, Strings

if TYPE_CHECKING:
    from reconciler.storage.yaml.events import NextEvent
    from reconciler.storage.yaml.places import FaultLog

_KINDS = {SequenceStartEvent: "a list", ScalarEvent: "a text or number", AliasEvent: "an alias"}


class DocumentReader:
    """Reads the one document of a file. `limits.DEPTH` bounds the recursion.

    The loops of `_mapping` and `_sequence` see every one of a million events, so the common case, a scalar
    with neither tag nor anchor, is handled in them and everything else in the methods below.
    """

    def __init__(self, next_event: NextEvent, log: FaultLog) -> None:
        self._next_event = next_event
        self._log = log
        self._strings = Strings()
        self._plain = PlainScalars(self._strings)
        self._keys = Keys(self._strings, log)
        self._anchors = Anchors(log)
        self._nodes = self._depth = self._deepest = 0

    def read(self) -> MarkedDict | None:
        """The document; None when it is no mapping. Raises `ReadingStopped` and the parser's `YAMLError`."""
        document: MarkedDict | None = MarkedDict((), self._log.file)
        begun = False
        while type(event := self._next_event()) is not StreamEndEvent:
            if type(event) is not DocumentStartEvent:
                continue
            if begun:
                remedy = "make them one document, or one file each"
                self._log.fault("yaml-several-documents", "a second document begins here", remedy, event)
                break
            begun = True
            document = self._top(self._next_event())
        return document

    def _top(self, event: Any) -> MarkedDict | None:
        document = self._node(event)
        if type(event) is MappingStartEvent:
            return document  # type: ignore[no-any-return]  # what such an event opens is a MarkedDict
        if document is None and type(event) is ScalarEvent:
            return MarkedDict((), self._log.file, (place_of(event),))
        problem = f"the file holds {_KINDS[type(event)]} where a mapping of sections is due"
        self._log.fault("yaml-not-a-mapping", problem, "begin with a section such as `users:`", event)
        return None

    def _mapping(self, start: Any) -> MarkedDict:
        next_event, keys, strings, plain = self._next_event, self._keys, self._strings, self._plain
        values: dict[str, Any] = {}
        places = [place_of(start)]
        for _ in range(limits.NODES - self._nodes):
            event = next_event()
            kind = type(event)
            if kind is MappingEndEvent:
                return MarkedDict(values, self._log.file, places)
            bare = kind is ScalarEvent and event.anchor is None and event.ctag is None
            key = (keys.get(event.value) if bare else None) or self._key(event, start)
            if key in values:
                key = keys.refuse_second(event, key, places[1 + 2 * list(values).index(key)])
            key_mark = event.start_mark
            event = next_event()
            mark = event.start_mark
            if (
                type(event) is not ScalarEvent
                or event.anchor is not None
                or event.ctag is not None
                or len(text := event.value) > limits.SCALAR_CHARACTERS
            ):
                value = self._child(key, event)
            else:
                value = plain[text] if event.implicit[0] else strings[text]
            if key is not None:
                values[key] = value
                places.append(key_mark.line << LINE_SHIFT | key_mark.column)
                places.append(mark.line << LINE_SHIFT | mark.column)
        return self._too_many(start)

    def _sequence(self, start: Any) -> MarkedList:
        next_event, strings, plain = self._next_event, self._strings, self._plain
        values: list[Any] = []
        places = [place_of(start)]
        for index in range(limits.NODES - self._nodes):
            event = next_event()
            if type(event) is SequenceEndEvent:
                return MarkedList(values, self._log.file, places)
            mark = event.start_mark
            places.append(mark.line << LINE_SHIFT | mark.column)
            if (
                type(event) is not ScalarEvent
                or event.anchor is not None
                or event.ctag is not None
                or len(text := event.value) > limits.SCALAR_CHARACTERS
            ):
                values.append(self._child(index, event))
            else:
                values.append(plain[text] if event.implicit[0] else strings[text])
        return self._too_many(start)

    def _key(self, event: Any, start: Any) -> str | None:
        """The key that an event begins in the mapping begun by `start`; None after a fault."""
        if type(event) is AliasEvent:
            self._anchors.use(event)
            return self._keys.refuse_alias(event)
        if type(event) is not ScalarEvent:
            before = self._log.count
            self._node(event)
            return self._keys.refuse_collection(event, start) if self._log.count == before else None
        if event.ctag is not None:
            self._refuse_tag(event)
        key = self._keys.accept(event)
        if event.anchor is not None:
            self._anchors.end(event.anchor, Anchored(key, 1, 0))
        return key

    def _child(self, step: str | int | None, event: Any) -> Any:
        """The value under a key (None where the key had a fault) or at an index."""
        self._log.trail.append("?" if step is None else step)
        value = self._node(event)
        self._log.trail.pop()
        return value

    def _node(self, event: Any) -> Any:
        if type(event) is AliasEvent:
            return self._alias(event)
        if event.ctag is not None:
            self._refuse_tag(event)
        if event.anchor is None:
            return self._content(event)
        nodes, deepest, self._deepest = self._nodes, self._deepest, self._depth
        self._anchors.begin(event.anchor)
        value = self._content(event)
        anchored = Anchored(value, self._nodes - nodes + 1, self._deepest - self._depth)
        self._anchors.end(event.anchor, anchored)
        self._deepest = max(deepest, self._deepest)
        return value

    def _content(self, event: Any) -> Any:
        if type(event) is ScalarEvent:
            if len(event.value) > limits.SCALAR_CHARACTERS:
                return self._log.long_scalar(event)
            return self._plain[event.value] if event.implicit[0] else self._strings[event.value]
        self._go_down(1, event)
        opened = self._mapping(event) if type(event) is MappingStartEvent else self._sequence(event)
        self._depth -= 1
        self._nodes += len(opened.marks)
        return opened

    def _alias(self, event: Any) -> Any:
        anchored = self._anchors.use(event)
        self._go_down(anchored.height, event)
        self._depth -= anchored.height
        self._nodes += anchored.nodes
        return anchored.value

    def _go_down(self, levels: int, event: Any) -> None:
        self._depth += levels
        self._deepest = max(self._deepest, self._depth)
        if self._depth > limits.DEPTH:
            problem = f"lists and mappings are nested more than {limits.DEPTH} deep"
            self._log.stop("yaml-too-deep", problem, "nothing in a manifest is", event)

    def _refuse_tag(self, event: Any) -> None:
        if event.ctag is not None:
            tag = str(event.ctag).replace("tag:yaml.org,2002:", "!!")
            self._log.fault("yaml-tag", f"the tag {tag} is not allowed", "remove it; quotes make a text", event)

    def _too_many(self, start: Any) -> NoReturn:
        problem = f"the file holds more than {limits.NODES:,} values"
        self._log.stop("yaml-too-large", problem, "split it", start)
