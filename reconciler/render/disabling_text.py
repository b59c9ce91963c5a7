"""What became of a user who was disabled at once, target by target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from reconciler.core.disabling import Ended, Ending
from reconciler.render.neutral import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = "reconciler.disabling/1"
MASK = "•••"

ENDINGS: Mapping[Ending, str] = {
    Ending.DISABLED: "disabled",
    Ending.INACTIVE: "was inactive already",
    Ending.NOT_THERE: "is not there",
    Ending.IMPOSSIBLE: "NOT disabled: it has to be done by hand",
    Ending.DISPUTED: "NOT disabled: it may be somebody else's",
    Ending.NOT_FOUND: "NOT disabled: no look-up could tell which one it is",
    Ending.FAILED: "NOT disabled",
    Ending.IN_DOUBT: "perhaps disabled: it was sent, and nothing tells what came of it",
    Ending.UNREACHABLE: "NOT disabled: the target could not be asked",
}


def disabling_text(subject: str, endings: Sequence[Ended], *, redact: bool) -> str:
    """One line for each target; with `redact` without the endpoint's own words, which may name people."""
    return "".join(f"{_line(subject, each, redact=redact)}\n" for each in endings)


def disabling_json(subject: str, endings: Sequence[Ended], *, held: bool, redact: bool) -> str:
    """The same as a document. `held`: a state store keeps it so."""
    document = {
        "format": FORMAT,
        "object": subject,
        "held": held,
        "targets": [_document(each, redact=redact) for each in endings],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _line(subject: str, ended: Ended, *, redact: bool) -> str:
    id = f" (object {visible(ended.id)})" if ended.id is not None else ""
    said = _said(ended, redact=redact)
    return (
        f"{visible(ended.target)}: {visible(subject)} {ENDINGS[ended.result]}{id}{f': {visible(said)}' if said else ''}"
    )


def _document(ended: Ended, *, redact: bool) -> dict[str, Any]:
    return {
        "target": ended.target,
        "result": str(ended.result),
        "id": ended.id,
        "detail": _said(ended, redact=redact),
    }


def _said(ended: Ended, *, redact: bool) -> str:
    quoted = MASK if redact and ended.quoted else ended.quoted
    return "; ".join(filter(None, (ended.detail, quoted)))
