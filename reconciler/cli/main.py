"""The command `reconciler`. Commands are imported when they are called, so that `--help` needs nothing but click."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from reconciler import __version__
from reconciler.cli.context import Color, Context, default_state
from reconciler.cli.endings import ending
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


class Listed(NamedTuple):
    """A command in the table of commands; its module has a click command named `command`."""

    name: str
    help: str

    @property
    def module(self) -> str:
        return f"reconciler.cli.{self.name}"


COMMANDS: Final[dict[str, tuple[Listed, ...]]] = {
    "Manifests": (
        Listed("init", "Write a small working set of manifests, workflows and editor settings."),
        Listed("validate", "Check the manifests, offline."),
    ),
    "Targets": (
        Listed("check", "Test the connection: reachability, credentials, what the endpoint can do."),
        Listed("plan", "Show what an apply would do."),
        Listed("apply", "Carry out a plan, after asking."),
        Listed("drift", "Show what on the target differs from the manifests, and who changed it."),
        Listed("show", "Print a saved plan."),
        Listed("explain", "Show where every value of a user or group comes from."),
        Listed("targets", "List the targets."),
    ),
    "Emergency": (
        Listed("disable", "Disable a user at once, and keep it so."),
        Listed("release", "End that: the manifests decide again."),
    ),
    "State": (
        Listed("history", "Show past runs, and what each operation of one came to."),
        Listed("undo", "Put back what a run replaced, as a plan like any other."),
        Listed("state", "Look at what is remembered between runs, and put it right."),
        Listed("unlock", "Show which run holds the lock of a target, and remove it."),
    ),
    "Reference": (
        Listed("platforms", "Show what each platform can do, and how that is known."),
        Listed("schema", "Print the JSON Schema of manifests, plans, reports or profiles."),
    ),
    "To try things on": (
        Listed("sandbox", "Serve a local SCIM endpoint."),
        Listed("demo", "Run the whole story on a sandbox of its own, and clean up."),
    ),
}
_LISTED: Final = {each.name: each for section in COMMANDS.values() for each in section}


LOG_FORMAT = "reconciler.log_format"


class LazyGroup(click.Group):
    """Knows its commands from `COMMANDS`; imports one when it is called or asked for its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(_LISTED)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        listed = _LISTED.get(cmd_name)
        if listed is None:
            return None
        command = import_module(listed.module).command
        assert isinstance(command, click.Command)  # noqa: S101  what the table promises
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuses an unknown name with the nearest known one."""
        if args[0] not in _LISTED and not args[0].startswith("-"):
            from reconciler.diagnostics import did_you_mean

            hint = did_you_mean(args[0], _LISTED)
            raise click.UsageError(f"there is no command {args[0]!r}{f'; {hint}' if hint else ''}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        width = max(map(len, _LISTED))
        for title, listed in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(each.name.ljust(width), each.help) for each in listed])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--manifests",
    metavar="DIR",
    default="manifests",
    envvar="RECONCILER_MANIFESTS",
    show_envvar=True,
    help="The directory of manifests. [default: ./manifests]",
)
@click.option(
    "--state",
    metavar="URL",
    envvar="RECONCILER_STATE",
    show_envvar=True,
    help="The state store: a SQLAlchemy URL, or none. [default: .reconciler/state.db beside the manifests]",
)
@click.option("--color", type=click.Choice([each.value for each in Color]), default="auto", show_default=True)
@click.option("-v", "--verbose", count=True, help="Log what is done on standard error; twice: every request.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    envvar="RECONCILER_LOG_FORMAT",
    expose_value=False,
    callback=lambda ctx, _, value: ctx.meta.update({LOG_FORMAT: value}),
    show_envvar=True,
    help="Of the log.",
)
@click.version_option(__version__, "--version", prog_name="reconciler", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, manifests: str, state: str | None, color: str, verbose: int) -> None:
    """Identity as code: users and groups in YAML, planned and applied over SCIM 2.0."""
    from pathlib import Path

    directory = Path(manifests)
    ctx.obj = Context(directory, state or default_state(directory), Color(color), verbose)
    if verbose:
        from reconciler.telemetry.logs import LogForm, start_logging, stop_logging

        start_logging(verbose, LogForm(ctx.meta[LOG_FORMAT]), sys.stderr)
        ctx.call_on_close(stop_logging)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line (`sys.argv` without `args`) and ends the process with its exit code.

    SIGTERM does what Ctrl-C does: an apply finishes what is under way, and the terminal is put right.
    """
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """The exit code of a command line. Every failure has become a sentence on standard error.

    A command returns its `ExitCode`, or None where it is done.
    """
    arguments = list(sys.argv[1:] if args is None else args)
    try:
        result = cli.main(arguments, prog_name="reconciler", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as leaving:  # click's way out of a broken pipe
        return leaving.code if isinstance(leaving.code, int) else ExitCode.ERROR
    except BaseException as error:  # noqa: BLE001  the one place where nothing may pass
        return ending(error, arguments)
    return result if isinstance(result, int) else 0
