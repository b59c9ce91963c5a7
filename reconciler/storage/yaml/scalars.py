"""What YAML scalars mean: the core schema of YAML 1.2.2 (section 10.3.2), strings in NFC.

Dates stay strings, `NO` and `on` too. `1_000` is a string: the underscore belongs to YAML 1.1.
"""

from __future__ import annotations

import re
from typing import Any
from unicodedata import is_normalized, normalize

from reconciler.core.marked import FloatText, IntText

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_NUMBER_STARTS = frozenset("0123456789+-.")
_LONGEST_NUMBER = 64
"""Characters. Longer numbers stay text: reading digits takes time in the square of their number."""


class Strings(dict[str, str]):
    """The strings of a file in NFC, each kept once: `strings[text]`."""

    def __missing__(self, text: str) -> str:
        composed = text if text.isascii() or is_normalized("NFC", text) else normalize("NFC", text)
        self[text] = composed
        return composed


class PlainScalars(dict[str, Any]):
    """The values of plain scalars, each resolved once: `plain[text]` is a str, int, float, bool or None."""

    def __init__(self, strings: Strings) -> None:
        super().__init__(_WORDS)
        self._strings = strings

    def __missing__(self, text: str) -> Any:
        if text[0] in _NUMBER_STARTS:
            value = self._number_or_text(text)
        else:
            value = text if text.isascii() else self._strings[text]
        self[text] = value
        return value

    def _number_or_text(self, text: str) -> Any:
        if len(text) > _LONGEST_NUMBER:
            return self._strings[text]
        if _INT.fullmatch(text):
            number = int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
            return number if str(number) == text else IntText(number, text)
        if _FLOAT.fullmatch(text):
            # Python writes infinity without YAML's dot
            real = float(text.replace(".i", "i").replace(".I", "i").replace(".n", "n").replace(".N", "n"))
            return real if str(real) == text else FloatText(real, text)
        return self._strings[text]
