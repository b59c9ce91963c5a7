from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.details import Detail, Mark, explode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def counted(elements: Any) -> Any:
    return Counter(json.dumps(each, sort_keys=True) for each in elements)


@given(st.lists(JSON, max_size=5), st.lists(JSON, max_size=5))
def test_elements_removed_and_added_lead_from_before_to_after(before: Any, after: Any) -> None:
    details = explode(before, after)
    if details:
        removed = counted(each.before for each in details if each.mark is Mark.REMOVE)
        added = counted(each.after for each in details if each.mark is Mark.ADD)
        left = counted(before)
        left.subtract(removed)
        assert +(left + added) == counted(after)


@given(
    st.dictionaries(st.text(max_size=5), JSON, max_size=4),
    st.dictionaries(st.text(max_size=5), JSON, max_size=4),
)
def test_parts_are_shown_exactly_where_two_complex_values_differ(before: Any, after: Any) -> None:
    assert bool(explode(before, after)) == (json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True))


def test_elements_that_stay_are_not_shown() -> None:
    assert explode([1, 2, 2], [2, 3]) == (
        Detail(Mark.REMOVE, before=1),
        Detail(Mark.REMOVE, before=2),
        Detail(Mark.ADD, after=3),
    )


def test_a_first_single_element_is_shown_whole() -> None:
    assert explode(None, [{"value": "x"}]) == ()


def test_parts_of_a_complex_value_are_named_by_their_path() -> None:
    assert explode({"a": {"b": 1}, "gone": 2}, {"a": {"b": 3}, "__new": 4}) == (
        Detail(Mark.ADD, "__new", after=4),
        Detail(Mark.CHANGE, "a.b", 1, 3),
        Detail(Mark.REMOVE, "gone", before=2),
    )


def test_values_nested_deeply_enough_to_exhaust_the_stack_are_shown_whole() -> None:
    value: dict[str, object] = {}
    for _ in range(5000):
        value = {"x": value}
    assert explode(value, {"x": 1}) == ()
