"""YAML values that know where they were written.

A document is `MarkedDict`, `MarkedList`, str, int, float, bool or None. The two containers are plain
dictionaries and lists to everything that reads them (pydantic, orjson, `==`); what a reader builds is not
changed afterwards. A node that YAML aliases is one shared object.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Self

from reconciler.diagnostics import SourceMark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LINE_SHIFT = 32
"""A packed place is `line << LINE_SHIFT | column`, both counted from 0, in 64 bits."""

_COLUMN = (1 << LINE_SHIFT) - 1


def unpack(file: str, place: int) -> SourceMark:
    """The mark of a packed place.

    >>> unpack("manifests/a.yaml", 4 << LINE_SHIFT | 2)
    SourceMark(file='manifests/a.yaml', line=5, column=3)
    """
    return SourceMark(file, (place >> LINE_SHIFT) + 1, (place & _COLUMN) + 1)


class MarkedDict(dict[str, Any]):
    """A mapping with the places of its entries.

    `marks` holds packed places: the mapping's own, then for each entry, in order, its key's and its value's.
    """

    __slots__ = ("_positions", "file", "marks")

    def __init__(
        self,
        values: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        file: str = "",
        marks: Iterable[int] = (0,),
    ) -> None:
        super().__init__(values)
        self.file = file
        self.marks = array("Q", marks)
        self._positions: dict[str, int] | None = None

    @property
    def mark(self) -> SourceMark:
        """Where the mapping begins: in block style the place of its first key."""
        return unpack(self.file, self.marks[0])

    def mark_of(self, key: str) -> SourceMark:
        """Where `key` is written; the mapping's own mark for a key that it lacks."""
        return unpack(self.file, self.marks[self._position(key)])

    def value_mark(self, key: str) -> SourceMark:
        """Where the value of `key` begins; the mapping's own mark for a key that it lacks."""
        position = self._position(key)
        return unpack(self.file, self.marks[position + 1 if position else 0])

    def _position(self, key: str) -> int:
        # built once, at the first question: a fault in each of 10,000 users must not cost 10,000 searches
        if self._positions is None:
            self._positions = dict(zip(self, range(1, len(self.marks), 2), strict=False))
        return self._positions.get(key, 0)


class MarkedList(list[Any]):
    """A list with the places of its items. `marks`: the list's own packed place, then one for each item."""

    __slots__ = ("file", "marks")

    def __init__(self, values: Iterable[Any] = (), file: str = "", marks: Iterable[int] = (0,)) -> None:
        super().__init__(values)
        self.file = file
        self.marks = array("Q", marks)

    @property
    def mark(self) -> SourceMark:
        return unpack(self.file, self.marks[0])

    @property
    def item_marks(self) -> list[SourceMark]:
        """Where each item is written, all at once."""
        file = self.file
        return [SourceMark(file, (place >> LINE_SHIFT) + 1, (place & _COLUMN) + 1) for place in self.marks[1:]]

    def mark_of(self, index: int) -> SourceMark:
        """Where the item begins; the list's own mark for an index that it lacks."""
        known = 0 <= index < len(self.marks) - 1
        return unpack(self.file, self.marks[index + 1 if known else 0])


class IntText(int):
    """An integer written otherwise than `str` would write it: `0012345`, `+8613800138000`, `0x1F`."""

    text: str

    def __new__(cls, value: int, text: str) -> Self:
        made = super().__new__(cls, value)
        made.text = text
        return made

    def __getnewargs__(self) -> tuple[int, str]:  # type: ignore[override]  # copying needs the text as well
        return int(self), self.text


class FloatText(float):
    """A number written otherwise than `str` would write it: `1.10`, `1e3`, `.inf`.

    orjson, which takes subclasses of int, needs `default=float` for it.
    """

    text: str

    def __new__(cls, value: float, text: str) -> Self:
        made = super().__new__(cls, value)
        made.text = text
        return made

    def __getnewargs__(self) -> tuple[float, str]:  # type: ignore[override]  # copying needs the text as well
        return float(self), self.text


def source_text(scalar: Any) -> str:
    """The text of a number as it stands in the file.

    >>> source_text(IntText(12345, "0012345")), source_text(7)
    ('0012345', '7')
    """
    return scalar.text if isinstance(scalar, IntText | FloatText) else str(scalar)


def locate(root: Any, loc: Sequence[str | int]) -> SourceMark:
    """The deepest place that exists along a pydantic `loc`: of a key in a mapping, of an item in a list.

    Steps that the data lacks are passed over: a missing field, and the members of unions that pydantic names.
    """
    mark = root.mark if isinstance(root, MarkedDict | MarkedList) else SourceMark("", 1)
    node = root
    for step in loc:
        if isinstance(node, MarkedDict) and step in node:
            mark, node = node.mark_of(str(step)), node[str(step)]
        elif isinstance(node, MarkedList) and isinstance(step, int) and 0 <= step < len(node):
            mark, node = node.mark_of(step), node[step]
    return mark


def path_text(loc: Iterable[str | int]) -> str:
    """A `loc` as people read it in a diagnostic.

    >>> path_text(["users", "alice", "emails", 0, "value"])
    'users.alice.emails[0].value'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).removeprefix(".")
