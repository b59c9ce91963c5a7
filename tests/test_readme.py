"""The README cannot lie: its output is the demo's, its commands are the program's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.cli.main import COMMANDS, run
from reconciler.errors import ExitCode

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_output_below_the_demo_command_is_what_the_demo_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Rewrite it from the output of `reconciler demo` where it changed on purpose."""
    assert run(["demo"]) == 0
    shown = README.partition("<!-- demo-output -->\n```text\n")[2].partition("\n```")[0]
    assert timeless(shown) == timeless(capsys.readouterr().out.strip("\n"))


def timeless(text: str) -> str:
    """The text without what differs from run to run."""
    return re.sub(r"(about|in) \d+(\.\d+)? seconds?", r"\1 SECONDS", text)


def test_every_command_stands_in_the_table() -> None:
    listed = {each.name for section in COMMANDS.values() for each in section}
    assert listed == set(re.findall(r"^\| `([a-z]+)", README.partition("## Commands")[2], re.MULTILINE))


def test_every_exit_code_stands_in_the_table() -> None:
    table = README.partition("| exit code |")[2].partition("\n\n")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == {int(code) for code in ExitCode}
