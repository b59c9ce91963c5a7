from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.context import Color, Context, default_state
from reconciler.cli.main import cli


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def context_of(*args: str) -> Context:
    with cli.make_context("reconciler", [*args, "schema"]) as ctx:
        assert cli.callback is not None
        ctx.invoke(cli.callback, **ctx.params)
        assert isinstance(ctx.obj, Context)
        return ctx.obj


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECONCILER_MANIFESTS", "RECONCILER_STATE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_the_state_store_is_beside_the_manifests_wherever_the_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_state(Path("manifests")) == f"sqlite:///{tmp_path}/.reconciler/state.db"
    assert default_state(tmp_path / "a" / "b") == f"sqlite:///{tmp_path}/a/.reconciler/state.db"


def test_defaults_come_from_the_variables_and_options_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_MANIFESTS", "from-variable")
    monkeypatch.setenv("RECONCILER_STATE", "none")
    assert context_of() == Context(Path("from-variable"), "none")
    assert not context_of().has_state
    given = context_of("--manifests", "given", "--state", "sqlite://", "--color", "never", "-vv")
    assert given == Context(Path("given"), "sqlite://", Color.NEVER, 2)


def test_empty_variables_count_as_absent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_MANIFESTS", "")
    monkeypatch.setenv("RECONCILER_STATE", "")
    assert context_of() == Context(Path("manifests"), f"sqlite:///{tmp_path}/.reconciler/state.db")


@pytest.mark.parametrize(
    ("color", "stream", "variable", "expected"),
    [
        (Color.AUTO, Terminal(), "", True),
        (Color.AUTO, Terminal(), "1", False),
        (Color.AUTO, io.StringIO(), "", False),
        (Color.ALWAYS, io.StringIO(), "1", True),
        (Color.NEVER, Terminal(), "", False),
    ],
)
def test_colour_is_for_terminals_unless_said_otherwise(
    color: Any, stream: Any, variable: Any, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", variable)
    assert Context(Path(), "none", color).colours(stream) is expected
