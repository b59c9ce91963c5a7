"""What people read when an expression is wrong: the problem, where it stands, what to do."""

from __future__ import annotations

import pytest

from reconciler.core.expressions import ExpressionError, Names, compile_value, compile_values
from reconciler.core.resources import Kind

NAMES = Names(frozenset({"country", "streetAddress"}), {"organization": {"cn-east": "org_1"}}, Kind.USER)
ONLY_LATER = "the id is only known when requests are built"

IMPOSSIBLE = [
    ("{{ ^usr.title }}", "unknown name 'usr'", "did you mean 'user'?"),
    ("{{ ^group.displayName }}", "unknown name 'group'", "known here: scope, target, user"),
    ("{{ user.^titel }}", "user has no attribute 'titel'", "did you mean 'title'?"),
    ("{{ user.^Title }}", "user has no attribute 'Title'", "did you mean 'title'?"),
    ("{{ user.^id }}", "user has no attribute 'id'", ""),
    ("{{ user.^password }}", "user has no attribute 'password'", ""),
    ("{{ user.name.^givenNam }}", "user.name has no attribute 'givenNam'", "did you mean 'givenName'?"),
    ("{{ user['^titel'] }}", "user has no attribute 'titel'", "did you mean 'title'?"),
    ("{{ user.custom.^contry }}", "user.custom has no attribute 'contry'", "did you mean 'country'?"),
    ("{{ target.^nam }}", "target has no attribute 'nam'", "did you mean 'name'?"),
    (
        "{{ user.emails.^value }}",
        "user.emails is a list, it has no attribute 'value'",
        "write user.emails | map(attribute='value') | first",
    ),
    ("{{ user.title.^x }}", "user.title is a plain value, it has no attribute 'x'", ""),
    (
        "{{ user.manager.^displayName }}",
        "user.manager is a plain value, it has no attribute 'displayName'",
        "",
    ),
    ("{{ user.emails[0].^valu }}", "the value has no attribute 'valu'", "did you mean 'value'?"),
    (
        "{{ user.emails | selectattr(^'typ') | first }}",
        "the elements have no attribute 'typ'",
        "did you mean 'type'?",
    ),
    ("{{ user.title | ^uper }}", "unknown filter 'uper'", "did you mean 'upper'?"),
    ("{{ user.title is ^strin }}", "unknown test 'strin'", "did you mean 'string'?"),
    ("{{ user.emails | select(^'nome') }}", "unknown test 'nome'", "did you mean 'none'?"),
    ("{{ user.groups | map(^'uper') }}", "map knows no filter 'uper'", "did you mean 'upper'?"),
    ("{{ user.title.^lowr() }}", "unknown method 'lowr'", "did you mean 'lower'?"),
    ("{{ user.title.^capitalize() }}", "unknown method 'capitalize'", "write … | capitalize"),
    ("{{ user.name.^lower() }}", "'lower' is a method of texts", ""),
    ("{{ ^lower(user.title) }}", "unknown function 'lower'", "write value | lower"),
    ("{{ ^lookup('organization') }}", "unknown function 'lookup'", "write value | lookup('table')"),
    (
        "{{ user.title | lookup(^'organisation') }}",
        "unknown table 'organisation'",
        "did you mean 'organization'?",
    ),
    (
        "{{ user.title | ^lookup(user.key) }}",
        "lookup takes the constant name of a table",
        "write value | lookup('table')",
    ),
    (
        "{{ user.title | ^replace('a') }}",
        "replace does not take these arguments",
        "it is replace(old, new, count=…)",
    ),
    (
        "{{ user.title | ^default }}",
        "default does not take these arguments",
        "it is default(default_value, boolean=…)",
    ),
    ("{{ user.phone | ^e164('de') }}", "e164 knows no region 'de'", "write two letters: e164('DE')"),
    ("{{ user.key | ^hash(65) }}", "hash takes a number from 1 to 64, not 65", ""),
    (
        "{{ id_of(^'usr:bob') }}",
        "id_of takes 'user:KEY' or 'group:KEY', not 'usr:bob'",
        "write id_of('user:KEY') or id_of('group:KEY')",
    ),
    ("{{ id_of(^'user:') }}", "id_of names nobody", "write id_of('user:KEY') or id_of('group:KEY')"),
    ("{{ ^id_of }}", "id_of is a function", "write id_of('user:KEY')"),
    ("x {{ ^id_of('user:bob') }}", "id_of must be the whole value", ONLY_LATER),
    ("{{ 'x' ~ ^id_of('user:bob') }}", "id_of must be the whole value", ONLY_LATER),
    ("{{ user.title.^__class__ }}", "names that begin with an underscore are not available: '__class__'", ""),
    ("^{% if user.title %}x{% endif %}", "statements are not available", "write {{ a if b else c }}"),
    ("x ^{# note #}", "comments are not available", "write {{ '{#' }} for the characters"),
    ("x ^{{ user.title", "{{ without }}", "close the expression with }}"),
    ("{{ (user.title ^}}", "'(' is not closed", ""),
    ("{{ user.title^) }}", "')' closes nothing", ""),
    ("{{ ^'x }}", "a quote is not closed", ""),
    ("^{{ }}", "{{ }} holds no expression", ""),
    ("{{^- user.title }}", "{{- and -}} are not available", "write {{ … }}"),
    ("{{ user.title ^user.key }}", "unexpected 'user'", ""),
    ("{{ ^1 < 2 < 3 }}", "comparisons cannot be chained", "write a < b and b < c"),
    ("{{ '^\\d' }}", "unknown escape '\\\\d'", "write \\\\ for a backslash"),
    ("{{ ^9 / 0 }}", "division by zero", ""),
    ("a\n  b {{ user.key\n ~ user.^titel }}", "user has no attribute 'titel'", "did you mean 'title'?"),
]


