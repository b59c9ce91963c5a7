"""A directory with manifests, and the command run in it as a user would."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from databases import STORES
from secrecy import WITNESS
from servers.conformance import Server

from reconciler.cli.main import run


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class House:
    """`root` holds `manifests/`. Commands run in this process, with standard output and error caught."""

    root: Path
    capsys: pytest.CaptureFixture[str]
    state: str | None = None

    def write(self, name: str, text: str) -> Path:
        """A manifest file; `name` is a path below `manifests/`."""
        file = self.root / "manifests" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
        return file

    def replace(self, name: str, old: str, new: str) -> None:
        file = self.root / "manifests" / name
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *arguments: str) -> Ran:
        """Runs the command and gives back what it said."""
        self.capsys.readouterr()
        url = self.state or STORES.url(self.root)
        state = ("--state", url) if url is not None else ()
        code = run(["--manifests", str(self.root / "manifests"), *state, *arguments])
        said = self.capsys.readouterr()
        WITNESS.read(os.environ)
        WITNESS.wrote(self.root, url)
        WITNESS.hear(said.out, said.err)
        return Ran(code, said.out, said.err)

    def plan(self, *arguments: str) -> Any:
        """The plan document."""
        ran = self.run("plan", "--format", "json", *arguments)
        assert ran.code == 0, ran.err
        return ran.json

    def apply(self, *arguments: str) -> Any:
        """The report of an apply that must succeed."""
        ran = self.run("apply", "--yes", "--format", "json", *arguments)
        assert ran.code == 0, ran.err + ran.out
        return ran.json

    def settled(self, *arguments: str) -> None:
        """Asserts that nothing is pending and nothing is held."""
        ran = self.run("plan", "--exit-code", *arguments)
        assert ran.code == 0, ran.out + ran.err


def target(server: Server, *lines: str, name: str = "there") -> str:
    """A `targets` section for a server; `lines` are further keys of the target."""
    keys = [f"url: {server.url}", f'auth: {{bearer: "${{{token_variable(name)}}}"}}', "platform: generic", *lines]
    return f"targets:\n  {name}:\n" + "".join(f"    {key}\n" for key in keys)


UNLIMITED = (
    "safety: {limits: {create: {}, update: {}, "
    + ", ".join(
        f"{name}: {{percent: 100, atLeast: 1000, atMost: 100000}}"
        for name in ("rename", "enable", "disable", "delete", "lost", "due", "removeMembers", "removeMembersPerGroup")
    )
    + "}, allow: {limits: {half: true, nobody: true}, until: 2999-12-31}}"
)
"""A target's line for tests that change more at once than anybody should."""


def token_variable(name: str) -> str:
    return f"TOKEN_{name.upper().replace('-', '_')}"


def signatures(operations: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Kind, key and action of each operation."""
    return [(each["kind"], each["key"], each["action"]) for each in operations]
