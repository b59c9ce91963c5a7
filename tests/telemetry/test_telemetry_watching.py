from __future__ import annotations

import io
import json
from typing import Any

import pytest

from reconciler.core.events import Exchange
from reconciler.telemetry.logs import LogForm, start_logging
from reconciler.telemetry.watching import Watching

FOUND = Exchange("GET", "h", "/Users", "filter=userName%20eq%20%22ann%22&count=1", 200, 0.0125)
LOST = Exchange("POST", "h", "/Users", "", None, 1.0, "the connection was reset")


class Log:
    """What one run's watching wrote."""

    def __init__(self, verbosity: int = 2, *, redacted: bool = False) -> None:
        self.stream = io.StringIO()
        self.watching = Watching("there", start_logging(verbosity, LogForm.JSON, self.stream), redacted=redacted)

    @property
    def lines(self) -> list[dict[str, Any]]:
        found = [json.loads(each) for each in self.stream.getvalue().splitlines()]
        return [{name: value for name, value in each.items() if name not in ("time", "level")} for each in found]


def test_a_stretch_is_told_at_its_end_with_what_came_of_it() -> None:
    log = Log()
    with log.watching.doing("create user", kind="user", action="create", key="ann") as told:
        assert log.lines == []
        told |= {"result": "done", "id": "1", "detail": ""}
    [line] = log.lines
    assert line.pop("ms") >= 0
    assert line == {
        "event": "create user",
        "target": "there",
        "kind": "user",
        "action": "create",
        "key": "ann",
        "result": "done",
        "id": "1",
    }


def test_a_stretch_that_breaks_off_names_the_error() -> None:
    log = Log()
    with pytest.raises(ValueError, match="secret"), log.watching.doing("read"):
        raise ValueError("secret")
    assert log.lines[0]["error"] == "ValueError"
    assert "secret" not in log.stream.getvalue()


def test_every_exchange_is_told_with_its_answer() -> None:
    log = Log()
    log.watching.exchanged(FOUND)
    log.watching.exchanged(LOST)
    assert log.lines == [
        {
            "event": "GET",
            "target": "there",
            "host": "h",
            "path": "/Users",
            "query": "filter=userName%20eq%20%22ann%22&count=1",
            "status": 200,
            "ms": 12.5,
        },
        {
            "event": "POST",
            "target": "there",
            "host": "h",
            "path": "/Users",
            "problem": "the connection was reset",
            "ms": 1000.0,
        },
    ]


def test_a_redacted_log_says_of_nobody_who_he_is() -> None:
    log = Log(redacted=True)
    log.watching.exchanged(FOUND)
    with log.watching.doing("create user", kind="user", key="ann") as told:
        told |= {"id": "1", "detail": "ann exists"}
    assert "ann" not in log.stream.getvalue()
    assert log.lines[0]["query"] == "filter&count"


def test_exchanges_are_told_from_the_second_v_on() -> None:
    log = Log(1)
    log.watching.exchanged(FOUND)
    assert log.lines == []
    log.watching.close()
