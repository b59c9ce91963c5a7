"""When two values of an attribute are the same value (RFC 7643 §2.3, §2.4, §2.5)."""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from reconciler.scim.attributes import Attribute

_MAX_DEPTH: Final = 20
_TEXT_TYPES: Final = frozenset({"string", "reference", "binary"})
_BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}


def read_boolean(value: Any) -> bool | None:
    """A boolean, also one written as text or as 0 or 1; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return bool(value) if value in (0, 1) else None
    return _BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else None


def read_integer(value: Any) -> int | None:
    """An integer, also one written as text or as 3.0; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= 20:
        try:
            return int(value)
        except ValueError:
            return None
    return int(value) if isinstance(value, float) and value.is_integer() else None


def read_decimal(value: Any) -> int | float | None:
    """A finite number, also one written as text; None for anything else."""
    integer = read_integer(value)
    if integer is not None or isinstance(value, bool) or not isinstance(value, str | float):
        return integer
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def read_instant(value: Any) -> datetime | None:
    """A dateTime as an aware instant, UTC where it names no zone; None for anything else."""
    if not isinstance(value, str) or len(value) < len("2008-01-23"):
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def fold(text: str, *, case_exact: bool) -> str:
    """A text as it is compared: NFC, and without case unless the attribute is case exact.

    Lower case, as RFC 8265 §3.3 maps user names: full case folding would make one person of `weiß` and `weiss`.
    """
    if text.isascii():
        return text if case_exact else text.lower()
    if case_exact:
        return unicodedata.normalize("NFC", text)
    # In decomposed form: some letters lose their case differently composed. A final sigma is a sigma.
    lowered = unicodedata.normalize("NFD", text).lower().replace("\u03c2", "\u03c3")
    return unicodedata.normalize("NFC", lowered)


def canonical(value: Any, attribute: Attribute | None) -> Hashable:
    """A hashable form that is equal for two values exactly when they are the same value of the attribute.

    None where there is nothing: null, "", [] and {} are all unassigned (RFC 7643 §2.5). A frozenset for
    several values, a frozenset of (name, value) pairs for a complex one. Without a definition strings compare
    without case.
    """
    if attribute is None:
        return _untyped(value, 0)
    if not attribute.multi_valued:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return _single(value, attribute)
    if not isinstance(value, list):
        value = (value,)
    found = {_single(each, attribute) for each in value}
    found.discard(None)
    return frozenset(found) or None


def equal(left: Any, right: Any, attribute: Attribute | None) -> bool:
    """Whether two values of an attribute are the same value."""
    if left is right or (attribute is not None and _is_same_json(left, right)):
        return True
    return canonical(left, attribute) == canonical(right, attribute)


def _is_same_json(left: Any, right: Any) -> bool:
    """The quick answer for most values of most resources. False for what is nested too deeply to compare."""
    try:
        return bool(left == right)
    except RecursionError:
        return False


def _single(value: Any, attribute: Attribute) -> Hashable:
    if value is None or value == "":
        return None
    if attribute.type == "complex":
        if isinstance(value, Mapping):
            return _complex(value, attribute, 0)
        # Some endpoints write `emails: ["a@x"]` or `manager: "26118"` for the object with that `value`.
        return _complex({"value": value}, attribute, 0) if isinstance(value, str | int) else _untyped(value, 0)
    if isinstance(value, str) and attribute.type in _TEXT_TYPES:
        text = (value.rpartition("@")[0] or value) if attribute.own_domain else value
        return fold(text, case_exact=attribute.case_exact)
    return _typed(value, attribute)


def _typed(value: Any, attribute: Attribute) -> Hashable:
    """A value read in the attribute's type; one that cannot be read so stands for itself."""
    read: Hashable = None
    match attribute.type:
        case "boolean":
            read = read_boolean(value)
        case "integer" | "decimal":
            read = read_decimal(value)
        case "dateTime":
            read = read_instant(value)
        case _ if isinstance(value, int | float):
            # Ids and phone numbers arrive as numbers from some endpoints.
            read = str(value).lower()
    return read if read is not None else _untyped(value, 0)


def _complex(value: Mapping[str, Any], attribute: Attribute | None, depth: int) -> Hashable:
    pairs: list[tuple[str, Hashable]] = []
    for key, raw in value.items():
        name = key.lower() if isinstance(key, str) else str(key)
        definition = attribute.sub_attributes.get(name) if attribute is not None else None
        if name == "$ref" or _is_derived(definition, attribute):
            continue
        if name == "type" and isinstance(raw, str):
            found: Hashable = fold(raw, case_exact=False) or None
        else:
            found = canonical(raw, definition) if definition is not None else _untyped(raw, depth + 1)
        # RFC 7643 §2.4: "If not specified, the value of "primary" SHALL be assumed to be "false"."
        if found is None or (name == "primary" and read_boolean(raw) is False):
            continue
        pairs.append((name, found))
    return frozenset(pairs) or None


def _is_derived(definition: Attribute | None, parent: Attribute | None) -> bool:
    """Whether servers derive this part of something that clients write, like `manager.displayName`."""
    return (
        definition is not None
        and parent is not None
        and definition.mutability == "readOnly"
        and parent.mutability != "readOnly"
    )


def _untyped(value: Any, depth: int) -> Hashable:  # noqa: PLR0911  one arm per JSON type
    if depth > _MAX_DEPTH:
        return "too deep"
    match value:
        case None | "":
            return None
        case str():
            return fold(value, case_exact=False)
        case bool():
            # Told apart from 1 and 0, which Python holds equal.
            return ("boolean", value)
        case int():
            return value
        case float():
            return value if math.isfinite(value) else repr(value)
        case Mapping():
            return _complex(value, None, depth)
        case list() | tuple():
            return frozenset(each for each in (_untyped(each, depth + 1) for each in value) if each is not None) or None
    return repr(value)


def digest(value: Any) -> str:
    """SHA-256 in hexadecimal of a JSON value, the same for every order of keys and every Unicode form."""
    text = _json(value)
    if not text.isascii():
        text = _json(_normal(value))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    return sorted(value, key=_json) if isinstance(value, set | frozenset) else str(value)


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {_normal(key): _normal(each) for key, each in value.items()}
    return [_normal(each) for each in value] if isinstance(value, list | tuple) else value
