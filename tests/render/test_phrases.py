from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.core.report import Result
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, By, DropReason, Situation, Verdict
from reconciler.render import phrases

if TYPE_CHECKING:
    from enum import StrEnum


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Situation, phrases.SITUATIONS),
        (Verdict, phrases.VERDICTS),
        (Action, phrases.ACTIONS),
        (By, phrases.LABELS),
        (DropReason, phrases.DROP_REASONS),
        (Result, phrases.RESULTS),
    ],
)
def test_every_word_of_a_closed_set_has_a_phrase_of_its_own(words: type[StrEnum], said: Any) -> None:
    assert set(said) == set(words)
    assert len(set(said.values())) == len(words)
    assert all(phrase and "_" not in phrase for phrase in said.values())


@pytest.mark.parametrize("reason", [*Situation, *Verdict])
def test_every_reason_can_be_said(reason: Any) -> None:
    assert phrases.reason_phrase(reason)


@pytest.mark.parametrize("kind", Kind)
def test_every_section_has_a_title_of_its_own(kind: Kind) -> None:
    assert len({phrases.section_title(kind, action) for action in Action}) == len(Action)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 second"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 min"),
        (7140, "119 min"),
        (7200, "2 h 0 min"),
    ],
)
def test_durations_are_said_to_a_useful_precision(seconds: Any, said: Any) -> None:
    assert phrases.duration(seconds) == said
