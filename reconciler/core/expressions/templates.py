"""Templates: constant text with `{{ expressions }}`, compiled once and evaluated for everybody."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import nodes

from reconciler.core.expressions.checking import Checker, chains, check_depth, dotted, text_part
from reconciler.core.expressions.environment import Reader, compile_tree, internal, parse
from reconciler.core.expressions.faults import MAX_ITEMS, MAX_NESTING, ExpressionError
from reconciler.core.expressions.getters import getter
from reconciler.core.expressions.nulls import NULL
from reconciler.core.expressions.scanning import CONSTANT_TEXT, Source, has_expressions, split_template
from reconciler.core.expressions.values import bounded_text
from reconciler.core.resources import Ref, ValuesByType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.expressions.names import Names


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled value.

    `names_used`: the dotted names that it reads ("user.custom.country"); `references`: the constant arguments
    of `id_of`. `source` is the value as it was written.
    """

    source: Any
    constant: bool
    names_used: tuple[str, ...]
    references: tuple[Ref, ...]
    read: Reader

    def evaluate(self, context: Mapping[str, Any]) -> Any:
        """The value for `context` (user or group, target, scope; see `subject_view`); None is null.

        Raises ExpressionError, and nothing else, where the expression meets a value that it cannot work with.
        """
        return self.read(context)


def compile_value(value: Any, names: Names) -> Template:
    """A constant or template, alone or inside lists and mappings. Raises ExpressionError."""
    return _compile(value, names, 0)


def _compile(value: Any, names: Names, level: int) -> Template:
    if level > MAX_NESTING:
        raise ExpressionError(f"the value has more than {MAX_NESTING} levels")
    if isinstance(value, str):
        return _compile_text(value, names) if has_expressions(value) else _constant(value)
    if isinstance(value, dict):
        return _compile_mapping(value, names, level)
    if isinstance(value, list):
        return _compile_list(value, names, level)
    return _constant(value)


def _constant(value: Any) -> Template:
    return Template(value, True, (), (), lambda _: value)


def _compile_mapping(value: dict[str, Any], names: Names, level: int) -> Template:
    parts = {name: _compile_part(str(name), each, names, level) for name, each in value.items()}
    for name in value:
        if isinstance(name, str) and has_expressions(name):
            raise ExpressionError(f"a name cannot hold an expression: {name[:80]!r}")
    if all(each.constant for each in parts.values()):
        return _constant(value)

    def read(context: Mapping[str, Any]) -> Any:
        read_parts = {name: _read_part(str(name), part, context) for name, part in parts.items()}
        return None if _lacks(read_parts.values(), parts.values()) else read_parts

    return _composed(value, list(parts.values()), read)


def _compile_list(value: list[Any], names: Names, level: int) -> Template:
    parts = [_compile_part(str(place), each, names, level) for place, each in enumerate(value)]
    if all(each.constant for each in parts):
        return _constant(value)
    container = ValuesByType if isinstance(value, ValuesByType) else list

    def read(context: Mapping[str, Any]) -> Any:
        read_parts = [_read_part(str(place), part, context) for place, part in enumerate(parts)]
        return None if _lacks(read_parts, parts) else container(read_parts)

    return _composed(value, parts, read)


def _compile_part(segment: str, value: Any, names: Names, level: int) -> Template:
    try:
        return _compile(value, names, level + 1)
    except ExpressionError as error:
        raise error.under(segment) from None


def _read_part(segment: str, part: Template, context: Mapping[str, Any]) -> Any:
    try:
        return part.read(context)
    except ExpressionError as error:
        raise error.under(segment) from None


def _lacks(values: Any, parts: Any) -> bool:
    """Whether an expression among the parts is null; a null that was written as a constant is none."""
    return any(value is None and not part.constant for value, part in zip(values, parts, strict=True))


def _composed(source: Any, parts: list[Template], read: Reader) -> Template:
    used = dict.fromkeys(name for each in parts for name in each.names_used)
    references = dict.fromkeys(ref for each in parts for ref in each.references)
    return Template(source, False, tuple(used), tuple(references), read)


def _compile_text(text: str, names: Names) -> Template:
    parts = split_template(text)
    trees = [nodes.Const(part) if isinstance(part, str) else parse(part) for part in parts]
    checkers = [Checker(names, part if isinstance(part, Source) else CONSTANT_TEXT) for part in parts]
    for tree, checker in zip(trees, checkers, strict=True):
        check_depth(tree, checker.source)
    whole = _whole(trees, checkers)
    references = dict.fromkeys(ref for checker in checkers for ref in checker.references)
    used = dict.fromkeys(name for tree in trees for name in chains(tree))
    offset = next(part.offset(1) for part in parts if isinstance(part, Source))
    chain = dotted(trees[0]) if len(trees) == 1 else None
    read = getter(chain, offset) if chain else _finished(compile_tree(whole, names.tables), offset)
    if not used:
        # What depends on nothing shows its faults now, not once for each user.
        value = read({})
        return Template(text, False, (), tuple(references), lambda _: value)
    return Template(text, False, tuple(used), tuple(references), read)


def _whole(trees: list[nodes.Expr], checkers: list[Checker]) -> nodes.Expr:
    """The checked parts as one expression: the only one as it is, several joined as text."""
    if len(trees) == 1:
        return checkers[0].tree(trees[0])
    first, *others = [text_part(checker, tree) for tree, checker in zip(trees, checkers, strict=True)]
    return internal("text", first, *others, line=1)


def _finished(evaluate: Reader, offset: int) -> Reader:
    """The reader that gives plain values: null as None, text in NFC, nothing beyond the bounds."""

    def read(context: Mapping[str, Any]) -> Any:
        try:
            return _plain(evaluate(context))
        except ExpressionError as error:
            error.offset = offset if error.offset is None else error.offset
            raise

    return read


def _plain(value: Any) -> Any:
    if value is NULL:
        return None
    if isinstance(value, str):
        return bounded_text(value if value.isascii() else unicodedata.normalize("NFC", value))
    if isinstance(value, list | dict):
        return _without_null(value)
    return value


def _without_null(value: Any) -> Any:
    """The list or mapping as it is; None where an expression inside it gave null."""
    level, count = [value], 0
    while level:
        inside = [each for one in level for each in (one.values() if isinstance(one, dict) else one)]
        if any(each is NULL for each in inside):
            return None
        count += len(inside)
        if count > 10 * MAX_ITEMS:
            raise ExpressionError(f"the value has more than {10 * MAX_ITEMS} parts")
        level = [each for each in inside if isinstance(each, list | dict)]
    return value
