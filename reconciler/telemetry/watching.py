"""One run as it is told to the log and to a collector."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from reconciler.core.events import Exchange
    from reconciler.telemetry.otel import Collecting

PERSONAL = frozenset({"key", "id", "detail"})
"""Facts that may say who somebody is: they stand in logs that are not redacted, and nowhere else."""

COUNTED = ("kind", "action", "result")
"""Facts of an operation that has ended."""


class Watching:
    """What a run tells while it goes on. `redacted`: without anything that says who somebody is."""

    def __init__(
        self, target: str, logger: logging.Logger, collecting: Collecting | None = None, *, redacted: bool = False
    ) -> None:
        self._target = target
        self._logger = logger
        self._collecting = collecting
        self._redacted = redacted

    @property
    def watches(self) -> bool:
        """Whether anybody wants to know of anything."""
        return self._collecting is not None or self._logger.isEnabledFor(logging.INFO)

    @property
    def watches_exchanges(self) -> bool:
        """Whether anybody wants to know of single requests."""
        return self._collecting is not None or self._logger.isEnabledFor(logging.DEBUG)

    @contextmanager
    def doing(self, what: str, **facts: str | int) -> Iterator[dict[str, Any]]:
        """A stretch of the run. What is put into the value that it gives is told at its end."""
        told: dict[str, Any] = {"target": self._target, **facts}
        anonymous: dict[str, Any] = {}
        span = self._collecting.span(what, anonymous) if self._collecting is not None else nullcontext()
        began = time.monotonic()
        with span:
            try:
                yield told
            except BaseException as error:
                told["error"] = type(error).__name__
                raise
            finally:
                anonymous |= _without(told, PERSONAL)
                self._log(what, told, time.monotonic() - began)
                if self._collecting is not None and all(each in told for each in COUNTED):
                    self._collecting.count_operation({each: anonymous[each] for each in ("target", *COUNTED)})

    def exchanged(self, each: Exchange) -> None:
        """One request and its answer."""
        if self._collecting is not None:
            self._collecting.exchanged(each)
        if not self._logger.isEnabledFor(logging.DEBUG):
            return
        query = _names_of(each.query) if self._redacted else each.query
        facts: dict[str, Any] = {"target": self._target, "host": each.host, "path": each.path}
        facts |= {"query": query} if query else {}
        facts |= {"status": each.status} if each.status is not None else {"problem": each.problem}
        self._logger.debug(each.method, extra={"facts": {**facts, "ms": _milliseconds(each.seconds)}})

    def close(self) -> None:
        if self._collecting is not None:
            self._collecting.close()

    def _log(self, what: str, told: Mapping[str, Any], seconds: float) -> None:
        if not self._logger.isEnabledFor(logging.INFO):
            return
        shown = _without(told, PERSONAL) if self._redacted else dict(told)
        shown = {name: value for name, value in shown.items() if value not in ("", None)}
        self._logger.info(what, extra={"facts": {**shown, "ms": _milliseconds(seconds)}})


def _without(facts: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in names and value is not None}


def _names_of(query: str) -> str:
    """What was asked for, without the values: a filter names people."""
    return "&".join(dict.fromkeys(name for name, _ in parse_qsl(query, keep_blank_values=True)))


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
