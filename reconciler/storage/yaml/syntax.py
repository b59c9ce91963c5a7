"""What a YAML parser says when it cannot go on, in words that say what to do.

libyaml and ruamel's own parser find the same errors at nearly the same places, in different words; both are
known here by the pieces that tell them apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.diagnostics import Diagnostic, SourceMark

if TYPE_CHECKING:
    from reconciler.storage.yaml.events import MarkedYAMLError


class Words(NamedTuple):
    """`CHARACTER` stands for what is at the error, `BEGUN` for the line where the enclosing thing began."""

    problem: str
    remedy: str
    from_beginning: bool = False
    """Whether the fault is where the enclosing thing began rather than where the parser gave up."""


TEMPLATE_UNQUOTED = (
    "yaml-unquoted-template",
    "YAML reads an unquoted {{ … }} as a mapping",
    'quote it: "{{ … }}"',
)
KEY_MISSING = ("yaml-empty-key", "a key is missing here", "write one before the ':'")
_STATEMENT_UNQUOTED = (
    "yaml-unquoted-template",
    "YAML reads an unquoted {% … %} as a mapping",
    'quote it: "{% … %}"',
)

_INDENTATION = "check the indentation, and quotes that end too early"
_OPEN_QUOTE = Words("a quote that is never closed", "close it", from_beginning=True)
_TAG = Words("a tag (!) that cannot be read", "quote a text that begins with !")
_ESCAPE = Words("a backslash escape that YAML does not know", r"use single quotes, or write \\ for a backslash")
_AFTER_BLOCK_SIGN = Words("text after | or > on the same line", "begin the text on the next line")
_KNOWN = (
    ("cannot start any token", Words("a text cannot begin with CHARACTER", "quote it")),
    (
        "mapping values are not allowed",
        Words("a key begins where none can", "quote a text that holds ': ', or check the indentation"),
    ),
    (
        "could not find expected ':'",
        Words("a line that is neither `key: value` nor `- item`", "add the colon", from_beginning=True),
    ),
    ("found unexpected end of stream", _OPEN_QUOTE),
    ("found unexpected document", _OPEN_QUOTE),
    ("found unexpected ':'", Words("a text with ':' inside brackets", "quote it", from_beginning=True)),
    ("',' or ']'", Words("the [ of line BEGUN is not closed before this", "close it with ]")),
    ("',' or '}'", Words("the { of line BEGUN is not closed before this", "close it with }")),
    ("escape", _ESCAPE),
    ("hexdecimal", _ESCAPE),
    ("a tag", _TAG),
    ("tag handle", _TAG),
    ("scanning an alias", Words("a text cannot begin with *", "quote it", from_beginning=True)),
    ("scanning an anchor", Words("a text cannot begin with &", "quote it", from_beginning=True)),
    ("comment or line break", _AFTER_BLOCK_SIGN),
    ("comment or a line break", _AFTER_BLOCK_SIGN),
    ("chomping", _AFTER_BLOCK_SIGN),
    ("indentation indicator", _AFTER_BLOCK_SIGN),
    ("entries are not allowed", Words("a list begins where none can", "begin it on the next line")),
    ("directive", Words("a directive (%) that cannot be read", "remove it")),
    ("node content", Words("a value is due before CHARACTER", "write one, or quote a text that begins so")),
    ("<document start>", Words("the document has ended before this", _INDENTATION)),
    ("block collection", Words("this does not continue the list of line BEGUN", _INDENTATION)),
    ("block mapping", Words("this does not continue the mapping of line BEGUN", _INDENTATION)),
)
_LINE_BREAK = re.compile(r"\r\n?|\n")
# possessive: a quoted text of megabytes must not be remembered character by character
_QUOTED = re.compile(r"""'[^']*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+\"""")
_UNQUOTED_BRACES = re.compile(r"(?:^|[:\-,\[])\s*(?P<braces>\{[{%])")


def explain(failure: MarkedYAMLError, source: str, file: str) -> Diagnostic:
    """The diagnostic of a parser's error in `source`."""
    given: Any = failure
    place = given.problem_mark or given.context_mark
    begun = given.context_mark or place
    words = _words(f"{given.context} {given.problem}")
    lines = _LINE_BREAK.split(source)
    row, column, line = _within(lines, place)
    special = _special(line, column)
    if special:
        rule, problem, remedy, at = special
        return Diagnostic(rule, "", problem, remedy, SourceMark(file, row + 1, at + 1))
    character = repr(line[column]) if column < len(line) else "the end"
    problem = words.problem.replace("CHARACTER", character).replace("BEGUN", str(begun.line + 1))
    if words.from_beginning:
        row, column, _ = _within(lines, begun)
    return Diagnostic("yaml-syntax", "", problem, words.remedy, SourceMark(file, row + 1, column + 1))


def _within(lines: list[str], mark: Any) -> tuple[int, int, str]:
    """Row, column and line of a mark; libyaml puts the end of a file on a line of its own after the last."""
    row = min(mark.line, len(lines) - 1)
    return row, mark.column if row == mark.line else len(lines[row]), lines[row]


def _special(line: str, column: int) -> tuple[str, str, str, int] | None:
    """Rule, problem, remedy and column of the mistakes that show in the line itself."""
    bare = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), line[: column + 2])
    braces = _UNQUOTED_BRACES.search(bare)
    if braces:
        said = TEMPLATE_UNQUOTED if braces["braces"] == "{{" else _STATEMENT_UNQUOTED
        return *said, braces.start("braces")
    indentation = line[: len(line) - len(line.lstrip(" \t"))]
    if "\t" in indentation and column <= len(indentation):
        return "yaml-tab", "a tab is used for indentation", "use spaces", indentation.index("\t")
    if line.startswith("\t", column):
        return "yaml-tab", "a tab stands where a space is due", "use spaces", column
    if line[:column].endswith("$") and line.startswith("{", column):
        return "yaml-syntax", "an unquoted ${ … } inside brackets", 'quote it: "${ … }"', column - 1
    if line.startswith(":", column) and not line[:column].strip(" -?:"):
        return *KEY_MISSING, column
    return None


def _words(said: str) -> Words:
    unknown = Words(said.removeprefix("None "), _INDENTATION)
    return next((words for piece, words in _KNOWN if piece in said), unknown)