@pytest.mark.parametrize(("marked", "problem", "remedy"), IMPOSSIBLE, ids=lambda each: each[:50])
def test_impossible_names_are_found_when_compiling(marked: str, problem: str, remedy: str) -> None:
    place = marked.index("^")
    with pytest.raises(ExpressionError) as caught:
        compile_value(marked.replace("^", "", 1), NAMES)
    assert (caught.value.problem, caught.value.remedy) == (problem, remedy)
    assert abs((caught.value.offset or 0) - place) <= 1


UNFIT = [
    (
        "{{ user.phone | e164 }}",
        "'030 1234567' is no telephone number",
        "write it with its country code, or name the region: e164('DE')",
    ),
    (
        "{{ user.phone | e164('CN') ~ user.title | e164('CN') }}",
        "'Lead' is no telephone number",
        "write it with its country code",
    ),
    ("{{ user.title | int }}", "'Lead' is no whole number", "write int(0) for another value then"),
    ("{{ user.title + 1 }}", "+ cannot take a text and a number", "join texts with ~"),
    ("{{ user.title < 1 }}", "< cannot compare a text with a number", ""),
    ("{{ user.emails }}!", "a list cannot be part of a text", "write … | join(', ')"),
    ("{{ user.name }}!", "a mapping cannot be part of a text", ""),
    ("{{ user.title | first | join }}", "a list is needed here, not a text", ""),
    (
        "{{ user.emails | sort }}",
        "sort takes texts only or numbers only",
        "name an attribute: sort(attribute='value')",
    ),
    ("{{ user.custom.country.code }}", "a text has no attribute 'code'", ""),
    (
        "{{ id_of(user.title) }}",
        "id_of takes 'user:KEY' or 'group:KEY', not 'Lead'",
        "write id_of('user:' ~ user.manager)",
    ),
    ("{{ (id_of('user:bob') or 1) ~ 'x' }}", "id_of must be the whole value", ONLY_LATER),
    ("{{ [id_of('user:bob')] | join }}", "id_of must be the whole value", ONLY_LATER),
]


@pytest.mark.parametrize(("text", "problem", "remedy"), UNFIT, ids=lambda each: each[:50])
def test_values_that_do_not_fit_are_faults_of_the_evaluation(text: str, problem: str, remedy: str) -> None:
    user = {
        "phone": "030 1234567",
        "title": "Lead",
        "emails": [{"value": "a@x"}],
        "name": {"givenName": "Ann"},
        "custom": {"country": "CN"},
    }
    with pytest.raises(ExpressionError) as caught:
        compile_value(text, NAMES).evaluate({"user": user})
    assert (caught.value.problem, caught.value.remedy) == (problem, remedy)


def test_a_fault_names_the_path_down_to_the_element() -> None:
    values = {"userName": "{{ user.key }}", "emails": [{"value": "x"}, {"value": "{{ user.titel }}"}]}
    with pytest.raises(ExpressionError) as caught:
        compile_values(values, NAMES)
    assert caught.value.path == "emails.1.value"
    assert str(caught.value) == "emails.1.value: user has no attribute 'titel' (did you mean 'title'?)"


def test_a_fault_of_the_evaluation_names_its_path_too() -> None:
    mapping = compile_values({"userName": "{{ user.key }}", "x": ["{{ user.title | int }}"]}, NAMES)
    with pytest.raises(ExpressionError) as caught:
        mapping.evaluate({"user": {"key": "ann", "title": "Lead"}})
    assert caught.value.path == "x.0"
    assert caught.value.offset == 3


def test_undeclared_custom_names_are_anything() -> None:
    names = Names(None, {}, Kind.USER)
    assert compile_value("{{ user.custom.what.ever }}", names).evaluate({"user": {}}) is None


def test_groups_see_a_group() -> None:
    names = Names(None, {}, Kind.GROUP)
    assert compile_value("{{ group.displayName }}", names).evaluate({"group": {"displayName": "Ops"}}) == "Ops"
    with pytest.raises(ExpressionError, match="unknown name 'user'"):
        compile_value("{{ user.title }}", names)


def test_the_name_of_an_attribute_cannot_be_an_expression() -> None:
    with pytest.raises(ExpressionError, match="a name cannot hold an expression"):
        compile_value({"{{ user.title }}": 1}, NAMES)
