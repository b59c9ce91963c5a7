"""The one exception of expressions, and the bounds that keep every one of them short of time and memory."""

from __future__ import annotations

from typing import Final

MAX_EXPRESSION: Final = 4096
"""Characters inside the braces of one template, all its parts together."""
MAX_TOKENS: Final = 1000
MAX_BRACKETS: Final = 16
MAX_PREFIXES: Final = 8
"""`not`, `-` and `+` in a row."""
MAX_ELSE: Final = 20
MAX_DEPTH: Final = 40
"""Levels of the syntax tree: links of one chain of attributes, filters or operators."""
MAX_NESTING: Final = 50
"""Levels of lists and mappings around templates."""
MAX_TEXT: Final = 65_536
MAX_ITEMS: Final = 10_000
MAX_LIST_TEXT: Final = 1_000_000
"""Characters in all the texts together that `map` makes."""
MAX_COMPARISONS: Final = 1_000_000
"""Elements of a list times those that a test compares each of them with."""
MAX_NUMBER: Final = 2**63


class ExpressionError(ValueError):
    """An expression that cannot be meant, or that meets a value which it cannot work with.

    `offset` counts characters from the start of the template text (None: not at one place); `path` names the
    value that holds the template, as far as it is known ("emails.0.value").
    """

    def __init__(self, problem: str, offset: int | None = None, remedy: str = "") -> None:
        self.problem = problem
        self.offset = offset
        self.remedy = remedy
        self.path = ""
        super().__init__(problem)

    def under(self, segment: str) -> ExpressionError:
        """The same error, seen from the container that holds the value under `segment`."""
        self.path = f"{segment}.{self.path}" if self.path else segment
        return self

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{where}{self.problem}{remedy}"
