from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.client.requests import BaseUrl, encode_segment, scim_headers, to_call
from reconciler.core.requests import Request
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError

segments = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda each: each not in {".", ".."})


@given(id_=segments)
def test_every_id_reaches_the_server_as_one_segment(fake: Any, id_: str) -> None:
    server = fake(lambda _: (200, {"id": id_}))
    assert server.run(lambda directory: directory.get(Kind.USER, id_)).id == id_
    assert server.asked[0].path == f"/scim/v2/Users/{id_}"
    assert server.asked[0].raw_path.count("/") == 4


@pytest.mark.parametrize("id_", ["", ".", ".."])
def test_an_id_that_climbs_the_path_is_never_sent(fake: Any, id_: str) -> None:
    server = fake(lambda _: (200, {}))
    assert "cannot stand in a URL" in str(server.failure(lambda directory: directory.get(Kind.USER, id_)))
    assert not server.asked


def test_segments_are_encoded_whole() -> None:
    assert encode_segment("a/b?c#d%20é+") == "a%2Fb%3Fc%23d%2520%C3%A9%2B"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://h/scim/v2", "https://h/scim/v2/Users?count=1"),
        ("https://h/scim/v2/", "https://h/scim/v2/Users?count=1"),
        ("https://h", "https://h/Users?count=1"),
        ("http://h:8080/a b", "http://h:8080/a%20b/Users?count=1"),
        ("https://h/scim?api-version=2", "https://h/scim/Users?api-version=2&count=1"),
        ("https://münchen.example/scim", "https://xn--mnchen-3ya.example/scim/Users?count=1"),
    ],
)
def test_urls_stand_below_the_base_url(base: Any, expected: Any) -> None:
    assert BaseUrl.parse(base).url(("Users",), {"count": "1"}) == expected


@pytest.mark.parametrize(
    ("base", "problem"),
    [
        ("ftp://h/scim", "must begin with https://"),
        ("scim.example/v2", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://h:port/", "cannot be read"),
        ("https://ann:hunter22@h/scim", "holds credentials"),
    ],
)
def test_a_base_url_that_cannot_be_used_is_told_without_its_secrets(base: Any, problem: str) -> None:
    with pytest.raises(EndpointError, match=problem) as caught:
        BaseUrl.parse(base)
    assert "hunter22" not in str(caught.value)


def test_a_write_carries_scim_json_and_its_precondition() -> None:
    base = BaseUrl.parse("https://h/v2")
    call = to_call(base, Request("PUT", ("Users", "a"), {"userName": "é"}, 'W/"1"'), scim_headers({}))
    assert call.url == "https://h/v2/Users/a"
    assert orjson.loads(call.body) == {"userName": "é"}
    assert call.headers["Content-Type"] == "application/scim+json"
    assert call.headers["If-Match"] == 'W/"1"'
    assert call.headers["Accept"] == "application/scim+json, application/json"
    assert call.headers["User-Agent"].startswith("scim-reconciler/")


def test_a_delete_has_neither_a_body_nor_a_content_type() -> None:
    call = to_call(BaseUrl.parse("https://h/v2"), Request("DELETE", ("Users", "a")), scim_headers({}))
    assert call.body is None
    assert "Content-Type" not in call.headers


@pytest.mark.parametrize(
    ("method", "repeatable"), [("GET", True), ("PUT", True), ("DELETE", True), ("POST", False), ("PATCH", False)]
)
def test_only_idempotent_methods_are_repeatable(method: str, repeatable: bool) -> None:
    call = to_call(BaseUrl.parse("https://h/v2"), Request(method, ("Users",)), scim_headers({}))
    assert call.repeatable is repeatable


def test_headers_of_the_target_go_along_and_win(fake: Any, kit: Any) -> None:
    server = fake(kit.collection([]), headers={"x-tenant": "blue", "user-agent": "other"})
    server.run(lambda directory: directory.list(Kind.USER))
    assert server.asked[0].headers["x-tenant"] == "blue"
    assert server.asked[0].headers["user-agent"] == "other"


def test_nothing_secret_stands_in_the_repr_of_a_call() -> None:
    call = to_call(
        BaseUrl.parse("https://h/v2"), Request("POST", ("Users",), {"password": "hunter22"}), {"A": "hunter22"}
    )
    assert "hunter22" not in repr(call)
