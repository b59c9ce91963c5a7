"""Where the first password of a user comes from: chance, or the source that the target names for each key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.core.manifests.targets import Passwords
from reconciler.core.manifests.variables import KEY, VARIABLE
from reconciler.core.mapping.connecting import Variables
from reconciler.core.passwords import Randomness, password_problem, random_password
from reconciler.errors import RunError

_STEPS = re.compile(r"[/\\]")


class PasswordError(RunError):
    """A user gets no first password, and is therefore not created. Never holds anything of a password."""


class Obstacle(NamedTuple):
    """Why a user would get no first password, as the rest of a sentence that begins with it, and what to do."""

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """The first passwords on one target. They are never kept here: each is made or read when it is asked for."""

    settings: Passwords
    variables: Variables = field(repr=False)
    randomness: Randomness = field(repr=False)

    def obstacle(self, key: str) -> Obstacle | None:
        """Why a user would get no password; None where nothing is in the way. Random ones are never in the way."""
        return None if self.settings.source is None else self._read(self.settings.source, key)[1]

    def password(self, key: str) -> str:
        """The first password of the user with a key. Raises `PasswordError`."""
        if self.settings.source is None:
            return random_password(self.settings.length, self.randomness)
        password, obstacle = self._read(self.settings.source, key)
        if obstacle is not None:
            raise PasswordError(f"its first password {obstacle.problem} ({obstacle.remedy})")
        return password

    def _read(self, source: str, key: str) -> tuple[str, Obstacle | None]:
        """The key goes into the variables' names and the text around them, never into what they stand for."""
        parts, end = [], 0
        for found in VARIABLE.finditer(source):
            value, obstacle = self._value(found, key)
            if obstacle is not None:
                return "", obstacle
            parts += [source[end : found.start()].replace(KEY, key), value]
            end = found.end()
        password = "".join([*parts, source[end:].replace(KEY, key)])
        problem = password_problem(password, self.settings.rules)
        return password, Obstacle(problem, "put one there that meets passwords.rules") if problem else None

    def _value(self, found: re.Match[str], key: str) -> tuple[str, Obstacle | None]:
        name = found["name"].replace(KEY, key)
        if not found["file"]:
            value, problem = self.variables.variable(name), "is not set or empty"
            remedy = "set it in the environment of this command"
        elif climbs(found["name"], name):
            return "", Obstacle(f"would stand outside its directory: ${{file:{name}}}", "give the user another key")
        else:
            value, problem = self.variables.file(name), "cannot be read or is empty"
            remedy = "relative paths start at the directory above the manifests"
        shown = found.group().replace(KEY, key)
        return (value, None) if value else ("", Obstacle(f"is missing: {shown} {problem}", remedy))


def climbs(written: str, filled: str) -> bool:
    """Whether a key leads a path out of the directory that the manifests name for it.

    >>> climbs("secrets/{key}", "secrets/../../etc/passwd"), climbs("../secrets/{key}", "../secrets/ann")
    (True, False)
    """
    before, after = _STEPS.split(written), _STEPS.split(filled)
    return after.count("..") > before.count("..") or (not after[0] and bool(before[0]))
