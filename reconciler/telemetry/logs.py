"""Log lines on standard error, as text or as JSON: one object a line."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TextIO

import orjson

NAME = "reconciler"
LEVELS = (logging.CRITICAL + 1, logging.INFO, logging.DEBUG)
"""By the number of `-v`: nothing; what was done; every request as well."""


class LogForm(StrEnum):
    TEXT = "text"
    JSON = "json"


def start_logging(verbosity: int, form: LogForm, stream: TextIO) -> logging.Logger:
    """The logger that the run writes to, until `stop_logging`."""
    stop_logging()
    logger = logging.getLogger(NAME)
    logger.setLevel(LEVELS[min(verbosity, len(LEVELS) - 1)])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLines() if form is LogForm.JSON else _TextLines())
    logger.addHandler(handler)
    return logger


def stop_logging() -> None:
    """Nothing is written any more."""
    logger = logging.getLogger(NAME)
    logger.propagate = False
    logger.setLevel(LEVELS[0])
    for each in list(logger.handlers):
        logger.removeHandler(each)


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a line tells beside its message."""
    facts: dict[str, Any] = getattr(record, "facts", {})
    return facts


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _TextLines(logging.Formatter):
    """`2026-12-21T08:15:00.123Z INFO create user target=there key=ann result=done`."""

    def format(self, record: logging.LogRecord) -> str:
        pairs = (f"{name}={_as_word(value)}" for name, value in facts_of(record).items())
        return " ".join((_moment(record), record.levelname, record.getMessage(), *pairs))


class _JsonLines(logging.Formatter):
    """`{"time": …, "level": …, "event": …}` and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": _moment(record), "level": record.levelname.lower(), "event": record.getMessage()}
        return orjson.dumps(line | facts_of(record), default=str).decode()


def _as_word(value: object) -> str:
    """A value that neither ends its line nor looks like two."""
    text = str(value)
    if text and text.isprintable() and not any(each in text for each in ' "='):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable()).replace("\x7f", "\\u007f")
