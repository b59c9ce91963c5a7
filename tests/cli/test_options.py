from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from reconciler.cli.options import (
    ObjectChoice,
    Output,
    TargetChoice,
    object_options,
    output_options,
    target_arguments,
)


@click.command()
@target_arguments
@object_options
@output_options("text", "json")
def command(targets: TargetChoice, objects: ObjectChoice, output: Output) -> None:
    click.echo(repr((targets, objects, output)))


def test_each_family_of_options_arrives_as_one_value() -> None:
    args = [
        "idaas",
        "aws-*",
        "--env",
        "production",
        "--only",
        "user:ann",
        "--only",
        "group:eng*",
        "--exclude",
        "user:b",
    ]
    expected = (
        TargetChoice(("idaas", "aws-*"), "production"),
        ObjectChoice(("user:ann", "group:eng*"), ("user:b",)),
        Output("json", redact=True),
    )
    done = CliRunner().invoke(command, [*args, "--format", "json", "--redact"])
    assert done.output == f"{expected!r}\n"


def test_without_options_everything_of_the_only_target_is_meant() -> None:
    assert CliRunner().invoke(command, []).output == f"{(TargetChoice(), ObjectChoice(), Output())!r}\n"
    assert ObjectChoice().is_everything


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--all", "idaas"], "--all stands alone"),
        (["--all", "--env", "x"], "--all stands alone"),
        (["--only", "ann"], "'ann' is neither user:KEY nor group:KEY"),
        (["--exclude", "team:x"], "'team:x' is neither"),
        (["--only", "user:"], "'user:' is neither"),
        (["--format", "xml"], "'xml' is not one of"),
    ],
)
def test_what_cannot_be_meant_is_refused(args: Any, said: Any) -> None:
    done = CliRunner().invoke(command, args)
    assert done.exit_code == 2
    assert said in done.output
