"""The whitelist: turns a parsed expression into one that holds only what this package means.

Whatever could behave differently from what people expect of null, text or references (comparisons, `~`,
slices, methods, calls, `none`) becomes an internal operation; what is not on the list is a fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from jinja2 import nodes

from reconciler.core.expressions.calls import check_call, check_filter, check_test
from reconciler.core.expressions.environment import internal
from reconciler.core.expressions.faults import MAX_DEPTH, ExpressionError
from reconciler.core.expressions.names import ANY, PLAIN, Form, Names, Shape, list_of, record
from reconciler.core.expressions.values import is_bounded
from reconciler.diagnostics import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.core.expressions.scanning import Source
    from reconciler.core.resources import Ref

Checked = tuple[nodes.Expr, Shape]


class Checker:
    """Checks one expression. `references` collects the constant arguments of `id_of`."""

    def __init__(self, names: Names, source: Source) -> None:
        self.names = names
        self.source = source
        self.variables = names.variables()
        self.references: list[Ref] = []

    def check(self, node: nodes.Node) -> Checked:
        """The node as it may be compiled, and what is known of its value. Raises ExpressionError."""
        handler = _HANDLERS.get(type(node))
        if handler is None:
            self.fail(node, f"{type(node).__name__} is not available in expressions")
        return handler(self, node)

    def tree(self, node: nodes.Node) -> nodes.Expr:
        return self.check(node)[0]

    def trees(self, many: list[Any]) -> list[nodes.Expr]:
        return [self.tree(each) for each in many]

    def fail(self, node: nodes.Node, problem: str, remedy: str = "", *, tokens_on: int = 0) -> NoReturn:
        """Raises ExpressionError at the node's first token, or some tokens on."""
        raise ExpressionError(problem, self.source.offset(node.lineno + tokens_on), remedy)

    def attribute(self, node: nodes.Node, name: str, shape: Shape, base: str) -> Shape:
        """The shape of `base.name`. Raises ExpressionError where there can be no such attribute."""
        if name.startswith("_"):
            self.fail(node, f"names that begin with an underscore are not available: {name!r}", tokens_on=1)
        if shape.form is Form.RECORD and name not in shape.fields:
            self.fail(node, f"{base} has no attribute {name!r}", did_you_mean(name, shape.fields), tokens_on=1)
        if shape.form is Form.PLAIN:
            self.fail(node, f"{base} is a plain value, it has no attribute {name!r}", tokens_on=1)
        if shape.form is Form.LIST:
            remedy = f"write {base} | map(attribute={name!r}) | first"
            self.fail(node, f"{base} is a list, it has no attribute {name!r}", remedy, tokens_on=1)
        return shape.fields.get(name, ANY)


