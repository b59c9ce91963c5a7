"""Filter and path text cut into tokens, and the faults found on the way."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final, Literal

MAX_LENGTH: Final = 10_000

Symbol = Literal["(", ")", "[", "]", "word", "text", "end"]


class FilterError(ValueError):
    """A filter that cannot be understood. `offset` counts characters from 0."""

    def __init__(self, problem: str, offset: int) -> None:
        self.problem = problem
        self.offset = offset
        super().__init__(f"{problem} (at character {offset + 1})")


class PathError(FilterError):
    """An attribute path that cannot be understood. `offset` counts characters from 0."""


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is the token as written, for a quoted text what it means."""

    symbol: Symbol
    text: str
    offset: int
    glued: bool
    """Whether it follows the previous token without a space."""


_SPACE: Final = re.compile(r"[ \t\r\n]*")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD: Final = re.compile(r"""[^\s()\[\]"'=!<>&|,]+""")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_HINTS: Final = {
    "'": 'texts stand in double quotes: "…"',
    "=": "for equality write eq",
    "!": "for inequality write ne, for negation not (…)",
    "<": "for comparison write lt or le",
    ">": "for comparison write gt or ge",
    "&": "to combine conditions write and",
    "|": "to combine conditions write or",
    ",": "to combine conditions write and or or",
}


def tokens_of(text: str) -> list[Token]:
    """The tokens of a filter or path, the last one `end`. Raises `FilterError`."""
    if len(text) > MAX_LENGTH:
        raise FilterError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    tokens: list[Token] = []
    offset = _skip_space(text, 0)
    end = 0
    while offset < len(text):
        token, next_end = _token(text, offset, glued=offset == end)
        tokens.append(token)
        end = next_end
        offset = _skip_space(text, end)
    tokens.append(Token("end", "", len(text), glued=False))
    return tokens


def _skip_space(text: str, offset: int) -> int:
    found = _SPACE.match(text, offset)
    return found.end() if found else offset  # pragma: no branch  the pattern matches the empty text as well


def _token(text: str, offset: int, *, glued: bool) -> tuple[Token, int]:
    """The token that begins at `offset`, and where it ends."""
    character = text[offset]
    match character:
        case "(" | ")" | "[" | "]":
            return Token(character, character, offset, glued), offset + 1
        case '"':
            return _quoted(text, offset, glued=glued)
    word = _WORD.match(text, offset)
    if word is None:
        hint = _HINTS.get(character, "nothing like it belongs here")
        raise FilterError(f"unexpected {character!r}: {hint}", offset)
    return Token("word", word.group(), offset, glued), word.end()


def _quoted(text: str, offset: int, *, glued: bool) -> tuple[Token, int]:
    found = _QUOTED.match(text, offset)
    if found is None:
        raise FilterError("the closing double quote is missing", offset)
    try:
        meaning: str = json.loads(found.group(), strict=False)
    except ValueError:
        raise FilterError(r"bad escape in a text; a backslash is written \\", offset) from None
    if _SURROGATE.search(meaning):
        raise FilterError("the text holds one half of a surrogate pair", offset)
    return Token("text", meaning, offset, glued), found.end()
