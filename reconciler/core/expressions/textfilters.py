"""Filters on text. Each is linear in its text and bounded in its result."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from reconciler.core.expressions.faults import MAX_ITEMS, MAX_TEXT, ExpressionError
from reconciler.core.expressions.nulls import NULL, is_null, propagating
from reconciler.core.expressions.values import bounded_text, check_length, shown, text_of, whole_number
from reconciler.core.phones import LONGEST, calling_code, international, is_region

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WORD: Final = re.compile(r"[^\s\-({\[<]+")
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
# Letters that NFKD leaves alone.
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D"}
    | {"ð": "d", "Ð": "D", "ł": "l", "Ł": "L", "þ": "th", "Þ": "Th", "\u0131": "i", "ħ": "h", "Ħ": "H"}
)


def _on_text(operation: Callable[..., str | None]) -> Callable[..., Any]:
    """A filter from an operation on text: scalars are taken as text, null passes, the result is bounded."""

    @wraps(operation)
    def filtered(value: Any, *arguments: Any, **named: Any) -> Any:
        result = operation(text_of(value), *arguments, **named)
        return None if result is None else bounded_text(result)

    return propagating(filtered)


def lower(text: str) -> str:
    return text.lower()


def upper(text: str) -> str:
    return text.upper()


def capitalize(text: str) -> str:
    return text.capitalize()


def title(text: str) -> str:
    """Every word with a capital; an apostrophe is inside a word ("o'neil" is "O'neil")."""
    return _WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), text)


def trim(text: str, chars: str | None = None) -> str:
    return text.strip(None if chars is None else text_of(chars))


def string(text: str) -> str:
    return text


def replace(text: str, old: str, new: str, count: int = MAX_TEXT) -> str:
    old, new = text_of(old), text_of(new)
    if not old:
        raise ExpressionError("replace needs the text to look for")
    limit = whole_number(count, 0, MAX_TEXT, "replace's count")
    found = min(limit, text.count(old))
    check_length(len(text) + found * (len(new) - len(old)))
    return text.replace(old, new, found)


def ascii_letters(text: str) -> str | None:
    """Latin letters without their marks; null where nothing is left of a text (张伟)."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode("ascii")
    return plain if plain or not text else None


def slug(text: str) -> str | None:
    """Lower-case ASCII letters and digits joined by hyphens; null where nothing is left of a text."""
    plain = _NOT_SLUG.sub("-", (ascii_letters(text) or "").lower()).strip("-")
    return plain if plain or not text else None


def check_digits(digits: Any = 64) -> int:
    return whole_number(digits, 1, 64, "hash")


def digest(text: str, digits: int = 64) -> str:
    """The first hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[: check_digits(digits)]


def check_region(region: Any = None) -> str | None:
    """An ISO 3166 region that telephone numbers are known of. Raises ExpressionError for another."""
    if region is not None and not (isinstance(region, str) and is_region(region)):
        raise ExpressionError(f"e164 knows no region {shown(region)}", remedy="write two letters: e164('DE')")
    return region


def e164(text: str, region: str | None = None) -> str:
    """A telephone number as +4930123456; a national one needs the region. Empty stays empty."""
    known_region = check_region(region)
    number = international(text.strip()[:LONGEST], known_region) if text.strip() else ""
    if number is None:
        hint = "write it with its country code" + ("" if region else ", or name the region: e164('DE')")
        raise ExpressionError(f"{shown(text)} is no telephone number", remedy=hint)
    return number


def country_calling_code(text: str) -> str | None:
    """`86` of the telephone number +86 138 0013 8000, as text; null where it has no + or is none."""
    return calling_code(text.strip()[:LONGEST])


@propagating
def split(value: Any, separator: str | None = None) -> list[str]:
    """The parts between separators; between white space without one."""
    if separator == "":
        raise ExpressionError("split needs a separator")
    parts = text_of(value).split(None if separator is None else text_of(separator), MAX_ITEMS)
    if len(parts) > MAX_ITEMS:
        raise ExpressionError(f"the list becomes longer than {MAX_ITEMS} elements")
    return parts


@propagating
def startswith(value: Any, beginning: str) -> bool:
    return text_of(value).startswith(text_of(beginning))


@propagating
def endswith(value: Any, ending: str) -> bool:
    return text_of(value).endswith(text_of(ending))


def integer(value: Any, default: Any = None) -> Any:
    """A text or number as a whole number; where it is none, `default` or else an ExpressionError."""
    if is_null(value):
        return NULL
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63:
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip())
    if default is None:
        raise ExpressionError(f"{shown(value)} is no whole number", remedy="write int(0) for another value then")
    return default


TEXT_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "lower": _on_text(lower),
    "upper": _on_text(upper),
    "title": _on_text(title),
    "capitalize": _on_text(capitalize),
    "trim": _on_text(trim),
    "replace": _on_text(replace),
    "string": _on_text(string),
    "ascii": _on_text(ascii_letters),
    "slug": _on_text(slug),
    "hash": _on_text(digest),
    "e164": _on_text(e164),
    "calling_code": _on_text(country_calling_code),
    "split": split,
    "int": integer,
}

METHODS: Final[Mapping[str, Callable[..., Any]]] = {
    **{name: TEXT_FILTERS[name] for name in ("lower", "upper", "title", "replace", "split")},
    "strip": TEXT_FILTERS["trim"],
    "startswith": startswith,
    "endswith": endswith,
}
"""The methods of a text that an expression may call: user.userName.lower()."""