def dotted(node: nodes.Node) -> str | None:
    """`user.name.givenName` of a chain of constant names; None for anything else."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        base, name = dotted(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        base, name = dotted(node.node), node.arg.value
    else:
        return None
    return None if base is None else f"{base}.{name}"


def chains(tree: nodes.Node) -> list[str]:
    """The dotted names that an expression reads, each as long as it is written, in order."""
    whole = dotted(tree)
    if whole is not None:
        return [whole]
    if isinstance(tree, nodes.Call):
        called = tree.node.node if isinstance(tree.node, nodes.Getattr) else None
        parts = [called, *tree.args, *(each.value for each in tree.kwargs)]
        return [name for part in parts if part is not None for name in chains(part)]
    return [name for child in tree.iter_child_nodes() for name in chains(child)]


def check_depth(tree: nodes.Node, source: Source) -> None:
    """Raises ExpressionError for a tree of more than `MAX_DEPTH` levels, without recursion."""
    level: list[nodes.Node] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return
    remedy = "split it over several attributes or use a table"
    raise ExpressionError(f"the expression has more than {MAX_DEPTH} levels", source.offset(1), remedy)


def _const(checker: Checker, node: nodes.Const) -> Checked:
    value = node.value
    if value is None:
        return internal("null", nodes.Const(0), line=node.lineno or 1), ANY
    if isinstance(value, int | float) and not is_bounded(value):
        checker.fail(node, "the number is too large")
    if isinstance(value, str) and any("\ud800" <= each <= "\udfff" for each in value):
        checker.fail(node, "half a surrogate pair is no character")
    return node, PLAIN


def _name(checker: Checker, node: nodes.Name) -> Checked:
    shape = checker.variables.get(node.name)
    if shape is not None and node.ctx == "load":
        return node, shape
    if node.name == "id_of":
        checker.fail(node, "id_of is a function", "write id_of('user:KEY')")
    checker.fail(node, f"unknown name {node.name!r}", did_you_mean(node.name, checker.variables))
    return None


def _getattr(checker: Checker, node: nodes.Getattr) -> Checked:
    base, shape = checker.check(node.node)
    found = checker.attribute(node, node.attr, shape, dotted(node.node) or "the value")
    return nodes.Getattr(base, node.attr, "load", lineno=node.lineno), found


def _getitem(checker: Checker, node: nodes.Getitem) -> Checked:
    if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        return _getattr(checker, nodes.Getattr(node.node, node.arg.value, "load", lineno=node.lineno))
    base, shape = checker.check(node.node)
    if isinstance(node.arg, nodes.Slice):
        return _slice(checker, node.arg, base, shape)
    closed = shape.form is Form.RECORD and dotted(node.node) in checker.variables
    if closed or isinstance(node.arg, nodes.Tuple):
        checker.fail(node, "a name in brackets must be constant here", f"write {dotted(node.node)}.attribute")
    element = shape.element if shape.element is not None else ANY
    return nodes.Getitem(base, checker.tree(node.arg), "load", lineno=node.lineno), element


def _slice(checker: Checker, node: nodes.Slice, base: nodes.Expr, shape: Shape) -> Checked:
    if node.step is not None:
        checker.fail(node, "a range takes no step", "write [start:stop]")
    ends = [nodes.Const(None) if each is None else checker.tree(each) for each in (node.start, node.stop)]
    return internal("slice", base, *ends, line=node.lineno), shape


def _compare(checker: Checker, node: nodes.Compare) -> Checked:
    if len(node.ops) != 1:
        checker.fail(node.expr, "comparisons cannot be chained", "write a < b and b < c")
    operand = node.ops[0]
    left, right = checker.tree(node.expr), checker.tree(operand.expr)
    return internal(operand.op, left, right, line=node.lineno), PLAIN


def _concat(checker: Checker, node: nodes.Concat) -> Checked:
    first, *others = [text_part(checker, each) for each in node.nodes]
    return internal("text", first, *others, line=node.lineno), PLAIN


def text_part(checker: Checker, node: nodes.Expr) -> nodes.Expr:
    """A part of a text, which no reference can be."""
    if isinstance(node, nodes.Call) and dotted(node.node) == "id_of":
        remedy = "the id is only known when requests are built"
        checker.fail(node.node, "id_of must be the whole value", remedy)
    return checker.tree(node)


def _choice(checker: Checker, node: nodes.CondExpr) -> Checked:
    other = checker.tree(nodes.Const(None) if node.expr2 is None else node.expr2)
    return nodes.CondExpr(checker.tree(node.test), checker.tree(node.expr1), other, lineno=node.lineno), ANY


def _two_sided(checker: Checker, node: nodes.BinExpr) -> Checked:
    return type(node)(checker.tree(node.left), checker.tree(node.right), lineno=node.lineno), ANY


def _one_sided(checker: Checker, node: nodes.UnaryExpr) -> Checked:
    return type(node)(checker.tree(node.node), lineno=node.lineno), PLAIN


def _list(checker: Checker, node: nodes.List | nodes.Tuple) -> Checked:
    if not node.items and isinstance(node, nodes.Tuple):
        checker.fail(node, "() holds nothing", "write [] for an empty list")
    return nodes.List(checker.trees(node.items), lineno=node.lineno), list_of(ANY)


def _dict(checker: Checker, node: nodes.Dict) -> Checked:
    for pair in node.items:
        if not (isinstance(pair.key, nodes.Const) and isinstance(pair.key.value, str)):
            checker.fail(pair, "the names of a mapping are constant texts")
    items = [nodes.Pair(pair.key, checker.tree(pair.value), lineno=pair.lineno) for pair in node.items]
    return nodes.Dict(items, lineno=node.lineno), record({pair.key.value: ANY for pair in items})  # type: ignore[attr-defined]


_ARITHMETIC: Final = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
_HANDLERS: Final[Mapping[type[nodes.Node], Callable[[Checker, Any], Checked]]] = {
    nodes.Const: _const,
    nodes.Name: _name,
    nodes.Getattr: _getattr,
    nodes.Getitem: _getitem,
    nodes.Compare: _compare,
    nodes.Concat: _concat,
    nodes.CondExpr: _choice,
    nodes.And: _two_sided,
    nodes.Or: _two_sided,
    **dict.fromkeys(_ARITHMETIC, _two_sided),
    nodes.Not: _one_sided,
    nodes.Neg: _one_sided,
    nodes.Pos: _one_sided,
    nodes.List: _list,
    nodes.Tuple: _list,
    nodes.Dict: _dict,
    nodes.Filter: check_filter,
    nodes.Test: check_test,
    nodes.Call: check_call,
}
