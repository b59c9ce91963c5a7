"""How a command ends that does not end well: a sentence on standard error, and the exit code of the one table."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import click

from reconciler.errors import ExitCode, ManifestError, ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|RECONCILER_STATE", re.IGNORECASE)
_SECRET_TEXT = re.compile(r"\b(Bearer|Basic)\s+[^\s'\"]+|(?<=://)[^/\s@'\"]+@", re.IGNORECASE)
_SHORTEST_SECRET = 6


def ending(error: BaseException, arguments: Sequence[str]) -> int:
    """Says what happened and returns the exit code. `arguments` tell whether a traceback is wanted."""
    if isinstance(error, BrokenPipeError):
        _forget_output()
        return ExitCode.ERROR
    try:
        return _report(error, arguments)
    except BrokenPipeError:
        _forget_output()
        return ExitCode.ERROR


def without_secrets(text: str) -> str:
    """The text without credentials in headers and URLs, and without the values of variables that name a secret."""
    shown = _SECRET_TEXT.sub("•••", text)
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET:
            shown = shown.replace(value, "•••")
    return shown


def _report(error: BaseException, arguments: Sequence[str]) -> int:
    code = ExitCode.ERROR
    match error:
        case click.UsageError():
            code = ExitCode.USAGE
            _say_usage(error)
        case click.ClickException():
            _say(error.format_message())
        case click.Abort() | KeyboardInterrupt() | EOFError():
            code = ExitCode.INTERRUPTED
            _say("interrupted")
        case ManifestError():
            _say_faults(error)
        case ReconcilerError():
            code = error.exit_code
            _say(str(error))
        case _:
            _say_unexpected(error, arguments)
    return code


def _say(sentence: str) -> None:
    from reconciler.render.neutral import visible

    lines = without_secrets(sentence).splitlines() or [""]
    click.echo("\n".join(["Error: " + visible(lines[0]), *map(visible, lines[1:])]), err=True)


def _say_usage(error: click.UsageError) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return
    if error.ctx is not None:
        click.echo(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.", err=True)
    _say(error.format_message())


def _say_faults(error: ManifestError) -> None:
    from reconciler.render.diagnostics import render_diagnostics

    click.echo(render_diagnostics(error.diagnostics, "text"), err=True, nl=False)


def _say_unexpected(error: BaseException, arguments: Sequence[str]) -> None:
    """A fault of ours. Its message may hold anything, so that it is shown only where it is asked for."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "reconciler" in each.filename]
    place = f" at {os.path.basename(ours[-1].filename)}:{ours[-1].lineno}" if ours else ""  # noqa: PTH119
    if any(re.fullmatch(r"-v+|--verbose", each) for each in arguments):
        click.echo(without_secrets("".join(traceback.format_exception(error))), err=True, nl=False)
        hint = ""
    else:
        hint = "; -v before the command shows the traceback"
    _say(f"this is a fault of reconciler: {type(error).__name__}{place}{hint}")


def _forget_output() -> None:
    """Nobody reads any more. Without this the interpreter complains when it flushes at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            continue
