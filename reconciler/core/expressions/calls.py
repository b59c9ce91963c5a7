"""Checks filters, tests, methods and `id_of`: that they exist, take such arguments, name what can exist."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Final

from jinja2 import nodes

from reconciler.core.expressions.environment import FILTERS, TABLES, internal
from reconciler.core.expressions.faults import ExpressionError
from reconciler.core.expressions.listfilters import MAPPABLE, check_count
from reconciler.core.expressions.names import ANY, PLAIN, Form, Shape, list_of
from reconciler.core.expressions.operators import reference
from reconciler.core.expressions.predicates import TESTS
from reconciler.core.expressions.textfilters import METHODS, check_digits, check_region
from reconciler.core.resources import Ref
from reconciler.diagnostics import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.core.expressions.checking import Checked, Checker

_Call = nodes.Filter | nodes.Test | nodes.Call

_CONSTANTS: Final[Mapping[str, Callable[..., object]]] = {
    "hash": check_digits,
    "e164": check_region,
    "limit": check_count,
}
_KEEPS_SHAPE: Final = frozenset(
    {"select", "reject", "selectattr", "rejectattr", "sort", "unique", "list", "limit", "default", "d"}
)
_PICKS_ELEMENT: Final = frozenset({"first", "last"})
_TESTING: Final = {"select": 0, "reject": 0, "selectattr": 1, "rejectattr": 1}
"""Filters that take the name of a test, and at which place."""


def check_filter(checker: Checker, node: nodes.Filter) -> Checked:
    if node.node is None:
        checker.fail(node, "a filter needs a value")
    value, shape = checker.check(node.node)
    if node.name == "lookup":
        _check_table(checker, node, node.args, node.kwargs)
        return internal("lookup", value, nodes.Name(TABLES, "load"), *node.args, line=node.lineno), PLAIN
    if node.name not in FILTERS:
        checker.fail(node, f"unknown filter {node.name!r}", did_you_mean(node.name, [*FILTERS, "lookup"]))
    _check_arguments(checker, node, node.name, FILTERS[node.name])
    _check_attributes(checker, node, shape)
    args = checker.trees(node.args)
    if node.name in _TESTING:
        _check_named_test(checker, node, node.args[_TESTING[node.name] :])
    if node.name == "map":
        args = _check_map(checker, node, args)
    return nodes.Filter(value, node.name, args, _named(checker, node), None, None, lineno=node.lineno), _shape(
        node, shape
    )


def check_test(checker: Checker, node: nodes.Test) -> Checked:
    if node.name not in TESTS:
        checker.fail(node, f"unknown test {node.name!r}", did_you_mean(node.name, TESTS), tokens_on=1)
    _check_arguments(checker, node, node.name, TESTS[node.name])
    value, args = checker.tree(node.node), checker.trees(node.args)
    return nodes.Test(value, node.name, args, _named(checker, node), None, None, lineno=node.lineno), PLAIN


def check_call(checker: Checker, node: nodes.Call) -> Checked:
    """`id_of(…)` and the few methods of a text; nothing else can be called."""
    if isinstance(node.node, nodes.Name):
        return _check_function(checker, node, node.node.name)
    if not isinstance(node.node, nodes.Getattr):
        checker.fail(node, "only id_of and methods of a text can be called")
    method = node.node
    if method.attr not in METHODS:
        remedy = f"write … | {method.attr}" if method.attr in FILTERS else did_you_mean(method.attr, METHODS)
        checker.fail(method, f"unknown method {method.attr!r}", remedy, tokens_on=1)
    _check_arguments(checker, node, method.attr, METHODS[method.attr])
    (value, shape), args = checker.check(method.node), checker.trees(node.args)
    if shape.form in {Form.RECORD, Form.LIST}:
        checker.fail(method, f"{method.attr!r} is a method of texts", tokens_on=1)
    name = f"internal .{method.attr}"
    return nodes.Filter(value, name, args, _named(checker, node), None, None, lineno=node.lineno), ANY


def _check_function(checker: Checker, node: nodes.Call, name: str) -> Checked:
    if name != "id_of":
        checker.fail(node.node, f"unknown function {name!r}", _as_filter(name))
    _check_arguments(checker, node, "id_of", lambda _function, key: key)
    if node.kwargs:
        checker.fail(node, "id_of takes one argument", "write id_of('user:KEY')")
    argument = node.args[0]
    if isinstance(argument, nodes.Const):
        _collect_reference(checker, argument)
    return internal("id_of", checker.tree(argument), line=node.lineno), ANY


def _as_filter(name: str) -> str:
    if name == "lookup":
        return "write value | lookup('table')"
    return f"write value | {name}" if name in FILTERS else did_you_mean(name, ["id_of"])


def _collect_reference(checker: Checker, argument: nodes.Const) -> None:
    remedy = "write id_of('user:KEY') or id_of('group:KEY')"
    try:
        found = reference(argument.value)
    except ExpressionError as error:
        checker.fail(argument, error.problem, remedy)
    if not isinstance(found, Ref):
        checker.fail(argument, "id_of names nobody", remedy)
    checker.references.append(found)


def _named(checker: Checker, node: _Call) -> list[nodes.Keyword]:
    return [nodes.Keyword(each.key, checker.tree(each.value), lineno=each.lineno) for each in node.kwargs]


def _check_arguments(checker: Checker, node: _Call, name: str, operation: Callable[..., Any]) -> None:
    """Whether the operation takes such arguments at all, and constant ones among them."""
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        checker.fail(node, "* and ** before an argument are not available")
    named: dict[str, Any] = {str(each.key): each.value for each in node.kwargs}
    try:
        signature(operation).bind(None, *node.args, **named)
    except TypeError:
        checker.fail(node, f"{name} does not take these arguments", f"it is {name}{_usage(operation)}")
    arguments = [*node.args, *named.values()]
    if name in _CONSTANTS and all(isinstance(each, nodes.Const) for each in arguments):
        try:
            _CONSTANTS[name](*(each.value for each in arguments))
        except ExpressionError as error:
            checker.fail(node, error.problem, error.remedy)


def _usage(operation: Callable[..., Any]) -> str:
    """`(old, new, count=…)`: how the arguments after the value are written."""
    shown = []
    for each in list(signature(operation).parameters.values())[1:]:
        optional = each.default is not Parameter.empty
        shown.append("…" if each.kind is Parameter.VAR_POSITIONAL else f"{each.name}=…" if optional else each.name)
    return f"({', '.join(shown)})" if shown else ""


def _check_table(checker: Checker, node: _Call, args: list[nodes.Expr], kwargs: list[Any]) -> None:
    if len(args) != 1 or kwargs or not isinstance(args[0], nodes.Const) or not isinstance(args[0].value, str):
        checker.fail(node, "lookup takes the constant name of a table", "write value | lookup('table')")
    table = args[0].value
    if table not in checker.names.tables:
        checker.fail(args[0], f"unknown table {table!r}", did_you_mean(table, checker.names.tables))


def _constant_text(checker: Checker, node: nodes.Node, of: str) -> str:
    if not isinstance(node, nodes.Const) or not isinstance(node.value, str):
        checker.fail(node, f"{of} takes a constant name here")
    return node.value


def _check_attributes(checker: Checker, node: nodes.Filter, shape: Shape) -> None:
    """Attribute names given as text: constant, none with an underscore, and known where the elements are."""
    given = [each.value for each in node.kwargs if each.key == "attribute"]
    if node.name in {"selectattr", "rejectattr"}:
        given += node.args[:1]
    for each in given:
        element = shape.element if shape.element is not None else ANY
        for name in _constant_text(checker, each, node.name).split("."):
            element = _attribute(checker, each, name, element)


def _attribute(checker: Checker, node: nodes.Node, name: str, shape: Shape) -> Shape:
    if not name or name.startswith("_"):
        checker.fail(node, f"no such attribute name: {name!r}")
    if shape.form is Form.RECORD and name not in shape.fields:
        checker.fail(node, f"the elements have no attribute {name!r}", did_you_mean(name, shape.fields))
    return shape.fields.get(name, ANY)


def _check_named_test(checker: Checker, node: nodes.Filter, args: list[nodes.Expr]) -> None:
    if node.kwargs:
        checker.fail(node, f"{node.name} does not take these arguments")
    if not args:
        return
    test = _constant_text(checker, args[0], node.name)
    if test not in TESTS:
        checker.fail(args[0], f"unknown test {test!r}", did_you_mean(test, TESTS))
    given = nodes.Test(nodes.Const(0), test, args[1:], [], None, None, lineno=node.lineno)
    _check_arguments(checker, given, test, TESTS[test])


def _check_map(checker: Checker, node: nodes.Filter, args: list[nodes.Expr]) -> list[nodes.Expr]:
    by_attribute = any(each.key == "attribute" for each in node.kwargs)
    if by_attribute != (not args) or (args and node.kwargs):
        checker.fail(node, "map takes a filter or an attribute", "write map('lower') or map(attribute='value')")
    if by_attribute:
        return args
    name = _constant_text(checker, args[0], "map")
    if name == "lookup":
        _check_table(checker, node, node.args[1:], [])
        return [nodes.Const("internal lookup"), nodes.Name(TABLES, "load"), *args[1:]]
    if name not in MAPPABLE or name.startswith("internal"):
        known = [each for each in MAPPABLE if not each.startswith("internal")]
        checker.fail(args[0], f"map knows no filter {name!r}", did_you_mean(name, [*known, "lookup"]))
    given = nodes.Filter(nodes.Const(0), name, node.args[1:], [], None, None, lineno=node.lineno)
    _check_arguments(checker, given, name, MAPPABLE[name])
    return args


def _shape(node: nodes.Filter, shape: Shape) -> Shape:
    if shape.form is not Form.LIST:
        return ANY
    if node.name in _KEEPS_SHAPE:
        return shape
    if node.name in _PICKS_ELEMENT:
        return shape.element or ANY
    return list_of(ANY) if node.name == "map" else ANY
