"""Filters as tests of plain documents: compiled to closures once, then quick (RFC 7644 §3.4.2.2).

"Not equal" is the opposite of "equal" throughout: it holds where the attribute is absent, and for a
multi-valued attribute where no value equals. Values of another type than the operand fulfil no other
operator, and nothing that a document holds raises.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from reconciler.scim.attributes import COMMON_ATTRIBUTES, Attribute, ResourceSchema
from reconciler.scim.filters.ast import And, Comparison, Filter, Not, Or, Path, Present, ValuePath
from reconciler.scim.lookup import container_of, elements_of, get_ignoring_case
from reconciler.scim.values import fold, read_boolean, read_decimal, read_instant

Test: TypeAlias = Callable[[Any], bool]
Reader: TypeAlias = Callable[[Any], Iterable[Any]]

_MAX_DEPTH: Final = 4
_ORDERINGS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TEXT_OPERATIONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    **_ORDERINGS,
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
}


def matches(condition: Filter, document: Mapping[str, Any], schema: ResourceSchema | None = None) -> bool:
    """Whether a document fulfils a filter. Over many documents `compile_filter` is quicker."""
    return compile_filter(condition, schema)(document)


@lru_cache(maxsize=512)
def compile_filter(condition: Filter, schema: ResourceSchema | None = None) -> Callable[[Mapping[str, Any]], bool]:
    """The test of documents that a filter stands for.

    Types and case rules come from the schema. Attributes that it does not know compare without case.
    """
    return _compiled(condition, _DocumentScope(schema))


@lru_cache(maxsize=512)
def compile_element_filter(condition: Filter, attribute: Attribute | None = None) -> Test:
    """The test of single values of a multi-valued attribute that a value filter stands for."""
    return _compiled(condition, _ElementScope(attribute))


class _DocumentScope:
    """Attribute paths that begin at a resource."""

    def __init__(self, schema: ResourceSchema | None) -> None:
        self._schema = schema

    def definition(self, path: Path) -> Attribute | None:
        if self._schema is not None:
            return self._schema.parent(path)
        return COMMON_ATTRIBUTES.get(path.attribute.lower()) if path.urn is None else None

    def reader(self, path: Path) -> Reader:
        definition = self.definition(path)
        name = path.attribute if definition is None else definition.name
        urn, core = path.urn, None if self._schema is None else self._schema.urn
        if urn is None:
            return lambda document: elements_of(get_ignoring_case(document, name))

        def read(document: Any) -> Iterable[Any]:
            container = container_of(document, urn, core)
            return () if container is None else elements_of(get_ignoring_case(container, name))

        return read


class _ElementScope:
    """Sub-attribute names inside a value filter."""

    def __init__(self, attribute: Attribute | None) -> None:
        self._attribute = attribute

    def definition(self, path: Path) -> Attribute | None:
        if self._attribute is None or self._attribute.type == "complex":
            return None if self._attribute is None else self._attribute.sub(path.attribute)
        return self._attribute if path.attribute.lower() == "value" else None

    def reader(self, path: Path) -> Reader:
        return lambda element: elements_of(_sub_value(element, path.attribute))


_Scope: TypeAlias = _DocumentScope | _ElementScope


def _sub_value(element: Any, name: str) -> Any:
    """A sub-attribute; the plain value itself counts as its own `value` (`schemas[value eq "urn:…"]`)."""
    if isinstance(element, Mapping):
        return get_ignoring_case(element, name)
    return element if name.lower() == "value" else None


def _compiled(condition: Filter, scope: _Scope) -> Test:  # noqa: PLR0911  one arm per kind of node
    match condition:
        case And(parts=parts):
            tests = [_compiled(each, scope) for each in parts]
            return lambda document: all(test(document) for test in tests)
        case Or(parts=parts):
            tests = [_compiled(each, scope) for each in parts]
            return lambda document: any(test(document) for test in tests)
        case Not(part=part):
            return _opposite(_compiled(part, scope))
        case ValuePath(path=path, filter=inner):
            return _any_element(scope.reader(path), compile_element_filter(inner, scope.definition(path)))
        case Present(path=path):
            return _presence(path, scope)
        case Comparison(path=path, value=None):
            # RFC 7643 §2.5: unassigned and null are the same; no other operator can hold for them.
            present = _presence(path, scope)
            return {"eq": _opposite(present), "ne": present}.get(condition.op, _never)
    if condition.op == "ne":
        return _opposite(_compiled(Comparison(condition.path, "eq", condition.value), scope))
    return _comparison(condition, scope)


def _opposite(test: Test) -> Test:
    return lambda document: not test(document)


def _any_element(read: Reader, test: Test) -> Test:
    def holds(document: Any) -> bool:
        return any(test(each) for each in read(document))

    return holds


def _never(_: Any) -> bool:
    return False


def _presence(path: Path, scope: _Scope) -> Test:
    sub = path.sub
    if sub is None:
        return _any_element(scope.reader(path), _is_present)
    return _any_element(scope.reader(path), lambda each: _is_present(_sub_value(each, sub)))


def _is_present(value: Any, depth: int = 0) -> bool:
    """RFC 7644 §3.4.2.2: "a non-empty or non-null value, or … a non-empty node for complex attributes"."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return depth > _MAX_DEPTH or any(_is_present(each, depth + 1) for each in value)
    return value is not None and value != ""


