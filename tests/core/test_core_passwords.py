"""First passwords: random ones meet every rule that a target can have, and a refusal gives nothing away."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.manifests.targets import PasswordRules
from reconciler.core.passwords import KINDS, password_problem, random_password

LENGTHS = st.integers(8, 200)
SAMPLES = ("", "x\n", "x", "x" * 1024, "xX" * 512, "xX1" * 342, "xX1!" * 256)


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311  the tests are to be the same every time


def rules(least: int | None = None, classes: int | None = None) -> PasswordRules:
    return PasswordRules.model_validate({"minLength": least, "classes": classes})


@given(LENGTHS, st.data(), st.none() | st.integers(1, 4), st.randoms(use_true_random=False))
def test_every_random_password_meets_every_rule_that_its_length_can_meet(length, data, classes, randomness):
    least = data.draw(st.none() | st.integers(1, length))
    password = random_password(length, randomness)
    assert len(password) == length
    assert password_problem(password, rules(least, classes)) == ""


@given(LENGTHS, st.integers())
def test_the_same_chance_gives_the_same_password_and_another_one_another(length, seed):
    first = random_password(length, chance(seed))
    assert first == random_password(length, chance(seed))
    assert first != random_password(length, chance(seed + 1))


def test_every_character_comes_up_at_every_place():
    found = [random_password(8, chance(seed)) for seed in range(8000)]
    for place in range(8):
        assert {each[place] for each in found} == set("".join(KINDS))


def test_a_length_without_room_for_each_kind_is_refused():
    with pytest.raises(ValueError, match="3"):
        random_password(3, chance(1))


@pytest.mark.parametrize(
    ("password", "asked", "problem"),
    [
        ("", rules(), "is empty"),
        ("a", rules(), ""),
        ("elevenchars", rules(least=12), "is shorter than 12 characters"),
        ("twelve chars", rules(least=12), ""),
        ("é" * 12, rules(least=12), ""),
        ("lower UPPER", rules(classes=3), ""),
        ("lowerUPPER", rules(classes=3), "holds fewer than 3 kinds of characters"),
        ("lowerUPPER1", rules(classes=4), "holds fewer than 4 kinds of characters"),
        ("lowerUPPER1!", rules(least=12, classes=4), ""),
        ("éÉ1!", rules(classes=4), ""),
        ("密码密码", rules(classes=2), "holds fewer than 2 kinds of characters"),
        ("two\nlines", rules(), "holds a line break"),
        ("nul\0", rules(), "holds a line break or another control character"),
        ("half\ud800", rules(), "holds a line break or another control character"),
    ],
)
def test_what_is_against_the_rules_is_said(password, asked, problem):
    said = password_problem(password, asked)
    assert said.startswith(problem)
    assert bool(said) == bool(problem)


@given(st.text(), st.integers(1, 1024), st.integers(1, 4))
def test_what_is_said_tells_which_rule_it_is_and_nothing_of_the_password(password, least, classes):
    asked = rules(least, classes)
    assert password_problem(password, asked) in {password_problem(each, asked) for each in SAMPLES}
