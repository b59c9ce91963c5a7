from __future__ import annotations

import asyncio
import gzip
from typing import Any

import httpx
import pytest

from reconciler.client.redaction import Secrets
from reconciler.client.responses import BodyTooLargeError, Reply, decode, fault_of, read_body, to_answer
from reconciler.core.requests import Request
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError


def reply(status: int, body: bytes, headers: Any = None) -> Any:
    return Reply(status, "https://h/Users", httpx.Headers(headers or {}), body)


def test_json_is_decoded_with_and_without_a_byte_order_mark() -> None:
    assert decode(reply(200, b'\xef\xbb\xbf {"a": 1}\n')) == {"a": 1}
    assert decode(reply(200, b"  ")) is None
    with pytest.raises(ValueError, match="unexpected"):
        decode(reply(200, b"<html>"))


def test_a_body_is_read_up_to_its_limit_and_no_further() -> None:
    async def chunks(count: int) -> Any:
        for _ in range(count):
            yield b"x" * 10

    assert asyncio.run(read_body(httpx.Response(200, content=chunks(10)), limit=100)) == b"x" * 100
    with pytest.raises(BodyTooLargeError):
        asyncio.run(read_body(httpx.Response(200, content=chunks(11)), limit=100))


def test_a_compressed_body_is_measured_as_it_unfolds() -> None:
    async def packed() -> Any:
        yield gzip.compress(b"x" * 100_000)

    response = httpx.Response(200, headers={"content-encoding": "gzip"}, content=packed())
    with pytest.raises(BodyTooLargeError):
        asyncio.run(read_body(response, limit=10_000))


@pytest.mark.parametrize(("status", "body"), [(204, b""), (200, b""), (200, b"<html>ok</html>"), (201, b"[1]")])
def test_a_success_without_a_document_is_still_a_success(status: int, body: bytes) -> None:
    answer = to_answer(reply(status, body), Secrets())
    assert (answer.succeeded, answer.document, answer.fault) == (True, None, None)


def test_an_answer_carries_document_etag_and_fault() -> None:
    answer = to_answer(reply(200, b'{"id": "a"}', {"ETag": 'W/"3"'}), Secrets())
    assert (answer.document, answer.etag) == ({"id": "a"}, 'W/"3"')
    refused = to_answer(reply(409, b'{"scimType": "uniqueness", "detail": "taken"}'), Secrets())
    assert (refused.fault.scim_type, refused.fault.detail) == ("uniqueness", "taken")


@pytest.mark.parametrize(
    ("body", "content_type", "detail"),
    [
        (b"<html><body><h1>Bad gateway</h1></body></html>", "text/html", "Bad gateway"),
        (b"", "", "the endpoint answered 502 without saying why"),
        (b'{"message": "no"}', "application/json", "no"),
        (b"just text", "text/plain", "just text"),
    ],
)
def test_errors_in_any_form_give_a_readable_detail(body: bytes, content_type: str, detail: str) -> None:
    assert fault_of(reply(502, body, {"content-type": content_type}), Secrets()).detail == detail


def test_a_secret_that_a_server_echoes_is_hidden_even_where_the_detail_is_cut() -> None:
    secrets = Secrets(["sesame-open-1234567890"])
    long = b"x" * 290 + b" sesame-open-1234567890"
    for body in (
        b'{"detail": "bad token sesame-open-1234567890"}',
        long,
        b'{"detail": "sesame\\u002dopen-1234567890"}',
    ):
        detail = fault_of(reply(400, body), secrets).detail
        assert "sesame" not in detail


def test_a_write_is_answered_whatever_the_status(fake: Any) -> None:
    for status in (200, 201, 204, 400, 404, 409, 412, 413, 500, 501, 502):
        server = fake(lambda _, status=status: (status, None))
        answer = server.run(lambda directory: directory.send(Request("POST", ("Users",), {"userName": "a"})))
        assert answer.status == status
        assert (answer.fault is None) == (status < 400)
        assert server.calls == ["POST /Users"]


def test_a_member_that_is_no_object_is_an_error(fake: Any) -> None:
    error = fake(lambda _: (200, [1])).failure(lambda directory: directory.get(Kind.USER, "a"))
    assert str(error).endswith("/Users/a answered something that is no User: a row is list, not an object")


SECRETIVE = Request("POST", ("Users",), {"userName": "a", "password": 'Pa55<w"ö>rd'}, secrets=('Pa55<w"ö>rd',))


@pytest.mark.parametrize(
    "echo",
    [
        (400, {"detail": 'bad password Pa55<w"ö>rd'}),
        (400, {"detail": "x" * 288 + ' Pa55<w"ö>rd'}),
        (400, b'{"detail": "bad \\u0050a55<w\\"\\u00f6>rd"}'),
        (400, b'{"detail": "' + b"x" * 288 + b' Pa55<w\\"\\u00f6>rd"}'),
        (400, b"<html><p>Pa55&lt;w&quot;\xc3\xb6&gt;rd</p></html>", {"content-type": "text/html"}),
        (500, 'bad Pa55<w"ö>rd'.encode()),
        (401, {"detail": 'bad Pa55<w"ö>rd'}),
    ],
)
def test_no_secret_of_a_request_is_shown_however_a_server_echoes_it(fake: Any, echo: Any) -> None:
    server = fake(lambda _: echo)

    async def send(directory: Any) -> Any:
        try:
            return (await directory.send(SECRETIVE)).fault.detail
        except EndpointError as error:
            return str(error)

    said = server.run(send)
    assert "Pa55" not in said
    assert "rd" not in said.replace("password", "")
    assert server.asked[0].json["password"] == 'Pa55<w"ö>rd'


def test_no_secret_of_a_request_is_shown_when_the_connection_breaks_off(fake: Any) -> None:
    def answer(_: Any) -> Any:
        raise httpx.ReadError('at Pa55<w"ö>rd')

    assert "Pa55" not in str(fake(answer).failure(lambda directory: directory.send(SECRETIVE)))
    assert "Pa55" not in repr(SECRETIVE)


ODD = {
    "schema": ["urn:ietf:params:scim:api:messages:2.0:Error"],
    "detail": "Refused to create a new, duplicate resource.",
    "status": "409",
    "exceptionRequestId": "b3c1",
    "timeStamp": "2026-11-21 10:00:00",
}


@pytest.mark.parametrize("status", ["409", 409, None])
def test_an_error_that_names_its_schema_otherwise_is_read_like_any_other(fake: Any, status: Any) -> None:
    """`schema` in the place of `schemas`, no scimType, the status as text or as a number."""
    server = fake(lambda _: (409, {**ODD, "status": status}))
    answer = server.run(lambda directory: directory.send(Request("POST", ("Users",), {"userName": "a"})))
    assert (answer.status, answer.fault.status, answer.fault.scim_type) == (409, 409, None)
    assert answer.fault.detail == "Refused to create a new, duplicate resource."
