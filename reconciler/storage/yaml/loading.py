"""`read_yaml`: bytes in, a marked document and faults out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.diagnostics import Faults, SourceMark
from reconciler.storage.yaml.events import PARSER, MarkedYAMLError, NextEvent, Parser, ReaderError, YAMLError
from reconciler.storage.yaml.places import FaultLog, ReadingStopped
from reconciler.storage.yaml.reader import DocumentReader
from reconciler.storage.yaml.syntax import explain
from reconciler.storage.yaml.text import decode, report_control_character

if TYPE_CHECKING:
    from reconciler.core.marked import MarkedDict


def read_yaml(text: bytes, file: str, faults: Faults, *, parser: Parser = PARSER) -> MarkedDict | None:
    """The document in `text`, the bytes of a file that diagnostics call `file`. Raises nothing.

    An empty file is an empty mapping. None where no document could be read to its end; otherwise whatever had
    a fault (a second value for a key, what stands under a merge key) is left out or null, all else is there.
    """
    source = decode(text, file, faults)
    if source is None:
        return None
    for begin in parser:
        document, found, failure = _attempt(begin(source), file)
        if not isinstance(failure, MarkedYAMLError):
            break
    if failure is not None:
        _report(failure, source, file, found)
    faults.extend(found.items)
    return document


def _attempt(next_event: NextEvent, file: str) -> tuple[MarkedDict | None, Faults, YAMLError | None]:
    found = Faults()
    try:
        return DocumentReader(next_event, FaultLog(file, found)).read(), found, None
    except ReadingStopped:
        return None, found, None
    except YAMLError as failure:
        return None, found, failure


def _report(failure: YAMLError, source: str, file: str, found: Faults) -> None:
    if isinstance(failure, MarkedYAMLError):
        said = explain(failure, source, file)
        # what has a fault already is often what the parser stumbles over next
        if (said.rule, said.mark) not in {(each.rule, each.mark) for each in found.items}:
            found.add(said)
    elif not (isinstance(failure, ReaderError) and report_control_character(source, file, found)):
        found.error("yaml-syntax", "", f"the parser cannot read this: {failure}", mark=SourceMark(file, 1))
