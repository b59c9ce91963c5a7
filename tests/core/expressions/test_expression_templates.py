"""Templates as wholes: what they keep, what they read, how they nest, how fast they are."""

from __future__ import annotations

import time
from typing import Any

import pytest

from reconciler.core.expressions import CompiledMapping, Names, compile_value, compile_values, group_view
from reconciler.core.resources import Kind, Ref, ValuesByType

NAMES = Names(frozenset({"country"}), {"regions": {"CN": "86"}}, Kind.USER)
CONTEXT: dict[str, Any] = {
    "user": {
        "key": "ann",
        "title": "Lead",
        "active": True,
        "custom": {"country": "CN"},
        "emails": [{"value": "a@x"}],
    },
    "target": {"name": "idaas"},
    "scope": {"name": "china"},
}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("plain } text {", "plain } text {"),
        ("a }} b", "a }} b"),
        ("{{ user.key }}@{{ target.name }}.{{ scope.name }}", "ann@idaas.china"),
        ("{{user.key}}{{user.key}}", "annann"),
        (" {{ user.active }}", " true"),
        ("{{ user.active }}", True),
        ("{{ user.active }}\n", True),
        ("{{ user.key }}\n\n", "ann\n"),
        ("{{ {'a': {'b': user.key}} }}", {"a": {"b": "ann"}}),
        ("{{ '}}' }}", "}}"),
        ('{{ "{{" ~ user.key }}', "{{ann"),
        ("{{ user.key\n  | upper }}", "ANN"),
        ("{{ user\r\n.key }}", "ann"),
    ],
)
def test_texts(template: str, value: Any) -> None:
    assert compile_value(template, NAMES).evaluate(CONTEXT) == value


def test_lists_and_mappings_are_templates_inside() -> None:
    value = [{"value": "{{ user.key }}@x", "type": "work", "primary": True, "display": None}]
    template = compile_value(value, NAMES)
    assert not template.constant
    assert template.source is value
    assert template.evaluate(CONTEXT) == [{"value": "ann@x", "type": "work", "primary": True, "display": None}]


def test_values_by_type_stay_values_by_type() -> None:
    template = compile_value(ValuesByType([{"type": "work", "value": "{{ user.key }}"}]), NAMES)
    assert isinstance(template.evaluate(CONTEXT), ValuesByType)


def test_a_template_tells_what_it_reads() -> None:
    text = "{{ user.custom.country | lookup('regions') ~ user['title'] }} {{ user.emails[0].value.split('@')[0] }}"
    assert compile_value(text, NAMES).names_used == ("user.custom.country", "user.title", "user.emails")
    nested = compile_value({"a": ["{{ user.key }}", "{{ user.title if user.key else target.name }}"]}, NAMES)
    assert set(nested.names_used) == {"user.key", "user.title", "target.name"}
    assert compile_value("{{ id_of('user:' ~ user.manager) }}", NAMES).names_used == ("user.manager",)


def test_a_template_tells_whom_it_refers_to() -> None:
    value = ["{{ id_of('user:bob') }}", {"x": "{{ [id_of('group:ops'), id_of('user:bob')] }}"}]
    assert compile_value(value, NAMES).references == (Ref(Kind.USER, "bob"), Ref(Kind.GROUP, "ops"))


def test_a_mapping_leaves_null_values_out_and_keeps_empty_ones() -> None:
    values = {"a": "{{ user.key }}", "b": "{{ user.nickName }}", "c": "", "d": [], "e": None, "f": "{{ '' }}"}
    assert compile_values(values, NAMES).evaluate(CONTEXT) == {"a": "ann", "c": "", "d": [], "f": ""}


def test_a_mapping_is_made_of_templates_as_well() -> None:
    mapping = CompiledMapping({"a": compile_value("{{ user.key }}", NAMES)})
    assert mapping.evaluate(CONTEXT) == {"a": "ann"}
    assert list(mapping.templates) == ["a"]


def test_evaluations_do_not_know_of_each_other() -> None:
    template = compile_value("{{ user.title ~ '!' }}", NAMES)
    assert template.evaluate({"user": {"title": "a"}}) == "a!"
    assert template.evaluate({"user": {}}) is None
    assert template.evaluate({}) is None


def test_a_group_view_has_the_key() -> None:
    names = Names(None, {}, Kind.GROUP)
    view = group_view("ops", {"displayName": "Operations"})
    assert (
        compile_value("{{ group.key }}: {{ group.displayName }}", names).evaluate({"group": view}) == "ops: Operations"
    )


def quickest(work: Any, times: int) -> float:
    """Seconds that the work takes at its quickest."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def test_plain_attributes_cost_little_more_than_reading_them_by_hand() -> None:
    names = ["key", "title", "userName", "displayName", "custom.country", "name.givenName"] * 3
    mapping = compile_values({f"{place}": f"{{{{ user.{name} }}}}" for place, name in enumerate(names)}, NAMES)
    readers = [(str(place), lambda context: context["user"].get("title")) for place in range(len(names))]

    def by_hand() -> None:
        for _ in range(1_000):
            _found = {path: value for path, read in readers if (value := read(CONTEXT)) is not None}

    def compiled() -> None:
        for _ in range(1_000):
            mapping.evaluate(CONTEXT)

    assert quickest(compiled, 7) < 4 * quickest(by_hand, 7)
