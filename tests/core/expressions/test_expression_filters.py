"""What filters, methods, tests and operators give, by example."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.expressions import Names, compile_value
from reconciler.core.resources import Kind, Ref, ValuesByType

NAMES = Names(None, {"regions": {"CN": "86", "1": "one", "true": "yes"}}, Kind.USER)
EMAILS = [
    {"value": "b@x", "type": "work", "primary": True},
    {"value": "A@x", "type": "home"},
    {"value": "c@x", "type": "work"},
    {"type": "other"},
]
USER = {
    "key": "ann",
    "userName": "Ann@Example.com",
    "title": "",
    "displayName": "ann o'neil-jones",
    "name": {"givenName": "Ánn", "familyName": "Weiß"},
    "emails": EMAILS,
    "phone": "030 1234567",
    "active": True,
    "groups": ["ops", "eng", "Ops"],
    "custom": {"country": "CN", "level": 3, "rate": 1.5, "admin": False, "tags": []},
    "manager": "bob",
}

EXAMPLES: list[tuple[str, Any]] = [
    ("user.userName | lower", "ann@example.com"),
    ("user.userName | upper", "ANN@EXAMPLE.COM"),
    ("user.displayName | title", "Ann O'neil-Jones"),
    ("user.displayName | capitalize", "Ann o'neil-jones"),
    ("'  a ' | trim", "a"),
    ("'xax' | trim('x')", "a"),
    ("user.key | replace('n', 'x')", "axx"),
    ("user.key | replace('n', 'x', 1)", "axn"),
    ("user.custom.level | string", "3"),
    ("user.custom.level | lower", "3"),
    ("user.active | upper", "TRUE"),
    ("user.name.familyName | ascii", "Weiss"),
    ("user.name.givenName | ascii", "Ann"),
    ("user.name.givenName ~ ' ' ~ user.name.familyName | lower | slug", "Ánn weiss"),
    ("(user.name.givenName ~ ' ' ~ user.name.familyName) | slug", "ann-weiss"),
    ("'张伟' | slug", None),
    ("'张伟' | ascii | default(user.key)", "ann"),
    ("'' | slug", ""),
    ("'Ø Łódź' | slug", "o-lodz"),
    ("'abc' | hash", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("'abc' | hash(12)", "ba7816bf8f01"),
    ("user.phone | e164('DE')", "+49301234567"),
    ("'+86 138 0013 8000' | e164", "+8613800138000"),
    ("'' | e164", ""),
    ("'+86 138 0013 8000' | calling_code", "86"),
    ("'+1 (212) 555-0100' | calling_code", "1"),
    ("user.phone | calling_code", None),
    ("'' | calling_code", None),
    ("'+' | calling_code", None),
    ("user.phone | e164('DE') | calling_code", "49"),
    ("user.userName | split('@')", ["Ann", "Example.com"]),
    ("'a b  c' | split", ["a", "b", "c"]),
    ("user.userName | split('@') | last", "Example.com"),
    ("user.userName.split('@')[0].lower()", "ann"),
    ("user.userName.startswith('Ann')", True),
    ("user.userName.endswith('.org')", False),
    ("user.userName.replace('@', '+').upper().strip('M')", "ANN+EXAMPLE.CO"),
    ("user.userName[:3]", "Ann"),
    ("user.userName[-3:]", "com"),
    ("user.userName[0]", "A"),
    ("user.userName[99]", None),
    ("user.groups[1:]", ["eng", "Ops"]),
    ("user.groups[-1]", "Ops"),
    ("user.userName | limit(3)", "Ann"),
    ("user.groups | limit(1)", ["ops"]),
    ("user.groups | length", 3),
    ("user.key | count", 3),
    ("user.custom | length", 5),
    ("user.groups | first", "ops"),
    ("user.groups | last", "Ops"),
    ("user.custom.tags | first", None),
    ("user.custom.tags | first | default('none')", "none"),
    ("user.name.givenName | first", "Á"),
    ("user.groups | join(', ')", "ops, eng, Ops"),
    ("user.emails | join(' ', attribute='type')", "work home work other"),
    ("user.emails | join(' ', attribute='value')", None),
    ("user.custom.tags | join", ""),
    ("user.groups | sort", ["eng", "ops", "Ops"]),
    ("user.groups | sort(case_sensitive=true)", ["Ops", "eng", "ops"]),
    ("user.groups | sort(reverse=true)", ["ops", "Ops", "eng"]),
    ("user.emails | sort(attribute='value') | map(attribute='type')", ["home", "work", "work", "other"]),
    ("[3, 1.5, 2] | sort", [1.5, 2, 3]),
    ("user.groups | unique", ["ops", "eng"]),
    ("user.groups | unique(true)", ["ops", "eng", "Ops"]),
    ("[1, true, 1.0] | unique", [1, True]),
    ("user.emails | unique(attribute='type') | length", 3),
    ("(user.emails + user.emails) | unique | length", 4),
    ("[['a'], ['A'], ['b']] | unique", [["a"], ["b"]]),
    ("user.groups | map('upper') | unique", ["OPS", "ENG"]),
    ("user.groups | map('replace', 'o', '0')", ["0ps", "eng", "Ops"]),
    ("user.emails | map(attribute='value', default='-')", ["b@x", "A@x", "c@x", "-"]),
    ("user.emails | selectattr('type', 'equalto', 'work') | map(attribute='value') | first", "b@x"),
    ("user.emails | selectattr('type', '==', 'nowhere') | map(attribute='value') | first", None),
    ("user.emails | selectattr('primary') | map(attribute='value')", ["b@x"]),
    ("user.emails | rejectattr('type', 'in', ['work', 'other']) | map(attribute='value')", ["A@x"]),
    ("user.emails | selectattr('value', 'undefined') | length", 1),
    ("user.groups | select('ne', 'eng')", ["ops", "Ops"]),
    ("user.groups | reject('eq', 'eng') | list", ["ops", "Ops"]),
    ("[user.nickName, '', user.key] | select | first", "ann"),
    ("'abc' | list", ["a", "b", "c"]),
    ("'42' | int", 42),
    ("'x' | int(7)", 7),
    ("2.9 | int", 2),
    ("user.custom.country | lookup('regions')", "86"),
    ("'FR' | lookup('regions')", None),
    ("'FR' | lookup('regions') | default('00')", "00"),
    ("1 | lookup('regions')", "one"),
    ("['CN', 'FR'] | map('lookup', 'regions') | select", ["86"]),
    ("user.title | default('x')", ""),
    ("user.title | default('x', true)", "x"),
    ("user.title | d('x', boolean=true)", "x"),
    ("user.nickName | default(user.title)", ""),
    ("user.title", ""),
    ("user.title or 'x'", "x"),
    ("user.title ~ 'x'", "x"),
    ("'a' if user.active else 'b'", "a"),
    ("'a' if user.nickName", None),
    ("none", None),
    ("user.nickName == none", True),
    ("user.nickName is none", True),
    ("user.nickName is not defined", True),
    ("user.nickName != 'x'", True),
    ("user.nickName < 3", None),
    ("user.nickName + 1", None),
    ("-user.nickName", None),
    ("not user.nickName", True),
    ("user.nickName in ['x']", False),
    ("user.nickName in 'x'", False),
    ("'ops' in user.groups", True),
    ("'ops' not in user.groups", False),
    ("'nn' in user.key", True),
    ("'country' in user.custom", True),
    ("'work' in user.emails | map(attribute='type')", True),
    ("user.custom.level + 1", 4),
    ("user.custom.level * 2 - 1", 5),
    ("7 // 2", 3),
    ("7 % 2", 1),
    ("7 / 2", 3.5),
    ("2 ** 10", 1024),
    ("-user.custom.level", -3),
    ("'a' + 'b'", "ab"),
    ("user.groups + ['x']", ["ops", "eng", "Ops", "x"]),
    ("'b' > 'a'", True),
    ("user.custom.level >= 3 and user.active", True),
    ("user.custom.level is integer", True),
    ("user.custom.rate is number", True),
    ("user.custom.admin is false", True),
    ("user.active is boolean and user.active is true", True),
    ("user.groups is sequence and user.custom is mapping and user.key is string", True),
    ("user.custom.rate ~ user.custom.admin ~ user.custom.level", "1.5false3"),
    ("user.custom['country']", "CN"),
    ("user.custom[target.name]", 3),
    ("{'value': user.key, 'primary': true}", {"value": "ann", "primary": True}),
    ("{'value': user.nickName}", None),
    ("(user.key, 'x')", ["ann", "x"]),
    ("id_of('user:' ~ user.manager)", Ref(Kind.USER, "bob")),
    ("id_of('user:' ~ user.nickName)", None),
    ("id_of('user:' ~ user.title)", ""),
    ("id_of('group:ops')", Ref(Kind.GROUP, "ops")),
    ("{'value': id_of('user:bob')}", {"value": Ref(Kind.USER, "bob")}),
    ("'e\\u0301'", "é"),
    ("'{{' ~ '}}'", "{{}}"),
]


def evaluate(expression: str, user: dict[str, Any]) -> Any:
    context = {"user": user, "target": {"name": "level"}}
    return compile_value(f"{{{{ {expression} }}}}", NAMES).evaluate(context)


@pytest.mark.parametrize(("expression", "value"), EXAMPLES, ids=lambda each: str(each)[:60])
def test_examples(expression: str, value: Any) -> None:
    found = evaluate(expression, USER)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "chosen",
    [
        "user.emails",
        "user.emails | selectattr('type', 'eq', 'work')",
        "user.emails | limit(2)",
        "user.emails[:1]",
    ],
)
def test_values_that_are_managed_by_type_stay_so(chosen: str) -> None:
    assert isinstance(evaluate(chosen, {**USER, "emails": ValuesByType(EMAILS)}), ValuesByType)


def test_evaluation_changes_nothing_that_it_reads() -> None:
    before = repr(USER)
    for expression, _ in EXAMPLES:
        evaluate(expression, USER)
    assert repr(USER) == before
