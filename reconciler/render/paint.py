"""Colour for terminals: a text and the name of its style in, the text with or without escapes out."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.render.details import Mark

Paint = Callable[[str, str], str]
"""`(text, style) -> text`; a style as rich names them: `green`, `bold red`, `""` for none."""

STYLES = {
    Mark.ADD: "green",
    Mark.CHANGE: "yellow",
    Mark.REMOVE: "red",
    Mark.ADOPT: "cyan",
    Mark.ATTENTION: "bold magenta",
    Mark.NONE: "",
}


def plain(text: str, style: str) -> str:  # noqa: ARG001  the other painters need the style
    """No colour."""
    return text


def coloured(text: str, style: str) -> str:
    """ANSI colours of the sixteen that every terminal has."""
    from rich.color import ColorSystem
    from rich.style import Style

    return Style.parse(style).render(text, color_system=ColorSystem.STANDARD) if style else text
