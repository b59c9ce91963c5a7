from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.scim.messages import (
    ListPage,
    MessageError,
    ScimFault,
    read_error,
    read_list,
    read_provider_config,
    read_resource_types,
)
from reconciler.scim.provider import DEFAULT_DISCOVERY, ProviderConfig, ResourceTypeInfo
from reconciler.scim.schemas import RFC_USER, read_schemas

junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "Resources",
                    "totalResults",
                    "nextCursor",
                    "id",
                    "name",
                    "attributes",
                    "subAttributes",
                    "type",
                    "schema",
                    "endpoint",
                    "schemaExtensions",
                    "patch",
                    "bulk",
                    "supported",
                    "pagination",
                    "detail",
                    "scimType",
                    "errors",
                    "message",
                ]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


@given(junk)
def test_a_list_is_read_or_refused(body: Any) -> None:
    with suppress(MessageError):
        assert isinstance(read_list(body).resources, list)


@given(junk, st.lists(junk, max_size=3), st.lists(junk, max_size=3))
def test_discovery_documents_never_raise(body: Any, documents: list[Any], types: list[Any]) -> None:
    assert isinstance(read_provider_config(body), ProviderConfig)
    assert isinstance(read_resource_types(body), list)
    assert set(read_schemas(documents, types)) == {"User", "Group"}


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60), junk), st.none() | st.text(max_size=10))
def test_every_error_body_gives_one_readable_line(body: Any, content_type: str | None) -> None:
    usable = body if isinstance(body, bytes | str | dict) else None
    fault = read_error(500, usable, content_type)
    assert 0 < len(fault.detail) <= 300
    assert "\n" not in fault.detail


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ({"totalResults": 0}, ListPage([], 0)),
        ({"TOTALRESULTS": "2", "resources": [1, {}]}, ListPage([1, {}], 2)),
        ([{}], ListPage([{}])),
        (
            {"Resources": [], "itemsPerPage": "5", "startIndex": 1.0, "nextCursor": "abc"},
            ListPage([], None, 5, 1, "abc"),
        ),
        ({"Resources": [], "nextCursor": ""}, ListPage([])),
        ({"Resources": [], "nextCursor": 7}, ListPage([], next_cursor="7")),
        ({"Resources": [], "totalResults": True}, ListPage([])),
    ],
)
def test_lists_are_read_leniently(body: Any, page: ListPage) -> None:
    assert read_list(body) == page


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (None, "a ListResponse is a JSON object, this is empty"),
        ("x", "a ListResponse is a JSON object, this is a text"),
        (5, "a ListResponse is a JSON object, this is a number"),
        ({}, "the ListResponse has no Resources"),
        ({"totalResults": 5}, "the ListResponse has no Resources"),
        ({"Resources": {}}, "the ListResponse has Resources that are an object"),
    ],
)
def test_what_is_no_list_says_so(body: Any, problem: str) -> None:
    with pytest.raises(MessageError, match=problem):
        read_list(body)


@pytest.mark.parametrize(
    ("body", "content_type", "scim_type", "detail"),
    [
        (
            b'{"status":"409","scimType":"uniqueness","detail":"userName taken"}',
            None,
            "uniqueness",
            "userName taken",
        ),
        ({"SCIMTYPE": "noTarget", "Detail": "a\nb\u202e"}, None, "noTarget", "a b"),
        ({"scimType": 5}, None, None, "the endpoint answered 400 without saying why"),
        ({"error": {"message": "no"}}, None, None, "no"),
        ({"errors": [{"description": "bad"}]}, None, None, "bad"),
        ({"errors": [{"x": 1}, "late"], "message": "m"}, None, None, "m"),
        ('[{"detail": "listed"}]', None, None, "listed"),
        (b"", None, None, "the endpoint answered 400 without saying why"),
        (None, "text/html", None, "the endpoint answered 400 without saying why"),
        (b"\xff\xfe", None, None, "\ufffd\ufffd"),
        ("plain", "text/plain", None, "plain"),
        (b'\xef\xbb\xbf{"detail": "marked"}', None, None, "marked"),
        ("<" * 100_000, None, None, "<" * 299 + "…"),
        ("5", None, None, "5"),
        ("[" * 100_000, None, None, "[" * 299 + "…"),
        (
            "<html><head><title>T</title><style>p{}</style></head><body><p>Bad &amp; gone</p><script>x()</script>",
            "text/html",
            None,
            "Bad & gone",
        ),
        (
            "<html><head><title>502 Bad Gateway</title></head><body></body></html>",
            None,
            None,
            "502 Bad Gateway",
        ),
        ("<html><script>alert(1)", None, None, "the endpoint answered 400 without saying why"),
        ("x" * 400, None, None, "x" * 299 + "…"),
    ],
)
def test_errors_of_every_kind(body: Any, content_type: str | None, scim_type: str | None, detail: str) -> None:
    assert read_error(400, body, content_type) == ScimFault(400, scim_type, detail)


def test_a_provider_config_says_what_it_says() -> None:
    body = {
        "patch": {"supported": "True"},
        "bulk": {"supported": True, "maxOperations": "1000", "maxPayloadSize": 1048576},
        "FILTER": {"Supported": False, "maxResults": 0},
        "etag": "yes",
        "sort": {"supported": False},
        "pagination": {
            "cursor": True,
            "index": False,
            "defaultPageSize": 10,
            "maxPageSize": 50,
            "cursorTimeout": 60,
        },
    }
    assert read_provider_config(body) == ProviderConfig(
        patch=True,
        bulk=True,
        bulk_max_operations=1000,
        bulk_max_payload=1048576,
        filter=False,
        sort=False,
        cursor_paging=True,
        index_paging=False,
        default_page_size=10,
        max_page_size=50,
        cursor_timeout=60,
    )
    assert read_provider_config([]) == ProviderConfig()


def test_resource_types_are_read_from_lists_and_from_single_ones() -> None:
    row = {
        "name": "User",
        "endpoint": "/Users",
        "schema": RFC_USER.urn,
        "schemaExtensions": [{"schema": "urn:a", "required": True}, "urn:b", {"schema": 5}, 6],
    }
    expected = [ResourceTypeInfo("User", "/Users", RFC_USER.urn, ("urn:a", "urn:b"))]
    assert read_resource_types({"Resources": [row, 5, {"name": "x"}]}) == expected
    assert read_resource_types([row]) == expected
    assert read_resource_types(row) == expected
    assert read_resource_types(None) == []


def test_the_default_discovery_is_the_rfcs() -> None:
    assert DEFAULT_DISCOVERY.schemas["User"] is RFC_USER
    assert DEFAULT_DISCOVERY.endpoints == {"User": "/Users", "Group": "/Groups"}
    assert not DEFAULT_DISCOVERY.announced
