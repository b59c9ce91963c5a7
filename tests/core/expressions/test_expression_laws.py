"""What holds for every expression, and for every user it may meet."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reconciler.core.expressions import ExpressionError, Names, Template, compile_value, user_view
from reconciler.core.resources import Kind, Ref

TABLES = {"regions": {"CN": "86", "DE": "49"}}
NAMES = Names(frozenset({"country", "level"}), TABLES, Kind.USER)

plain_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
constant_text = plain_text.filter(lambda text: not any(mark in text for mark in ("{{", "{%", "{#")))
scalars = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | constant_text
constants = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)
present = st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=3)
element = st.fixed_dictionaries(
    {},
    optional={"value": st.none() | plain_text, "type": st.sampled_from(["work", "home"]), "primary": present},
)
odd = st.none() | scalars | st.lists(scalars | element, max_size=4) | element
users = st.fixed_dictionaries(
    {"key": st.just("ann")},
    optional={
        "title": odd,
        "userName": plain_text,
        "name": st.fixed_dictionaries({}, optional={"givenName": odd, "familyName": plain_text}) | odd,
        "emails": st.lists(element, max_size=3) | odd,
        "phone": odd,
        "active": st.booleans(),
        "groups": st.lists(plain_text, max_size=3) | odd,
        "custom": st.fixed_dictionaries({}, optional={"country": odd, "level": st.integers() | odd}),
        "manager": plain_text,
    },
)

_ATOMS = [
    "user.title",
    "user.userName",
    "user.name",
    "user.name.givenName",
    "user.emails",
    "user.emails[0].value",
    "user.phone",
    "user.active",
    "user.groups",
    "user.custom.country",
    "user.custom.level",
    "user.custom['country']",
    "user.nickName",
    "target.name",
    "target.options.deep.er",
    "scope.name",
    "none",
    "true",
    "0",
    "7",
    "1.5",
    "''",
    "'work'",
    "'a b'",
    "[]",
    "['x', user.title]",
    "{'value': user.title}",
    "id_of('user:bob')",
]
_POSTFIXES = [
    " | lower",
    " | upper",
    " | title",
    " | capitalize",
    " | trim",
    " | trim('a')",
    " | replace('a', 'b')",
    " | replace('a', user.title, 3)",
    " | default('z')",
    " | default('z', true)",
    " | d(user.userName)",
    " | join",
    " | join(', ')",
    " | join('-', attribute='value')",
    " | first",
    " | last",
    " | length",
    " | int",
    " | int(3)",
    " | string",
    " | lookup('regions')",
    " | e164",
    " | e164('DE')",
    " | calling_code",
    " | slug",
    " | ascii",
    " | hash",
    " | hash(12)",
    " | split('@')",
    " | split",
    " | limit(2)",
    " | map(attribute='value')",
    " | map(attribute='value', default='x')",
    " | map('lower')",
    " | map('lookup', 'regions')",
    " | select",
    " | reject('none')",
    " | select('in', ['work'])",
    " | selectattr('type', 'equalto', 'work')",
    " | rejectattr('primary')",
    " | unique",
    " | unique(attribute='value')",
    " | sort",
    " | sort(reverse=true, attribute='value')",
    " | list",
    ".lower()",
    ".split('@')",
    ".startswith('a')",
    "[0]",
    "[-1]",
    "[:2]",
    "[user.custom.level]",
    " is none",
    " is defined",
    " is not string",
    " is eq 'work'",
]
_INFIXES = ["~", "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", ">=", "in", "not in", "and", "or"]


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({}){}".format, inner, st.sampled_from(_POSTFIXES)),
        st.builds("({}){}".format, inner, st.sampled_from(_POSTFIXES)),
        st.builds("({}) {} ({})".format, inner, st.sampled_from(_INFIXES), inner),
        st.builds("({}) if ({}) else ({})".format, inner, inner, inner),
        st.builds("({}) if ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("-({})".format, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("id_of('group:' ~ ({}))".format, inner),
    )


expressions = st.recursive(st.sampled_from(_ATOMS), _grown, max_leaves=6)
fragments = st.lists(
    st.sampled_from([*_ATOMS, *_POSTFIXES, *_INFIXES, "(", ")", "[", "]", "{", "}", "|", ".", ",", "'", "*", "**"])
    | st.text(max_size=3),
    max_size=8,
).map(" ".join)


def context(user: dict[str, Any]) -> dict[str, Any]:
    return {"user": user, "target": {"name": "idaas", "options": {"deep": None}}}


def evaluate(text: str, user: dict[str, Any]) -> Any:
    return compile_value(text, NAMES).evaluate(context(user))


@given(constants)
def test_a_constant_evaluates_to_itself(value: Any) -> None:
    template = compile_value(value, NAMES)
    assert template.constant
    assert template.evaluate({}) == value


@given(users)
def test_a_value_that_is_one_expression_keeps_its_value_and_type(user: dict[str, Any]) -> None:
    for name in ("title", "emails", "active", "custom"):
        assert evaluate(f"{{{{ user.{name} }}}}", user) is user.get(name)


@given(plain_text, plain_text)
def test_parts_are_joined_as_text_in_their_order(left: str, right: str) -> None:
    user = {"userName": left, "title": right}
    joined = evaluate("{{ user.userName }}-{{ user.title }}", user)
    assert joined == evaluate("{{ user.userName ~ '-' ~ user.title }}", user)
    if left.isascii() and right.isascii():
        assert joined == f"{left}-{right}"


PROPAGATING = [each for each in _POSTFIXES if "default" not in each and " | d(" not in each and " is " not in each]


@pytest.mark.parametrize("postfix", [each for each in PROPAGATING if not each.startswith((".", "["))])
def test_null_passes_through_every_filter_but_default(postfix: str) -> None:
    assert evaluate("{{ user.emails" + postfix.replace("user.title", "'b'") + " }}", {}) is None


@pytest.mark.parametrize("postfix", [each for each in PROPAGATING if each.startswith((".", "["))])
def test_null_passes_through_methods_and_elements(postfix: str) -> None:
    assert evaluate("{{ user.nickName" + postfix + " }}", {}) is None


@given(users)
def test_a_null_part_makes_the_whole_value_null(user: dict[str, Any]) -> None:
    assert evaluate("x{{ user.nickName }}y", user) is None
    assert compile_value({"a": ["{{ user.nickName }}"], "b": 1}, NAMES).evaluate(context(user)) is None
    assert evaluate("{{ ['x', user.nickName] }}", user) is None


@given(users, plain_text.filter(str.isascii))
def test_what_asks_about_null_gets_an_answer(user: dict[str, Any], other: str) -> None:
    user["displayName"] = other
    assert evaluate("{{ user.nickName | default(user.displayName) }}", user) == other
    assert evaluate("{{ user.nickName or user.displayName }}", user) == other
    assert evaluate("{{ 1 if user.nickName else user.displayName }}", user) == other
    assert evaluate("{{ user.nickName is none }}", user) is True
    assert evaluate("{{ user.nickName is defined }}", user) is False
    assert evaluate("{{ user.nickName == user.displayName }}", user) is False
    assert evaluate("{{ 'x' in user.nickName }}", user) is False


@given(expressions, users)
@hypothesis_settings(max_examples=200, deadline=None)
def test_evaluation_raises_nothing_but_expression_errors(expression: str, user: dict[str, Any]) -> None:
    for text in (f"{{{{ {expression} }}}}", f"a{{{{ {expression} }}}}b"):
        template = None
        with contextlib.suppress(ExpressionError):
            template = compile_value(text, NAMES)
        if template is not None:
            check_result(template, user)


def check_result(template: Template, user: dict[str, Any]) -> None:
    with contextlib.suppress(ExpressionError):
        value = template.evaluate(context(user))
        assert value is None or isinstance(value, str | bool | int | float | list | dict | Ref)
        assert repr(value) != "null"


@given(fragments, users)
@hypothesis_settings(max_examples=200, deadline=None)
def test_no_text_whatever_raises_anything_but_expression_errors(fragment: str, user: dict[str, Any]) -> None:
    with contextlib.suppress(ExpressionError):
        check_result(compile_value(f"{{{{ {fragment} }}}}", NAMES), user)
    with contextlib.suppress(ExpressionError):
        check_result(compile_value(fragment, NAMES), user)


@given(expressions)
@hypothesis_settings(max_examples=100, deadline=None)
def test_every_fault_lies_inside_the_template(expression: str) -> None:
    text = f"before {{{{ {expression} | nothing }}}}"
    with pytest.raises(ExpressionError) as caught:
        compile_value(text, NAMES)
    assert caught.value.offset is not None
    assert text.index("{{") <= caught.value.offset < len(text)


@given(users)
def test_plain_attributes_give_the_same_with_and_without_the_shortcut(user: dict[str, Any]) -> None:
    for chain in (
        "user.title",
        "user.name.givenName",
        "user.custom.country",
        "scope.name",
        "target.options.a.b",
    ):
        outcomes = []
        for text in (f"{{{{ {chain} }}}}", f"{{{{ {chain} if true }}}}"):
            try:
                outcomes.append(repr(evaluate(text, user)))
            except ExpressionError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]


def test_a_view_of_a_user_names_the_primary_values() -> None:
    emails = [{"value": "a@x"}, {"value": "b@x", "primary": True}]
    user = user_view("ann", {"emails": emails, "phoneNumbers": [{"value": "1"}]}, active=True, groups=["ops"])
    assert evaluate("{{ user.key }} {{ user.email }} {{ user.phone }}", user) == "ann b@x 1"
    assert evaluate("{{ user.groups | first }} {{ user.active }}", user) == "ops true"
    assert evaluate("{{ user.email }}", user_view("bob", {})) is None
