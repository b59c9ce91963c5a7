"""Targets that something is recorded of and that the manifests no longer have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.resources import Kind
from reconciler.render.counting import counted
from reconciler.render.neutral import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADING = "Targets that are recorded and no longer in the manifests"


def render_vanished(owned: Mapping[str, Mapping[Kind, int]], form: str) -> str:
    """What each still owns, and how to end it; "" where there is none. `form`: `text` or `markdown`."""
    if not owned:
        return ""
    marked = form == "markdown"
    lines = [f"{'- ' if marked else '  '}{_line(name, counts)}" for name, counts in owned.items()]
    return "\n".join(["", f"## {HEADING}" if marked else HEADING, *([""] if marked else []), *lines, ""])


def _line(name: str, counts: Mapping[Kind, int]) -> str:
    amounts = [counted(counts.get(kind, 0), str(kind)) for kind in Kind]
    shown = visible(name)
    return (
        f"{shown}: still owns {' and '.join(amounts)}, and nothing is done to them. `reconciler state move --target "
        f"{shown} NEW` gives them to another target, `reconciler state forget --target {shown}` lets go of them"
    )
