"""What the options before the command say, for every command."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pathlib import Path

NO_STATE = "none"


class Color(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Context:
    """`state` is a SQLAlchemy URL, or "none" for no store. `verbosity` counts the `-v`."""

    manifests: Path
    state: str
    color: Color = Color.AUTO
    verbosity: int = 0

    @property
    def has_state(self) -> bool:
        return self.state != NO_STATE

    def colours(self, stream: TextIO) -> bool:
        """Whether to write colours to `stream`; `auto` asks the terminal and https://no-color.org."""
        if self.color is Color.AUTO:
            return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return self.color is Color.ALWAYS


def default_state(manifests: Path) -> str:
    """SQLite beside the manifests directory, as a URL that holds wherever the process goes."""
    return f"sqlite:///{(manifests.absolute().parent / '.reconciler' / 'state.db').as_posix()}"
