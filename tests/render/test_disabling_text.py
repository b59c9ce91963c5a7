"""What became of an emergency, for people and for scripts."""

from __future__ import annotations

import json

from reconciler.core.disabling import Ended, Ending
from reconciler.render.disabling_text import ENDINGS, disabling_json, disabling_text

DONE = Ended("there", Ending.DISABLED, "17")
FAILED = Ended("gone\x1b[2J", Ending.FAILED, "a\nb", "by us", "Ann Lee said\r\nno")


def test_one_line_for_each_target_that_nothing_from_a_server_can_forge() -> None:
    first, second = disabling_text("user:ann", [DONE, FAILED], redact=False).splitlines()
    assert first == "there: user:ann disabled (object 17)"
    assert "\x1b" not in second
    assert "user:ann NOT disabled (object " in second
    assert "by us; Ann Lee said" in second


def test_redacted_without_the_words_of_the_endpoint() -> None:
    assert disabling_text("user:ann", [FAILED], redact=True).endswith(": by us; •••\n")
    [target] = json.loads(disabling_json("user:ann", [FAILED], held=True, redact=True))["targets"]
    assert target["detail"] == "by us; •••"


def test_the_document() -> None:
    assert json.loads(disabling_json("user:ann", [DONE], held=False, redact=False)) == {
        "format": "reconciler.disabling/1",
        "object": "user:ann",
        "held": False,
        "targets": [{"target": "there", "result": "disabled", "id": "17", "detail": ""}],
    }


def test_every_ending_has_its_words() -> None:
    assert set(ENDINGS) == set(Ending)
