"""The small types that every section is made of, and the faults that they raise."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.core.manifests.rules import Rule
from reconciler.core.marked import FloatText, IntText, source_text
from reconciler.scim.filters import FilterError, parse_filter
from reconciler.scim.paths import PathError, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic.fields import FieldInfo

CLOSED = ConfigDict(extra="forbid")
"""No key that the language does not know."""

TEXT, LIST, MAPPING = "<text>", "<list>", "<mapping>"
"""Tags of the unions whose members differ in the kind of YAML node."""

_UNSEEN = (
    r"\x00-\x1f\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u1680\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
UNSEEN = re.compile(f"[{_UNSEEN}]")
"""Control, zero-width and bidirectional characters: what a reader cannot see, or a terminal obeys."""
_FORBIDDEN_IN_KEYS = re.compile(rf"[\s:*?\[\]{_UNSEEN}]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def fault(rule: Rule, problem: str, remedy: str = "", **details: Any) -> PydanticCustomError:
    """A fault in the words that people will read. `details`: `at`, a key below; `offset` into the scalar."""
    return PydanticCustomError(rule, "{problem}", {"problem": problem, "remedy": remedy, **details})


def says(description: str, *examples: Any) -> FieldInfo:
    """What an editor shows for a key."""
    info: FieldInfo = Field(description=description, examples=list(examples) or None)
    return info


def node_kind(value: Any) -> str:
    """The tag of a YAML node; numbers and booleans count as text, so that the advice is to quote them."""
    if isinstance(value, dict):
        return MAPPING
    if isinstance(value, list | tuple):
        return LIST
    return "<null>" if value is None else TEXT


def key_problem(key: str) -> str:
    """Why a key cannot be one, or an empty string."""
    if not key:
        return "a key cannot be empty"
    found = _FORBIDDEN_IN_KEYS.search(key)
    if found is None:
        return ""
    character = found.group()
    shown = repr(character) if character.isascii() and character.isprintable() else f"U+{ord(character):04X}"
    return f"a key cannot hold {'a space' if character == ' ' else shown}"


def _check_key(key: str) -> str:
    problem = key_problem(key)
    if problem:
        raise fault(Rule.INVALID_KEY, problem, "no spaces, no control or invisible characters, none of : * ? [ ]")
    return key


def parse_day(value: Any) -> date:
    """A day such as 2026-12-31; raises the fault `invalid-date` for anything else."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise fault(Rule.INVALID_DATE, f"there is no day {value}") from None
    raise fault(Rule.INVALID_DATE, f"{source_text(value)!r} is not a day", "write it as 2026-12-31")


def check_filter(text: str) -> str:
    """Raises the fault `invalid-filter` with the offset at which the filter stops making sense."""
    try:
        parse_filter(text)
    except FilterError as error:
        raise fault(Rule.INVALID_FILTER, f"not a SCIM filter: {error.problem}", offset=error.offset) from None
    return text


def check_path(text: str) -> str:
    """Raises the fault `invalid-path` with the offset at which the attribute path stops making sense."""
    try:
        parse_path(text)
    except PathError as error:
        raise fault(Rule.INVALID_PATH, f"not an attribute path: {error.problem}", offset=error.offset) from None
    return text


def ambiguous_number(value: Any) -> bool:
    """Whether a number is written otherwise than numbers are: `0012345`, `+8613800138000`, `1.10`."""
    return isinstance(value, IntText | FloatText)


def quoting(value: Any) -> tuple[str, str]:
    """What is wrong with a scalar that YAML takes for a number or a truth value, and what to do."""
    text = str(value).lower() if isinstance(value, bool) else source_text(value)
    meant = "true or false" if isinstance(value, bool) else "a number"
    return f"`{text}` is read as {meant}", f'quote it: "{text}"'


def one_of(keys: Iterable[str]) -> str:
    """Joins what may stand somewhere.

    >>> one_of(["user", "group"])
    'user or group'
    """
    *most, last = keys
    return f"{', '.join(most)} or {last}" if most else last


KEY_PATTERN = r"^[^\s:*?\[\]]+$"
Key = Annotated[str, AfterValidator(_check_key), WithJsonSchema({"type": "string", "pattern": KEY_PATTERN})]
Day = Annotated[
    date,
    BeforeValidator(parse_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
]
FilterText = Annotated[str, AfterValidator(check_filter)]
PathText = Annotated[str, AfterValidator(check_path)]
Flag = StrictBool
