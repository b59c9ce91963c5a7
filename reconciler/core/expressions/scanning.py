"""Splits a template into constant text and expressions, and an expression into tokens with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from reconciler.core.expressions.faults import (
    MAX_BRACKETS,
    MAX_ELSE,
    MAX_EXPRESSION,
    MAX_PREFIXES,
    MAX_TEXT,
    MAX_TOKENS,
    ExpressionError,
)

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*")
      | (?P<number>0[xXoObB]\w+ | \d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)
      | (?P<name>\w+)
      | (?P<operator>\*\*|//|[=!<>]=|.)""",
    re.VERBOSE | re.DOTALL,
)
_MARKER: Final = re.compile(r"\{[{%#]")
_ESCAPE: Final = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[\\'\"ntr]|(?P<other>.))", re.DOTALL)
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_PREFIXES: Final = frozenset({"not", "-", "+"})


class Token(NamedTuple):
    kind: str
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Source:
    """The tokens of one expression, one a line: a syntax tree's line number then says the token."""

    text: str
    offsets: tuple[int, ...]

    def offset(self, line: int) -> int:
        """Where in the template the token on that line (from 1) begins; for a line beyond, the last one."""
        return self.offsets[min(max(line, 1), len(self.offsets)) - 1]


CONSTANT_TEXT: Final = Source("", (0,))


def has_expressions(text: str) -> bool:
    return "{" in text and _MARKER.search(text) is not None


def split_template(text: str) -> list[str | Source]:
    """Constant texts and expressions in order. One line break at the end is dropped, as Jinja does.

    Raises ExpressionError for statements, comments, unclosed braces and whatever is beyond the bounds.
    """
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"a template has at most {MAX_TEXT} characters")
    parts: list[str | Source] = []
    position, inside = 0, 0
    text = text.removesuffix("\n")
    while (marker := _MARKER.search(text, position)) is not None:
        _refuse_statements(marker)
        if marker.start() > position:
            parts.append(text[position : marker.start()])
        tokens, position = _read_expression(text, marker.start(), MAX_EXPRESSION - inside)
        inside += position - marker.start()
        parts.append(_spread(tokens))
    if position < len(text):
        parts.append(text[position:])
    return parts


def _refuse_statements(marker: re.Match[str]) -> None:
    if marker[0] == "{{":
        return
    kind = "statements" if marker[0] == "{%" else "comments"
    remedy = "write {{ a if b else c }}" if kind == "statements" else "write {{ '{#' }} for the characters"
    raise ExpressionError(f"{kind} are not available", marker.start(), remedy)


def _read_expression(text: str, start: int, room: int) -> tuple[list[Token], int]:
    """The tokens between `{{` at `start` and its `}}`, and the position after that."""
    tokens: list[Token] = []
    open_brackets: list[str] = []
    position = start + 2
    while position < len(text):
        if not open_brackets and text.startswith("}}", position):
            return _checked(tokens, start), position + 2
        if position - start > room:
            raise ExpressionError(f"the expressions of a value have at most {MAX_EXPRESSION} characters", start)
        found = _TOKEN.match(text, position)
        assert found is not None  # noqa: S101  the pattern matches any character
        token = Token(str(found.lastgroup), found[0], position)
        position = found.end()
        if token.kind != "space":
            _follow_brackets(token, open_brackets)
            _check_token(token)
            tokens.append(token)
    raise ExpressionError("{{ without }}", start, "close the expression with }}")


def _follow_brackets(token: Token, open_brackets: list[str]) -> None:
    if token.text in _CLOSING.values():
        open_brackets.append(token.text)
        if len(open_brackets) > MAX_BRACKETS:
            raise ExpressionError(f"more than {MAX_BRACKETS} brackets inside each other", token.offset)
    elif token.text in _CLOSING:
        opened = open_brackets.pop() if open_brackets else None
        if opened != _CLOSING[token.text]:
            problem = f"{opened!r} is not closed" if opened else f"{token.text!r} closes nothing"
            raise ExpressionError(problem, token.offset)


def _check_token(token: Token) -> None:
    if token.kind == "operator" and token.text in "'\"":
        raise ExpressionError("a quote is not closed", token.offset)
    for escape in _ESCAPE.finditer(token.text) if token.kind == "string" else ():
        if escape["other"] is not None:
            remedy = "write \\\\ for a backslash"
            raise ExpressionError(f"unknown escape {escape[0]!r}", token.offset + escape.start(), remedy)


def _checked(tokens: list[Token], start: int) -> list[Token]:
    if not tokens:
        raise ExpressionError("{{ }} holds no expression", start)
    if len(tokens) > MAX_TOKENS:
        raise ExpressionError(f"an expression has at most {MAX_TOKENS} words and signs", start)
    first, last = tokens[0], tokens[-1]
    for edge, glued in ((first, first.offset == start + 2), (last, True)):
        if edge.text in "+-" and glued:
            raise ExpressionError("{{- and -}} are not available", edge.offset, "write {{ … }}")
    run = 0
    for each in tokens:
        run = run + 1 if each.text in _PREFIXES else 0
        if run > MAX_PREFIXES:
            raise ExpressionError(f"more than {MAX_PREFIXES} of 'not', '-' and '+' in a row", each.offset)
    if sum(each.text == "else" for each in tokens) > MAX_ELSE:
        raise ExpressionError(f"more than {MAX_ELSE} times 'else'", start, "use a table and lookup")
    return tokens


def _spread(tokens: list[Token]) -> Source:
    offsets: list[int] = []
    for each in tokens:
        offsets.extend([each.offset] * (1 + len(_BREAK.findall(each.text))))
    return Source("\n".join(each.text for each in tokens), tuple(offsets))
