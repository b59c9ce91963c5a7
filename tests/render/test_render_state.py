"""What a server once said stays on its line, and every lesson has its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.failures import Failure, Refusal
from reconciler.core.known import Known, Learnt, Lesson, Origin
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.render.redaction import redact_record
from reconciler.render.state_text import list_text, show_text
from reconciler.render.state_view import ObjectView, TargetView

ANY = st.text(st.characters(), max_size=20)
DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


@given(text=ANY, origin=st.sampled_from(Origin), lesson=st.sampled_from(Lesson))
def test_nothing_that_was_recorded_can_forge_a_line(text: str, origin: Origin, lesson: Lesson) -> None:
    record = Known(Kind.USER, text, text, origin, {"x" + text: text}, text, DAY, DAY)
    learnt = Learnt(lesson, Kind.USER, text, text, DAY, "x")
    failing = Failure(Refusal(Kind.USER, text, Action.UPDATE, text, 400, text), 2, NOW, NOW, NOW)
    plain = replace(record, key="k", id="i", name="n" if text else "", applied={"a": "v"})
    shown = show_text([ObjectView(text, record, [learnt], failing)], NOW)
    assert len(shown.splitlines()) == len(show_text([ObjectView("t", plain, [learnt], failing)], NOW).splitlines())
    listed = list_text([TargetView(text, False, None, [record])])
    assert len(listed.splitlines()) == 4
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert {each for each in shown + listed if category(each) in hidden} <= {"\n"}


@pytest.mark.parametrize("lesson", Lesson)
def test_every_lesson_has_its_words(lesson: Lesson) -> None:
    record = Known(Kind.USER, "ann", "1", Origin.CREATED)
    learnt = Learnt(lesson, Kind.USER, "{value}", "%s", DAY, "ann")
    shown = show_text([ObjectView("main", record, [learnt])], NOW)
    assert shown.splitlines()[-1].startswith(f"  learnt on {DAY} of this one")


@given(
    applied=st.dictionaries(
        st.sampled_from(["title", "userName", 'emails[value eq "SECRET"]', "phoneNumbers"]), st.just("SECRET")
    ),
    name=st.sampled_from(["", "SECRET"]),
)
def test_no_personal_value_is_left_of_a_redacted_record(applied: dict[str, str], name: str) -> None:
    record = Known(Kind.USER, "ann", "1", Origin.CREATED, applied, name)
    for personal in (None, ["title", "userName", "emails", "phoneNumbers"]):
        assert "SECRET" not in str(redact_record(record, personal))
