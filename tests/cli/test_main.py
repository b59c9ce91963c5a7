from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest

from reconciler import errors
from reconciler.cli.endings import ending, without_secrets
from reconciler.cli.main import COMMANDS, run
from reconciler.diagnostics import Diagnostic, SourceMark

ROOT = Path(__file__).parent.parent.parent
LISTED = [each for section in COMMANDS.values() for each in section]


def reconciler(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reconciler", *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


def test_help_lists_every_command_in_the_order_of_a_working_day() -> None:
    shown = reconciler("--help").stdout
    names = [each.name for each in LISTED]
    assert [
        line.split()[0] for line in shown.splitlines() if line.startswith("  ") and line.split()[0] in names
    ] == names


def test_help_imports_click_and_nothing_else_from_outside() -> None:
    code = (
        "import sys; before = set(sys.modules); from reconciler.cli.main import run; run(['--help']);"
        "import json; print(json.dumps(sorted({m.partition('.')[0] for m in set(sys.modules) - before})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded - sys.stdlib_module_names == {"click", "reconciler"}


@pytest.mark.parametrize("listed", [each for each in LISTED if find_spec(each.module)], ids=lambda each: each.name)
def test_each_module_in_the_table_has_its_command(listed: Any) -> None:
    command = import_module(listed.module).command
    assert isinstance(command, click.Command)
    assert command.name == listed.name
    assert command.help


def test_version() -> None:
    assert reconciler("--version").stdout.startswith("reconciler 0.")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "Usage:"),
        (["plna"], "did you mean 'plan'?"),
        (["--colour"], "No such option"),
        (["--color", "pink", "schema"], "'pink' is not one of"),
        (["schema", "nonsense"], "'nonsense' is not one of"),
        (["show"], "Missing argument 'PLANFILE'"),
    ],
)
def test_wrong_usage_ends_with_64_and_says_what_is_wrong(
    args: Any, said: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(args) == 64
    out, err = capfd.readouterr()
    assert said in err
    assert out == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ReconcilerError("x"), 1),
        (errors.RunError("x"), 1),
        (errors.UsageError("x"), 64),
        (errors.EndpointError("x"), 6),
        (errors.StalePlanError("x"), 4),
        (errors.RefusedError("x"), 3),
        (errors.InterruptedRun("x"), 130),
        (click.UsageError("x"), 64),
        (click.ClickException("x"), 1),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_failure_is_one_sentence_and_a_code_of_the_table(
    error: Any, code: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ending(error, []) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("Error: ")


def test_faults_of_manifests_are_listed_and_counted(capfd: pytest.CaptureFixture[str]) -> None:
    faults = [
        Diagnostic(
            "unknown-key", f"users.{key}.titel", "unknown key", "did you mean 'title'?", SourceMark("a.yaml", line, 3)
        )
        for line, key in enumerate(("ann", "bob\x1b[2J\n", "eve"), start=1)
    ]
    assert ending(errors.ManifestError(faults), []) == 1
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "a.yaml:1:3: users.ann.titel: unknown key (did you mean 'title'?)"
    assert lines[1].startswith("a.yaml:2:3: users.bob\\x1b[2J\\x0a.titel: ")
    assert lines[3:] == ["3 faults"]


def test_a_fault_of_ours_shows_its_message_only_where_it_is_asked_for(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIN_TOKEN", "tok-4711-4711")
    failure = ValueError("Illegal header value b'Bearer abc.def' of tok-4711-4711")
    assert ending(failure, ["plan"]) == 1
    quiet = capfd.readouterr().err
    assert "ValueError" in quiet
    assert "Illegal" not in quiet
    assert ending(failure, ["-v", "plan"]) == 1
    loud = capfd.readouterr().err
    assert "Illegal header value" in loud
    assert "abc.def" not in loud
    assert "4711" not in loud


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc123==", "Authorization: •••"),
        ("postgresql://me:pw@db/state is down", "postgresql://•••db/state is down"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_credentials_are_masked_in_whatever_is_said(text: str, shown: Any) -> None:
    assert without_secrets(text) == shown


def test_a_reader_who_goes_away_is_no_complaint() -> None:
    command = f"{sys.executable} -m reconciler schema | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert len(done.stdout) == 10
    assert done.stderr == ""


def test_output_is_utf_8_whatever_the_locale() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "reconciler", "schema"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
    )
    assert "§" in done.stdout.decode("utf-8")
