"""Telephone numbers in two parts: put together, and never changed beyond that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.client.numbers import WholeNumbers
from reconciler.core.resources import Kind, LiveResource
from reconciler.platforms.profile import AttributeProfile
from reconciler.platforms.registry import load_profile

ATTRIBUTES = load_profile("alibaba-idaas").users.attributes
whole = WholeNumbers(ATTRIBUTES)


def shown(document: dict[str, Any], numbers: WholeNumbers = whole) -> Any:
    return dict(numbers(LiveResource(Kind.USER, "1", document)).document)


@given(st.integers(1, 999), st.from_regex(r"[1-9][0-9]{3,11}", fullmatch=True))
def test_a_number_that_was_split_is_whole_again(code: int, rest: str) -> None:
    split = {"phoneNumbers": [{"value": rest, "type": "work"}], "phoneRegion": str(code)}
    assert shown(split)["phoneNumbers"] == [{"value": f"+{code}{rest}", "type": "work"}]


@given(st.from_regex(r"\+[1-9][0-9]{4,14}", fullmatch=True))
def test_a_whole_number_stays_and_so_does_the_document(number: str) -> None:
    live = LiveResource(Kind.USER, "1", {"phoneNumbers": [{"value": number}], "phoneRegion": "86"})
    assert whole(live) is live


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"phoneNumbers": [{"value": "138"}]}, [{"value": "+86138"}]),
        ({"PhoneNumbers": [{"Value": "138"}], "PHONEREGION": "+49"}, [{"Value": "+49138"}]),
        ({"phoneNumbers": [{"value": "138"}], "phoneRegion": 49}, [{"value": "+49138"}]),
        ({"phoneNumbers": [{"value": "138"}], "phoneRegion": "China"}, [{"value": "+86138"}]),
        (
            {"phoneNumbers": [{"value": "030 1"}, {"type": "work"}, "x", None]},
            [{"value": "030 1"}, {"type": "work"}, "x", None],
        ),
        ({"phoneNumbers": []}, []),
        ({"phoneNumbers": "138", "phoneRegion": "49"}, ["138"]),
    ],
)
def test_what_is_no_national_number_stays(document: dict[str, Any], expected: Any) -> None:
    found = shown(document)
    assert next(each for name, each in found.items() if name.lower() == "phonenumbers") == expected


def test_without_a_region_nothing_is_put_together() -> None:
    document = {"phoneNumbers": [{"value": "138"}]}
    assert shown(document, WholeNumbers({})) == document
    unsaid = AttributeProfile(region_of="phoneNumbers")
    assert shown(document, WholeNumbers({"phoneRegion": unsaid})) == document
