"""Where first passwords come from: what a key may do to a source, and what an obstacle gives away."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import normpath
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.core.manifests.scalars import key_problem
from reconciler.core.manifests.targets import Passwords
from reconciler.core.mapping.password_sources import Obstacle, PasswordError, PasswordSource, climbs

CHANCE = Random(1)  # noqa: S311  the tests are to be the same every time


@dataclass
class Set:
    """What is set; everything else is not. `asked`: every name that was."""

    variables: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def variable(self, name: str) -> str | None:
        self.asked.append(name)
        return self.variables.get(name)

    def file(self, path: str) -> str | None:
        self.asked.append(path)
        return self.files.get(path)


def source(there: Set | None = None, **written: Any) -> PasswordSource:
    return PasswordSource(Passwords.model_validate(written), there or Set(), CHANCE)


KEYS = st.text(st.sampled_from("ab./\\{}$~-é"), min_size=1, max_size=12).filter(lambda key: not key_problem(key))


@given(KEYS, st.sampled_from(["secrets/{key}", "{key}", "a/{key}.txt", "a/.{key}", "a/b{key}/c", "/var/{key}/x"]))
def test_no_key_leads_out_of_the_directory(key, written):
    there = Set()
    source(there, **{"from": f"${{file:{written}}}"}).obstacle(key)
    fixed = written.partition("{key}")[0].rpartition("/")[0]
    for each in there.asked:
        path = PurePosixPath(normpath(each.replace("\\", "/")))
        assert ".." not in path.parts
        assert path.is_relative_to(fixed or ".") or not fixed
        assert path.is_absolute() == written.startswith("/")


@given(KEYS)
def test_a_key_without_steps_stays_where_it_is(key):
    assume(not {"/", "\\"} & set(key) and key not in {".", ".."})
    assert not climbs("secrets/{key}", f"secrets/{key}")


@pytest.mark.parametrize(
    ("written", "filled", "expected"),
    [
        ("secrets/{key}", "secrets/../x", True),
        ("secrets/{key}", "secrets/a/../../x", True),
        ("secrets/{key}", "secrets\\..\\..\\x", True),
        ("secrets/.{key}", "secrets/../x", True),
        ("{key}", "/etc/passwd", True),
        ("{key}", "\\server\\x", True),
        ("../private/{key}", "../private/ann", False),
        ("../private/{key}", "../private/../ann", True),
        ("/private/{key}", "/private/ann", False),
        ("secrets/{key}", "secrets/a..b", False),
        ("secrets/{key}", "secrets/team/ann", False),
    ],
)
def test_what_climbs(written, filled, expected):
    assert climbs(written, filled) is expected


@given(KEYS, st.text(min_size=1).map(lambda each: f"s{each}"))
def test_a_key_and_a_secret_are_never_resolved_again(key, secret):
    """`${…}` and `{key}` in a key or in what a variable stands for are text."""
    assume(secret.isprintable())
    there = Set({f"P_{key}": f"{secret}${{P_x}}{{key}}"})
    found = source(there, **{"from": "${P_{key}}.{key}"}).password(key)
    assert found == f"{secret}${{P_x}}{{key}}.{key}"
    assert there.asked == [f"P_{key}"]


def test_everything_of_a_source_is_joined():
    there = Set({"SALT": "s-"}, {"secrets/ann": "Queen"})
    assert source(there, **{"from": "<${SALT}${file:secrets/{key}}-{key}>"}).password("ann") == "<s-Queen-ann>"


@pytest.mark.parametrize(
    ("written", "problem", "remedy"),
    [
        ("${P_{key}}", "is missing: ${P_ann} is not set or empty", "set it in the environment of this command"),
        ("${NONE}", "is missing: ${NONE} is not set or empty", "set it in the environment of this command"),
        (
            "${file:s/{key}}",
            "is missing: ${file:s/ann} cannot be read or is empty",
            "relative paths start at the directory above the manifests",
        ),
        ("${SHORT}", "is shorter than 8 characters", "put one there that meets passwords.rules"),
        ("${PLAIN}", "holds fewer than 2 kinds of characters", "put one there that meets passwords.rules"),
    ],
)
def test_obstacles_name_the_place_and_never_the_password(written, problem, remedy):
    there = Set({"SHORT": "hunter2", "PLAIN": "hunterhunter", "P_ann": ""}, {"s/ann": ""})
    asked = source(there, **{"from": written, "rules": {"minLength": 8, "classes": 2}})
    found = asked.obstacle("ann")
    assert isinstance(found, Obstacle)
    assert found.problem.startswith(problem)
    assert found.remedy == remedy
    with pytest.raises(PasswordError) as raised:
        asked.password("ann")
    assert str(raised.value) == f"its first password {found.problem} ({found.remedy})"
    assert "hunter" not in str(raised.value) + repr(found)
    assert "hunter" not in repr(asked)


def test_a_random_password_is_made_only_when_it_is_asked_for():
    class Never:
        def choice(self, seq: Any, /) -> Any:
            raise AssertionError(seq)

        shuffle = choice

    there = Set()
    made = PasswordSource(Passwords.model_validate({"onCreate": "random"}), there, Never())
    assert made.obstacle("ann") is None
    first, second = source(there, onCreate="random", length=40), source(there, onCreate="random", length=40)
    assert len({first.password("ann"), first.password("ann"), second.password("bob")}) == 3
    assert len(first.password("ann")) == 40
    assert there.asked == []
