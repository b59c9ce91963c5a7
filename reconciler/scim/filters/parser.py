"""Recursive descent over the grammar of RFC 7644 §3.4.2.2 (filters) and §3.5.2 (paths)."""

from __future__ import annotations

import json
import math
import re
from typing import Final

from reconciler.diagnostics import nearest
from reconciler.scim import urns
from reconciler.scim.filters.ast import (
    OPERATORS,
    And,
    Comparison,
    Filter,
    Not,
    Or,
    Path,
    Present,
    Scalar,
    ValuePath,
)
from reconciler.scim.filters.lexer import FilterError, Token, tokens_of

MAX_DEPTH: Final = 50

_NAME: Final = re.compile(r"\$?[A-Za-z][A-Za-z0-9_$-]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS: Final = {"true": True, "false": False, "null": None}
_ALIASES: Final = {
    "equal": "eq",
    "equals": "eq",
    "is": "eq",
    "like": "co",
    "contains": "co",
    "startswith": "sw",
    "endswith": "ew",
    "exists": "pr",
    "present": "pr",
    "in": "eq, joined by or",
}


def parse_filter(text: str) -> Filter:
    """The tree of a filter. Raises `FilterError`.

    >>> str(parse_filter('UserName EQ "ann" or not(active eq TRUE)'))
    'UserName eq "ann" or not (active eq true)'
    """
    tokens = tokens_of(text)
    if len(tokens) == 1:
        raise FilterError("the filter is empty", 0)
    parser = _Parser(tokens)
    found = parser.disjunction()
    parser.expect_end()
    return found


def parse_patch_path(text: str) -> Path:
    """The tree of a PATCH path: `attribute[filter].sub` or a schema's URN. Raises `FilterError`."""
    tokens = tokens_of(text)
    if len(tokens) == 1:
        raise FilterError("the path is empty", 0)
    parser = _Parser(tokens)
    found = parser.patch_path()
    if parser.here.symbol != "end":
        raise FilterError(f"{parser.here.text!r} is not expected behind {found}", parser.here.offset)
    return found


def attribute_path(text: str, offset: int) -> Path:
    """`urn:attribute.sub`. The attribute's name is what follows the last colon. Raises `FilterError`."""
    if urns.is_schema(text):
        return Path(text, "")
    prefix, colon, rest = text.rpartition(":")
    if colon and not (prefix.lower().startswith("urn:") and len(prefix) > len("urn:")):
        raise FilterError(f"{prefix!r} is no schema URN: it begins with urn:", offset)
    begin = offset + len(prefix) + len(colon)
    name, dot, sub = rest.partition(".")
    _check_name(name, begin)
    if dot:
        if "." in sub:
            raise FilterError(f"{rest!r} has more than an attribute and one sub-attribute", begin)
        _check_name(sub, begin + len(name) + 1)
    return Path(prefix or None, name, None, sub or None)


def _check_name(name: str, offset: int) -> None:
    if not name:
        raise FilterError("an attribute name is missing", offset)
    if not _NAME.fullmatch(name):
        raise FilterError(
            f"{name!r} is no attribute name: it begins with a letter and holds letters, digits, - and _",
            offset,
        )


class _Parser:
    """Tokens and a position. Each method consumes what it parses."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self._inside: Path | None = None

    @property
    def here(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self.here
        self._position += token.symbol != "end"
        return token

    def _keyword(self, word: str) -> bool:
        """Consumes the keyword where it stands here."""
        found = self.here.symbol == "word" and self.here.text.lower() == word
        self._position += found
        return found

    def expect_end(self) -> None:
        token = self.here
        match token.symbol:
            case "end":
                return
            case ")" | "]":
                raise FilterError(f"{token.text!r} closes nothing", token.offset)
            case "word" if token.text.startswith("."):
                problem = "after ']' a sub-attribute stands in PATCH paths only, in a filter inside the brackets"
                raise FilterError(problem, token.offset)
        raise FilterError(f"{token.text!r} is not expected here; conditions are joined by and or or", token.offset)

    def disjunction(self) -> Filter:
        parts = [self._conjunction()]
        while self._keyword("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _conjunction(self) -> Filter:
        parts = [self._condition()]
        while self._keyword("and"):
            parts.append(self._condition())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _condition(self) -> Filter:
        token = self.here
        if token.symbol == "(":
            return self._enclosed(")")
        following = self._tokens[min(self._position + 1, len(self._tokens) - 1)]
        # An attribute may be called "not"; only what follows tells.
        names_attribute = _is_operator(following) or following.symbol == "["
        if token.symbol == "word" and token.text.lower() == "not" and not names_attribute:
            self._take()
            if following.symbol != "(":
                raise FilterError("after not the condition stands in parentheses: not (…)", following.offset)
            return Not(self._enclosed(")"))
        return self._attribute_condition()

    def _enclosed(self, closing: str) -> Filter:
        opening = self._take()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FilterError(f"nested deeper than {MAX_DEPTH} levels", opening.offset)
        found = self.disjunction()
        if self.here.symbol != closing:
            self._fail_unclosed(opening, closing)
        self._take()
        self._depth -= 1
        return found

    def _fail_unclosed(self, opening: Token, closing: str) -> None:
        if self.here.symbol == "end":
            raise FilterError(f"{opening.text!r} is never closed", opening.offset)
        if self.here.symbol in {")", "]"}:
            raise FilterError(f"{self.here.text!r} where {closing!r} is due", self.here.offset)
        self.expect_end()

    def _attribute_condition(self) -> Filter:
        path = self._attribute()
        if self.here.symbol == "[":
            return ValuePath(path, self._value_filter(path))
        operator = self._operator(path)
        return Present(path) if operator == "pr" else Comparison(path, operator, self._value(operator))

    def _attribute(self) -> Path:
        token = self._take()
        match token.symbol:
            case "word":
                path = attribute_path(token.text, token.offset)
            case "end":
                raise FilterError("the filter breaks off: a condition is missing", token.offset)
            case "text":
                raise FilterError("an attribute name stands without quotes", token.offset)
            case _:
                raise FilterError(f"{token.text!r} where an attribute name is due", token.offset)
        if not path.attribute:
            raise FilterError(f"{token.text!r} names a whole schema: an attribute of it is missing", token.offset)
        if self._inside is not None and (path.urn or path.sub):
            raise FilterError(f"inside {self._inside}[…] stand names of its sub-attributes only", token.offset)
        return path

    def _value_filter(self, path: Path) -> Filter:
        if self._inside is not None or path.sub is not None:
            raise FilterError("a value filter stands behind an attribute, not inside another", self.here.offset)
        self._inside = path
        found = self._enclosed("]")
        self._inside = None
        return found

    def _operator(self, path: Path) -> str:
        token = self._take()
        if _is_operator(token):
            return token.text.lower()
        if token.symbol != "word" or token.text.lower() in {"and", "or"}:
            raise FilterError(f"an operator is missing after {path}: {', '.join(OPERATORS)} or pr", token.offset)
        near = _ALIASES.get(token.text.lower()) or nearest(token.text, [*OPERATORS, "pr"])
        remedy = f"did you mean {near}?" if near else f"known are {', '.join(OPERATORS)} and pr"
        raise FilterError(f"unknown operator {token.text!r}: {remedy}", token.offset)

    def _value(self, operator: str) -> Scalar:
        token = self._take()
        if token.symbol == "text":
            return token.text
        if token.symbol != "word":
            raise FilterError(f"a value is missing after {operator}", token.offset)
        if token.text.lower() in _WORDS:
            return _WORDS[token.text.lower()]
        if _NUMBER.fullmatch(token.text):
            return _number(token)
        raise FilterError(f'a text stands in double quotes: "{token.text}"', token.offset)

    def patch_path(self) -> Path:
        token = self._take()
        if token.symbol != "word":
            raise FilterError(f"an attribute name is due, not {token.text!r}", token.offset)
        path = attribute_path(token.text, token.offset)
        if self.here.symbol != "[":
            return path
        if not path.attribute:
            raise FilterError("a value filter stands behind an attribute, not behind a schema", self.here.offset)
        selection = self._value_filter(path)
        return Path(path.urn, path.attribute, selection, self._selected_sub())

    def _selected_sub(self) -> str | None:
        token = self.here
        if token.symbol != "word" or not token.text.startswith(".") or not token.glued:
            return None
        self._take()
        name = token.text[1:]
        _check_name(name, token.offset + 1)
        return name


def _is_operator(token: Token) -> bool:
    return token.symbol == "word" and token.text.lower() in {*OPERATORS, "pr"}


def _number(token: Token) -> Scalar:
    try:
        value: int | float = json.loads(token.text)
    except ValueError:
        raise FilterError("the number is too long", token.offset) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise FilterError("the number is too large", token.offset)
    return value
