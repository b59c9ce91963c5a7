"""`read_yaml`: bytes in, a marked document and faults out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.storage.yaml.events import MarkedYAMLError, NextEvent, ReaderError, YAMLError, open_events
from reconciler.storage.yaml.places import FaultLog, ReadingStopped
from reconciler.storage.yaml.reader import DocumentReader
from reconciler.storage.yaml.syntax import explain
from reconciler.storage.yaml.text import decode, report_control_character

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.marked import MarkedDict
    from reconciler.diagnostics import Faults


def read_yaml(
    text: bytes, file: str, faults: Faults, *, events: Callable[[str], NextEvent] = open_events
) -> MarkedDict | None:
    """The document in `text`, the bytes of a file that diagnostics call `file`. Raises nothing.

    An empty file is an empty mapping. None where no document could be read to its end; otherwise whatever had
    a fault (a second value for a key, what stands under a merge key) is left out or null, all else is there.
    """
    source = decode(text, file, faults)
    if source is None:
        return None
    try:
        return DocumentReader(events(source), FaultLog(file, faults)).read()
    except ReadingStopped:
        return None
    except ReaderError as failure:
        if not report_control_character(source, file, faults):
            faults.error("yaml-syntax", "", str(failure.reason))
    except MarkedYAMLError as failure:
        found = explain(failure, source, file)
        # what has a fault already is often what the parser stumbles over next
        if (found.rule, found.mark) not in {(each.rule, each.mark) for each in faults.items}:
            faults.add(found)
    except YAMLError as failure:
        faults.error("yaml-syntax", "", str(failure))
    return None
