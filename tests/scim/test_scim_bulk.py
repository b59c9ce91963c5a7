from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.scim.bulk import BulkOperation, BulkResult, bulk_body, read_bulk

POST = BulkOperation("0", "POST", ("Users",), {"userName": "ann"})
PATCH = BulkOperation("1", "PATCH", ("Users", "42"), {"Operations": []}, 'W/"1"')
DELETE = BulkOperation("2", "DELETE", ("Users", "43"))
ALL = [POST, PATCH, DELETE]


def told_by(body: Any, operations: list[BulkOperation]) -> dict[str, BulkResult]:
    return read_bulk(body, operations, lambda address: address.rpartition("/")[2])


def row(**said: Any) -> dict[str, Any]:
    return {"method": "POST", "bulkId": "0", "status": "201", **said}


def test_a_request_is_as_the_rfc_has_it() -> None:
    """RFC 7644 §3.7, the example."""
    assert bulk_body(ALL) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "POST", "bulkId": "0", "path": "/Users", "data": {"userName": "ann"}},
            {"method": "PATCH", "bulkId": "1", "path": "/Users/42", "version": 'W/"1"', "data": {"Operations": []}},
            {"method": "DELETE", "bulkId": "2", "path": "/Users/43"},
        ],
    }


@pytest.mark.parametrize("status", ["201", 201, {"code": "201"}, {"code": 201, "description": "Created"}])
def test_a_status_is_understood_in_every_spelling(status: Any) -> None:
    assert told_by({"Operations": [row(status=status)]}, [POST]) == {"0": BulkResult(201)}


def test_results_are_told_apart_by_their_bulk_ids_in_any_order() -> None:
    rows = [{"bulkId": "2", "status": "204"}, row(), {"bulkId": "1", "status": "412", "response": {"detail": "no"}}]
    told = told_by({"operations": rows}, ALL)
    assert {name: each.status for name, each in told.items()} == {"0": 201, "1": 412, "2": 204}
    assert told["1"].response == {"detail": "no"}


def test_without_bulk_ids_the_order_tells_where_everything_is_told() -> None:
    rows = [{"method": each.method, "status": "200", "location": "/v2/" + "/".join(each.path)} for each in ALL]
    assert set(told_by({"Operations": rows}, ALL)) == {"0", "1", "2"}
    assert told_by({"Operations": rows[1:]}, ALL) == {}
    assert told_by({"Operations": rows[::-1]}, ALL) == {}


@pytest.mark.parametrize(
    "body",
    [None, [], "no", {}, {"Operations": None}, {"Operations": ["x"]}, {"Operations": [row(), row()]}]
    + [{"Operations": [row(status=each)]} for each in (None, "", "ok", {}, True)]
    + [{"Operations": [row(bulkId=each)]} for each in ("9", 0, None)],
)
def test_what_is_not_certain_is_not_told(body: Any) -> None:
    assert told_by(body, [POST, DELETE]) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Operations", "bulkId", "status"]), inner)
    ),
    max_leaves=12,
)


@given(body=JSON)
def test_no_answer_breaks_reading(body: Any) -> None:
    assert set(told_by(body, ALL)) <= {"0", "1", "2"}


def test_a_row_with_the_address_of_another_resource_tells_nothing() -> None:
    rows = [
        {"bulkId": "1", "status": "200", "location": "https://example.com/v2/Users/44"},
        {"bulkId": "2", "status": "204", "location": "https://example.com/v2/Users/43"},
    ]
    assert set(told_by({"Operations": rows}, [PATCH, DELETE])) == {"2"}


def test_a_creation_that_failed_is_told_only_by_its_bulk_id() -> None:
    """It is sent again, and would be there twice if the order was another."""
    other = BulkOperation("3", "POST", ("Users",), {"userName": "bob"})
    rows = [{"method": "POST", "status": "409"}, {"method": "POST", "status": "201", "location": "/v2/Users/44"}]
    assert set(told_by({"Operations": rows}, [POST, other])) == {"3"}


def test_a_delete_is_told_by_its_place_only_with_its_address() -> None:
    """The order may be another, and nothing is read again of what is said to be gone."""
    other = BulkOperation("3", "DELETE", ("Users", "44"))
    rows = [{"method": "DELETE", "status": "204"}, {"method": "DELETE", "status": "403"}]
    assert told_by({"Operations": rows}, [DELETE, other]) == {}
    for each, id in zip(rows, ("43", "44"), strict=True):
        each["location"] = f"https://example.com/v2/Users/{id}"
    told = told_by({"Operations": rows}, [DELETE, other])
    assert {name: each.status for name, each in told.items()} == {"2": 204, "3": 403}