def _comparison(comparison: Comparison, scope: _Scope) -> Test:
    definition = scope.definition(comparison.path)
    # RFC 7644 §3.4.2.2: `emails co "example.org"` compares the `value` of each.
    sub = comparison.path.sub or "value"
    if comparison.path.sub is not None or (definition is not None and definition.type == "complex"):
        definition = None if definition is None else definition.sub(sub)
    test = _value_test(comparison.op, comparison.value, definition)
    whole = comparison.path.sub is None

    def holds(value: Any) -> bool:
        if isinstance(value, Mapping):
            value = get_ignoring_case(value, sub)
            return any(test(each) for each in value) if isinstance(value, list) else test(value)
        return (whole or sub.lower() == "value") and test(value)

    return _any_element(scope.reader(comparison.path), holds)


def _value_test(op: str, operand: Any, definition: Attribute | None) -> Test:
    kind = "" if definition is None else definition.type
    if kind == "boolean" or isinstance(operand, bool):
        return _boolean_test(op, read_boolean(operand), kind)
    if kind in {"integer", "decimal"} or isinstance(operand, int | float):
        return _number_test(op, read_decimal(operand), kind)
    instant = read_instant(operand) if kind == "dateTime" else None
    if instant is not None and op in _ORDERINGS:
        return _read_test(_ORDERINGS[op], instant, read_instant)
    return _text_test(op, operand, definition)


def _read_test(operation: Callable[[Any, Any], bool], operand: Any, read: Callable[[Any], Any]) -> Test:
    def holds(value: Any) -> bool:
        found = read(value)
        return found is not None and operation(found, operand)

    return holds


def _boolean_test(op: str, operand: bool | None, kind: str) -> Test:
    """Booleans have no order: RFC 7644 §3.4.2.2 allows `eq` and `ne` only."""
    if op != "eq" or operand is None:
        return _never
    if kind == "boolean":
        return lambda value: read_boolean(value) is operand
    return lambda value: value is operand


def _number_test(op: str, operand: float | None, kind: str) -> Test:
    operation = _ORDERINGS.get(op)
    if operation is None or operand is None or kind not in {"", "integer", "decimal"}:
        return _never
    if kind:
        return _read_test(operation, operand, read_decimal)
    return _read_test(operation, operand, lambda value: None if isinstance(value, str) else read_decimal(value))


def _text_test(op: str, operand: str, definition: Attribute | None) -> Test:
    case_exact = definition is not None and definition.case_exact
    operation = _TEXT_OPERATIONS[op]
    expected = fold(operand, case_exact=case_exact)

    def holds(value: Any) -> bool:
        return isinstance(value, str) and operation(fold(value, case_exact=case_exact), expected)

    return holds
