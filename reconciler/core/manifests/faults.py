"""Validation errors in the words of the manifest language."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.core.manifests.rules import RULES, Rule
from reconciler.core.manifests.scalars import LIST, MAPPING, TEXT, UNSEEN, one_of, quoting
from reconciler.core.manifests.shapes import KEY_MARKER, Place, place_of
from reconciler.core.marked import MarkedDict, locate, path_text, source_text
from reconciler.diagnostics import Diagnostic, SourceMark, did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import TypeAdapter, ValidationError


class Sentence(NamedTuple):
    rule: str
    problem: str
    remedy: str = ""


_DUE = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_KINDS = {TEXT: "a text", LIST: "a list", MAPPING: "a mapping"}
_NOT_HERE = {
    "active": "write `state: active`, `disabled` or `absent`",
    "email": "write `emails:`",
    "id": "the target gives out ids; `externalId` is yours",
    "mail": "write `emails:`",
    "memberOf": "write `groups:`",
    "password": "first passwords are set under `passwords` of a target",
    "phone": "write `phoneNumbers:`",
    "<<": "merge keys are not part of the language; use `defaults`, `extends`",
}
_LONGEST_SHOWN = 60


def diagnostics_of(error: ValidationError, adapter: TypeAdapter[Any], document: MarkedDict) -> list[Diagnostic]:
    """Each fault once, with the place in `document` and the nearest known name where one was misspelt."""
    schema: Mapping[str, Any] = adapter.core_schema
    found = [_diagnostic(each, schema, document) for each in error.errors(include_url=False)]
    return list(dict.fromkeys(found))


def _diagnostic(error: Mapping[str, Any], schema: Mapping[str, Any], document: MarkedDict) -> Diagnostic:
    place = place_of(schema, error["loc"])
    details: Mapping[str, Any] = error.get("ctx") or {}
    sentence = _sentence(error, place, details)
    loc = (*place.loc, details["at"]) if "at" in details else place.loc
    mark = mark_within(document, loc, details.get("offset"), error["loc"][-1:] == (KEY_MARKER,))
    return Diagnostic(sentence.rule, visible(path_text(loc)), sentence.problem, sentence.remedy, mark)


def _sentence(error: Mapping[str, Any], place: Place, details: Mapping[str, Any]) -> Sentence:
    kind, value = error["type"], error["input"]
    if kind in RULES:
        return Sentence(kind, details["problem"], details["remedy"])
    if kind in _DUE:
        return _wrong_type(kind, value, place)
    speak = _SENTENCES.get(kind)
    return speak(value, place, details) if speak else Sentence(Rule.WRONG_VALUE, f"{shown(value)}: {error['msg']}")


def mark_within(document: MarkedDict, loc: tuple[str | int, ...], offset: int | None, in_key: bool) -> SourceMark:
    """The place of `loc`; with an offset, that of the character inside the one-line text there."""
    if offset is None or not loc:
        return locate(document, loc)
    *above, last = loc
    holder: Any = document
    for step in above:
        holder = holder[step]
    if not isinstance(holder, MarkedDict) or in_key:
        mark, text = locate(document, loc), last if in_key else holder[last]
    else:
        mark, text = holder.value_mark(str(last)), holder[str(last)]
    one_line = isinstance(text, str) and "\n" not in text
    return mark._replace(column=mark.column + offset) if one_line else mark


def visible(text: str) -> str:
    """The text with every character that a reader cannot see written as its escape."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shown(value: Any) -> str:
    """What was found, short enough for a sentence."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, int | float):
        return f"the number {source_text(value)}"
    text = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"
    return f"the text {text!r}"


def quote_it(value: Any) -> Sentence | None:
    """The fault of a scalar that YAML takes for a number or a truth value where text is due."""
    if not isinstance(value, int | float):
        return None
    return Sentence(Rule.QUOTE_IT, *quoting(value))


def _wrong_type(kind: str, value: Any, place: Place) -> Sentence:
    if kind == "string_type" and (quoted := quote_it(value)):
        return quoted
    if value is None and kind == "list_type" and place.loc[-1:] == ("members",):
        remedy = "write `members: []` for a group without members, or leave the line out to leave them alone"
        return Sentence(Rule.MEMBERS_NULL, "`members:` says nothing", remedy)
    remedy = ""
    if kind == "list_type" and isinstance(value, str):
        remedy = f"write [{value}]" if len(value) <= _LONGEST_SHOWN else "write it in brackets"
    return Sentence(Rule.WRONG_TYPE, f"must be {_DUE[kind]}, not {shown(value)}", remedy)


def _unknown_key(_value: Any, place: Place, _details: Mapping[str, Any]) -> Sentence:
    key = str(place.loc[-1])
    hint = _NOT_HERE.get(key) if place.loc[0] == "users" or key == "<<" else None
    return Sentence(Rule.UNKNOWN_KEY, f"unknown key {key!r}", hint or _advice(key, place.known))


@lru_cache(maxsize=1024)
def _advice(key: str, known: tuple[str, ...]) -> str:
    # the same slip in each of 10,000 entries is looked up once
    return did_you_mean(key, known)


def _missing_key(_value: Any, place: Place, _details: Mapping[str, Any]) -> Sentence:
    return Sentence(Rule.MISSING_KEY, "is missing", f"add `{place.loc[-1]}:`")


def _not_allowed(value: Any, _place: Place, details: Mapping[str, Any]) -> Sentence:
    allowed = re.findall(r"'([^']*)'", details["expected"])
    near = nearest(value, allowed) if isinstance(value, str) else None
    remedy = f"did you mean {near!r}? allowed: " if near else "allowed: "
    return Sentence(Rule.WRONG_VALUE, f"{shown(value)} is not allowed here", remedy + ", ".join(allowed))


def _wrong_kind(value: Any, _place: Place, details: Mapping[str, Any]) -> Sentence:
    due = [name for tag, name in _KINDS.items() if tag in details["expected_tags"]]
    return Sentence(Rule.WRONG_TYPE, f"must be {one_of(due)}, not {shown(value)}")


def _out_of_range(word: str, key: str) -> Callable[[Any, Place, Mapping[str, Any]], Sentence]:
    return lambda value, _place, details: Sentence(
        Rule.WRONG_VALUE, f"must be {word} {details[key]}, not {source_text(value)}"
    )


def _empty(_value: Any, _place: Place, _details: Mapping[str, Any]) -> Sentence:
    return Sentence(Rule.WRONG_VALUE, "must not be empty", "leave the line out where there is nothing to say")


def _pattern(value: Any, _place: Place, details: Mapping[str, Any]) -> Sentence:
    return Sentence(Rule.WRONG_VALUE, f"{shown(value)} is not allowed here", f"it must match {details['pattern']}")


_SENTENCES: Mapping[str, Callable[[Any, Place, Mapping[str, Any]], Sentence]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing_key,
    "literal_error": _not_allowed,
    "enum": _not_allowed,
    "union_tag_invalid": _wrong_kind,
    "greater_than_equal": _out_of_range("at least", "ge"),
    "less_than_equal": _out_of_range("at most", "le"),
    "string_too_short": _empty,
    "too_short": _empty,
    "string_pattern_mismatch": _pattern,
}
