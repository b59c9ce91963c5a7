"""Jinja2 as expressions use it: sandboxed, immutable, and with nothing but the operations of this package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from jinja2 import TemplateError, TemplateSyntaxError, nodes
from jinja2.nodes import Filter
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.core.expressions.faults import ExpressionError
from reconciler.core.expressions.listfilters import LIST_FILTERS
from reconciler.core.expressions.nulls import Null
from reconciler.core.expressions.operators import INTERNAL, calculate, signed
from reconciler.core.expressions.predicates import TESTS
from reconciler.core.expressions.textfilters import METHODS, TEXT_FILTERS
from reconciler.core.expressions.values import attribute_of, element_of

if TYPE_CHECKING:
    from reconciler.core.expressions.scanning import Source

FILTERS: Final[Mapping[str, Callable[..., Any]]] = {**TEXT_FILTERS, **LIST_FILTERS}
"""The filters that people may write; `lookup` stands for the internal one that is handed the tables."""

TABLES: Final = "_tables"
"""The variable that holds the tables; no expression can name it."""

_RESULT: Final = "result"
_RUNTIME_FAULTS: Final = (
    TemplateError,
    ArithmeticError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    RecursionError,
)

Reader = Callable[[Mapping[str, Any]], Any]


class ExpressionEnvironment(ImmutableSandboxedEnvironment):
    """Attributes and elements are read from mappings and lists alone, never from Python objects."""

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)
    intercepted_unops = frozenset(ImmutableSandboxedEnvironment.default_unop_table)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return attribute_of(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return element_of(obj, argument)

    def call_binop(self, _context: Context, operator: str, left: Any, right: Any) -> Any:
        return calculate(operator, left, right)

    def call_unop(self, _context: Context, operator: str, arg: Any) -> Any:
        return signed(operator, arg)

    def call(self, *_: Any, **__: Any) -> Any:
        """No call is left in a checked syntax tree."""
        raise ExpressionError("calls are not available")


def _environment() -> ExpressionEnvironment:
    # The optimizer would evaluate constant parts while compiling, where no fault has a place to go.
    environment = ExpressionEnvironment(undefined=Null, optimized=False, cache_size=0)
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    environment.filters.update({**FILTERS, **INTERNAL, **{f"internal .{name}": each for name, each in METHODS.items()}})
    environment.tests.update(TESTS)
    return environment


ENVIRONMENT: Final = _environment()


def parse(source: Source) -> nodes.Expr:
    """The syntax tree of one expression. Raises ExpressionError where Jinja cannot read it."""
    try:
        parser = Parser(ENVIRONMENT, source.text, state="variable")
        tree = parser.parse_tuple(with_condexpr=True)
        if not parser.stream.eos:
            parser.fail(f"unexpected {parser.stream.current.value!r}", parser.stream.current.lineno)
    except TemplateSyntaxError as error:
        raise ExpressionError(_readable(error.message), source.offset(error.lineno)) from None
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply", source.offset(1)) from None
    return tree


def _readable(message: str | None) -> str:
    text = (message or "cannot be read").removesuffix(".")
    return text[:1].lower() + text[1:].replace("'end of template'", "end of the expression")


def internal(name: str, node: nodes.Expr, *arguments: nodes.Expr, line: int) -> nodes.Expr:
    """A call of one of the internal operations."""
    return Filter(node, f"internal {name}", list(arguments), [], None, None, lineno=line)


def compile_tree(tree: nodes.Expr, tables: Mapping[str, Mapping[str, str]]) -> Reader:
    """A checked syntax tree as a function of the context; it may give the null singleton."""
    assignment = nodes.Assign(nodes.Name(_RESULT, "store", lineno=1), tree, lineno=1)
    template = nodes.Template([assignment], lineno=1).set_environment(ENVIRONMENT)
    try:
        render = ENVIRONMENT.from_string(template).root_render_func  # type: ignore[arg-type]
    except (RecursionError, SyntaxError, MemoryError, TemplateError):
        raise ExpressionError("the expression is nested too deeply") from None

    def read(context: Mapping[str, Any]) -> Any:
        run = Context(ENVIRONMENT, context, None, {})  # type: ignore[arg-type]
        run.vars[TABLES] = tables
        try:
            next(render(run), None)
        except ExpressionError:
            raise
        except _RUNTIME_FAULTS as error:
            raise ExpressionError(f"cannot be evaluated: {error}") from None
        return run.vars[_RESULT]

    return read
