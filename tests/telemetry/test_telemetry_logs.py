from __future__ import annotations

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.telemetry.logs import LogForm, start_logging, stop_logging


def written(form: LogForm, verbosity: int = 1, **facts: object) -> str:
    stream = io.StringIO()
    logger = start_logging(verbosity, form, stream)
    logger.info("create user", extra={"facts": facts})
    logger.debug("POST")
    return stream.getvalue()


def test_a_line_of_text_names_the_event_and_its_facts() -> None:
    line = written(LogForm.TEXT, target="there", key="ann", status=201)
    moment, rest = line.split(" ", 1)
    assert moment.endswith("Z")
    assert rest == "INFO create user target=there key=ann status=201\n"


def test_a_line_of_json_is_one_object() -> None:
    found = json.loads(written(LogForm.JSON, target="there", status=201))
    assert found.pop("time").endswith("Z")
    assert found == {"level": "info", "event": "create user", "target": "there", "status": 201}


@given(value=st.text(max_size=20), form=st.sampled_from(LogForm))
def test_no_value_can_forge_a_line(value: str, form: LogForm) -> None:
    line = written(form, detail=value)
    assert line.count("\n") == 1
    assert line[:-1].isprintable() or form is LogForm.JSON
    if form is LogForm.TEXT:
        shown = line[:-1].split(" detail=", 1)[1]
        assert shown == value or json.loads(shown) == value
    else:
        assert json.loads(line)["detail"] == value


@pytest.mark.parametrize(("verbosity", "lines"), [(0, 0), (1, 1), (2, 2), (5, 2)])
def test_each_v_tells_more(verbosity: int, lines: int) -> None:
    assert written(LogForm.TEXT, verbosity).count("\n") == lines


def test_what_was_stopped_writes_no_more() -> None:
    stream = io.StringIO()
    logger = start_logging(2, LogForm.TEXT, stream)
    stop_logging()
    logger.critical("read")
    assert stream.getvalue() == ""


def test_nothing_of_it_reaches_other_loggers(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger=""):
        written(LogForm.TEXT, key="ann")
    assert not caplog.records
