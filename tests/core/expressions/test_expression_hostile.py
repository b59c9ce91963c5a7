"""Manifests are untrusted: what reaches for Python, for memory or for time ends as a fault, and quickly."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from reconciler.core.expressions import ExpressionError, Names, compile_value
from reconciler.core.resources import Kind

NAMES = Names(None, {"t": {"a": "b"}}, Kind.USER)
CONTEXT = {
    "user": {"userName": "ann", "custom": {"x": "y"}, "emails": [{"value": "v"}]},
    "target": {"name": "t"},
}

INTERNALS = [
    "user.__class__",
    "user['__class__']",
    "user.custom['__class__']",
    "user.custom['__cl' ~ 'ass__']",
    "user.custom[('_' ~ '_class_' ~ '_')]",
    "user.custom[user.custom.x ~ '__class__']['__x__']",
    "user.custom._private",
    "''.__class__.__mro__",
    "''['__class__']",
    "[].__class__",
    "{}.__class__",
    "(1).real",
    "user.userName.format('x')",
    "'{0.__class__}'.format(user)",
    "'%s' % user",
    "'%(a)s' % {'a': 1}",
    "user | attr('__class__')",
    "user.userName | attr('upper')",
    "user.emails | map(attribute='__class__')",
    "user.emails | map('attr', '__class__')",
    "user.emails | map('map', 'lower')",
    "user.emails | selectattr('__class__')",
    "user.emails | selectattr('value.__class__')",
    "user.emails | sort(attribute='__class__')",
    "user.emails | join(attribute='_x')",
    "user.emails | selectattr(user.userName)",
    "user.emails | map('internal lookup', 't')",
    "user.emails | select('internal eq', 't')",
    "user.emails | groupby('value')",
    "user.userName | map('e' ~ 'val')",
    "user.userName | string.lower",
    "user.userName | pprint",
    "user.userName | xmlattr",
    "user.userName | format('x')",
    "user.userName | wordwrap(1)",
    "user.userName | regex_replace('a', 'b')",
    "lipsum",
    "lipsum()",
    "lipsum.__globals__",
    "self",
    "self.__init__",
    "config",
    "cycler",
    "joiner(',')",
    "namespace(a=1)",
    "dict(a=1)",
    "range(9)",
    "caller()",
    "loop.index",
    "super()",
    "varargs",
    "request",
    "context",
    "environment",
    "_tables",
    "_tables.t",
    "result",
    "missing",
    "t_1",
    "l_0_user",
    "resolve('x')",
    "id_of",
    "id_of.__globals__",
    "id_of('user:a').kind",
    "id_of('user:a')[1]",
    "id_of('user:a') | first",
    "id_of('user:a') ~ 'x'",
    "id_of('user:a') | string",
    "id_of(*user.emails)",
    "id_of(**user.custom)",
    "id_of(value='user:a')",
    "user.userName | lower(*user.emails)",
    "user.userName.lower",
    "user.userName.lower.__self__",
    "user.userName.lower().__class__",
    "user.userName.encode()",
    "user.userName.join(['a'])",
    "user.userName.translate({})",
    "user.custom.items()",
    "user.custom.update({'x': 1})",
    "user.custom.pop('x')",
    "user.emails.append(1)",
    "user.get('userName')",
    "user[target.name]",
    "user.emails[0]()",
    "user.custom['x']()",
    "user.emails()",
    "user.emails | map('lower', attribute='value')",
    "user.emails | map",
    "user.emails | select(test='none')",
    "user.emails | selectattr",
    "user.emails['value']",
    "user.emails[1.5]",
    "user.userName[:'a']",
    "user.userName is in",
    "()",
    "user[:2]",
    "user.userName[::-1]",
    "user.userName[1, 2]",
    "user.userName is sameas none",
    "user.userName is filter",
    "user.userName is callable",
    "(lambda: 1)()",
    "[x for x in user.emails]",
    "user := 1",
    "user.userName = 1",
    "import os",
    "__import__('os')",
    "1; 2",
    "`id`",
    "user.userName }} {% raw %",
    "{'a': 1, user.userName: 2}",
    "{1: 2}",
    "1e999",
    "'\\ud800'",
    "'\\N{BULLET}'",
    "'\\d'",
]

EXCESS = [
    "9 ** 9 ** 9 ** 9",
    "2 ** 64",
    "2 ** -1",
    "2.0 ** 5000",
    "9" * 400,
    "0x" + "f" * 400,
    "1_000_000_000 * 1_000_000_000 * 1_000",
    "1e308 * 1e308",
    "'a' * 1000000",
    "1000000 * 'a'",
    "[1] * 1000000",
    "'a' * 10 * 10 * 10 * 10 * 10 * 10 * 10",
    "1 // 0",
    "1 % 0",
    "1 / 0.0",
    "not " * 10_000 + "1",
    "not " * 900 + "1",
    "-" * 3_000 + "1",
    "- " * 10_000 + "1",
    "(" * 10_000,
    "(" * 10_000 + "1" + ")" * 10_000,
    "(" * 1_000 + "1" + ")" * 1_000,
    "(" * 17 + "1" + ")" * 17,
    "[" * 10_000 + "]" * 10_000,
    "[" * 1_500 + "]" * 1_500,
    "{'a':" * 500 + "1" + "}" * 500,
    "user" + ".a" * 10_000,
    "user.custom" + ".a" * 1_900,
    "user.custom" + ".a" * 300,
    "user.custom" + "[0]" * 1_000,
    "user.userName" + "()" * 1_000,
    "1" + "+1" * 10_000,
    "1" + "+1" * 1_900,
    "1" + "+1" * 100,
    "1" + "**1" * 1_000,
    "'a'" + "~'a'" * 10_000,
    "user.userName" + "|lower" * 10_000,
    "user.userName" + "|lower" * 500,
    "1" + " if 1" * 10_000,
    "1" + " if 1" * 600,
    "1" + " if 1 else 1" * 10_000,
    "1" + " if 1 else 1" * 300,
    "1" + " and 1" * 10_000,
    "1" + " or 1" * 600,
    "1" + " is none" * 500,
    "1" + "<1" * 1_000,
    "1" + ",1" * 10_000,
    "id_of(" * 600 + "1" + ")" * 600,
    "'" + "a" * 100_000 + "'",
    "'a",
    "'" + "\\" * 4_001,
    "user.userName | replace('n', 'x', 100000000)",
    "user.userName | limit(1000000000)",
    "user.userName | limit(-1)",
    "user.userName | hash(65)",
    "user.userName | hash(-1)",
    "user.userName | split('')",
    "user.userName | replace('', 'x')",
]


def refused(text: str, context: dict[str, Any] | None = None) -> ExpressionError:
    """The fault that a template ends with, within a second and whichever step finds it."""
    began = time.perf_counter()
    with pytest.raises(ExpressionError) as caught:
        compile_value(text, NAMES).evaluate(CONTEXT if context is None else context)
    assert time.perf_counter() - began < 1
    assert len(str(caught.value)) < 500
    return caught.value


@pytest.mark.parametrize("expression", INTERNALS)
def test_what_reaches_beyond_the_manifest_is_refused(expression: str) -> None:
    refused(f"{{{{ {expression} }}}}")
    refused(f"a {{{{ {expression} }}}} b")


@pytest.mark.parametrize("expression", EXCESS, ids=lambda each: f"{each[:30]} ({len(each)})")
def test_what_takes_too_much_is_refused(expression: str) -> None:
    refused(f"{{{{ {expression} }}}}")


@pytest.mark.parametrize("statement", ["{% for x in user.emails %}x{% endfor %}", "{% set a = 1 %}", "a{# b #}c", "{%"])
def test_statements_and_comments_are_refused(statement: str) -> None:
    assert "not available" in refused(statement).problem


@pytest.mark.parametrize(
    "template",
    [
        "{{ a",
        "{{",
        "{{ 'a }}",
        "{{ }}",
        "{{}}",
        "{{ (1 }}",
        "{{ 1) }}",
        "{{ [1) }}",
        "{{- user.title }}",
        "{{ 1 -}}",
    ],
)
def test_braces_that_do_not_fit_are_refused(template: str) -> None:
    refused(template)


@pytest.mark.parametrize(
    "expression",
    [
        "user.custom.big ~ user.custom.big",
        "user.custom.big + user.custom.big",
        "user.custom.big | replace('a', user.custom.big)",
        "[user.custom.big, user.custom.big] | join",
        "user.custom.big | replace('a', 'bb') | replace('b', 'cccc')",
        "user.custom.sharp | upper",
        "user.custom.many + user.custom.many",
        "user.custom.many | map('string') | join(user.custom.big)",
        "user.custom.words | split(' ')",
        "user.custom.toomany | first",
        "user.custom.toomany | sort",
        "user.custom.toomany | map('string') | list + [1]",
        "user.custom.words | list",
        "user.custom.many | select('in', user.custom.many)",
        "user.custom.toomany | map('string')",
        "[" + ",".join(["user.custom.many"] * 40) + "]",
    ],
)
def test_results_beyond_the_bounds_are_refused(expression: str) -> None:
    custom = {
        "big": "a" * 60_000,
        "sharp": "ß" * 40_000,
        "many": list(range(9_000)),
        "toomany": list(range(10_001)),
        "words": "a " * 11_000,
    }
    refused(f"{{{{ {expression} }}}}", {"user": {"custom": custom}})


def test_values_nested_beyond_measure_are_refused() -> None:
    value: Any = "{{ user.title }}"
    for _ in range(5_000):
        value = [value]
    with pytest.raises(ExpressionError):
        compile_value(value, NAMES)


def test_faults_are_the_same_near_the_end_of_the_stack() -> None:
    def deep(levels: int) -> str:
        return (
            deep(levels - 1)
            if levels
            else refused("{{ " + "((" * 8 + "not not " * 4 + "user.x" + "))" * 8 + " }}").problem
        )

    assert deep(sys.getrecursionlimit() // 3)


def test_every_filter_is_quick_on_the_largest_values() -> None:
    custom = {"text": "Ab-ß " * 13_000, "list": [f"a{i % 5_000}" for i in range(10_000)]}
    on_text = ["lower", "title", "trim", "slug", "ascii", "hash", "split(' ')", "limit(3)", "int(0)", "last"]
    on_lists = [
        *("unique", "sort", "join", "map('slug')", "map('e164', 'DE')", "select('in', user.custom.list)"),
        *("select('in', user.custom.text)", "map('replace', 'a', user.custom.text)", "first", "limit(2)"),
    ]
    for name, each in [*(("text", each) for each in on_text), *(("list", each) for each in on_lists)]:
        template = compile_value(f"{{{{ user.custom.{name} | {each} }}}}", NAMES)
        began = time.perf_counter()
        problem = ""
        try:
            template.evaluate({"user": {"custom": custom}})
        except ExpressionError as error:
            problem = error.problem
        assert not problem or any(each in problem for each in ("longer", "more than", "no telephone number"))
        assert time.perf_counter() - began < 1, each
