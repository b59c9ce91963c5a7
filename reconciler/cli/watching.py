"""What a command tells while it is under way: the log, and OpenTelemetry where it is configured."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import click

from reconciler.cli.output import tell
from reconciler.core.mapping.connecting import parse_hosts
from reconciler.errors import RunError
from reconciler.telemetry.logs import NAME
from reconciler.telemetry.watching import Watching

if TYPE_CHECKING:
    from reconciler.telemetry.otel import Collecting

SERVICE = "reconciler"


def watch(target: str) -> Watching:
    """Watches one target's run. Telemetry that cannot be had is said, and keeps nobody from applying."""
    return Watching(target, logging.getLogger(NAME), _collecting(), redacted=_is_redacted())


def _collecting() -> Collecting | None:
    from reconciler.telemetry.otel import check_collectors, is_configured, open_collecting

    if not is_configured(os.environ):
        return None
    try:
        check_collectors(os.environ, parse_hosts(os.environ.get("RECONCILER_HOSTS")))
        return open_collecting(os.environ.get("OTEL_SERVICE_NAME") or SERVICE)
    except RunError as error:
        tell(f"Warning: {error}")
        return None


def command_name() -> str:
    """What the run is called in logs and traces."""
    ctx = click.get_current_context(silent=True)
    return (ctx.info_name if ctx is not None else None) or SERVICE


def _is_redacted() -> bool:
    """Every command that reports has the option."""
    ctx = click.get_current_context(silent=True)
    return ctx is not None and bool(ctx.params.get("redact"))
