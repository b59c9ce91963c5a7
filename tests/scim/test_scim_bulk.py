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
    assert read_bulk({"Operations": [row(status=status)]}, [POST]) == {"0": BulkResult(201)}


def test_results_are_told_apart_by_their_bulk_ids_in_any_order() -> None:
    rows = [{"bulkId": "2", "status": "204"}, row(), {"bulkId": "1", "status": "412", "response": {"detail": "no"}}]
    told = read_bulk({"operations": rows}, ALL)
    assert {name: each.status for name, each in told.items()} == {"0": 201, "1": 412, "2": 204}
    assert told["1"].response == {"detail": "no"}


def test_without_bulk_ids_the_order_tells_where_everything_is_told() -> None:
    rows = [{"method": each.method, "status": "200"} for each in ALL]
    assert set(read_bulk({"Operations": rows}, ALL)) == {"0", "1", "2"}
    assert read_bulk({"Operations": rows[1:]}, ALL) == {}
    assert read_bulk({"Operations": rows[::-1]}, ALL) == {}


@pytest.mark.parametrize(
    "body",
    [None, [], "no", {}, {"Operations": None}, {"Operations": ["x"]}, {"Operations": [row(), row()]}]
    + [{"Operations": [row(status=each)]} for each in (None, "", "ok", {}, True)]
    + [{"Operations": [row(bulkId=each)]} for each in ("9", 0, None)],
)
def test_what_is_not_certain_is_not_told(body: Any) -> None:
    assert read_bulk(body, [POST, DELETE]) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Operations", "bulkId", "status"]), inner)
    ),
    max_leaves=12,
)


@given(body=JSON)
def test_no_answer_breaks_reading(body: Any) -> None:
    assert set(read_bulk(body, ALL)) <= {"0", "1", "2"}
