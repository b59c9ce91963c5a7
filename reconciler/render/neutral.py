"""Foreign strings made harmless: whatever they hold, they stay on their line and show what they are."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_DEEPEST = 20


def visible(text: str) -> str:
    r"""The text with control, bidirectional, zero-width and line-separating characters written as escapes.

    >>> visible("a\x1b[31mb\u202e")
    'a\\x1b[31mb\\u202e'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(each) if unicodedata.category(each) in _HIDDEN else each for each in text)


def clip(text: str, length: int) -> str:
    """The text, or its beginning with the number of characters that it really has.

    >>> clip("abcdef", 4)
    'abcd… (6 characters)'
    """
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters)"


def phrase_value(value: Any) -> str:
    """A JSON value as neutral JSON on one line; `id of user:KEY` stands for an id to come.

    >>> phrase_value({"manager": {"$ref": "user:bob"}, "x": [True, None]}), phrase_value({"$secret": "password"})
    ('{"manager": id of user:bob, "x": [true, null]}', '(set at creation)')
    """
    return visible(_json(value, 0))


def _json(value: Any, depth: int) -> str:
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        reference = value.get("$ref")
        if len(value) == 1 and isinstance(reference, str) and reference.startswith(("user:", "group:")):
            return f"id of {reference}"
        if value == {"$secret": "password"}:
            return "(set at creation)"
        inner = (f"{_scalar(key)}: {_json(each, depth + 1)}" for key, each in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_json(each, depth + 1) for each in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _escape(character: str) -> str:
    number = ord(character)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
