from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.client.requests import Call
from reconciler.client.responses import Reply
from reconciler.client.retries import backoff, pause_after_reply, retry_after
from reconciler.core.manifests.parsing import Rate
from reconciler.core.requests import InDoubtError, Request
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError

POST = Request("POST", ("Users",), {"userName": "a"})
PATCH = Request("PATCH", ("Users", "a"), {"Operations": []})
PUT = Request("PUT", ("Users", "a"), {"userName": "a"})
DELETE = Request("DELETE", ("Users", "a"))


def sending(request: Any) -> Any:
    return lambda directory: directory.send(request)


def after(*answers: Any) -> Any:
    """Answers in turn; the last one for ever. An exception is raised."""
    left = list(answers)

    def answer(asked: Any) -> Any:
        following = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(following, Exception):
            raise following
        return following

    return answer


def reply(status: int, **headers: Any) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, "https://h/Users", httpx.Headers(named), b"")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("-3", 0.0),
        ("9999", 9999.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 10:00:00 GMT", 86400.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str, seconds: float) -> None:
    assert retry_after(reply(429, retry_after=text, date="Sat, 21 Nov 2026 10:00:00 GMT")) == seconds


@pytest.mark.parametrize(
    ("named", "seconds"),
    [
        ({"ratelimit_reset": "30"}, 30.0),
        ({"x_ratelimit_reset": "12"}, 12.0),
        ({"x_rate_limit_reset": "1795255225"}, 25.0),
        ({"x_rate_limit_reset": "soon"}, None),
        ({"retry_after": "5", "x_rate_limit_reset": "30"}, 5.0),
    ],
)
def test_where_nothing_else_is_said_the_end_of_a_rate_limit_counts(named: Any, seconds: float | None) -> None:
    date = {"date": "Sat, 21 Nov 2026 10:00:00 GMT"}
    assert retry_after(reply(429, **named, **date)) == seconds
    if "retry_after" not in named:
        assert retry_after(reply(503, **named, **date)) is None


def test_a_page_of_html_in_place_of_an_answer_is_asked_for_again(fake: Any) -> None:
    page = (200, b"<html>the portal</html>", {"content-type": "text/html"})
    server = fake(after(page, page, (200, {"id": "a", "userName": "a"})))
    assert server.run(lambda directory: directory.get(Kind.USER, "a")).id == "a"
    assert len(server.asked) == 3
    astray = fake(after(page))
    assert "a web page came" in str(astray.failure(lambda directory: directory.get(Kind.USER, "a")))
    assert len(astray.asked) == 3
    assert fake(after(page)).run(sending(PATCH)).status == 200


def test_troubles_of_several_kinds_do_not_count_as_one(fake: Any) -> None:
    """Who was asked to wait, and lost an answer, has not heard the server's opinion yet."""
    page = (200, b"<html>the portal</html>", {"content-type": "text/html"})
    lost = httpx.ReadError("reset")
    server = fake(after((429, None), lost, (429, None), lost, page, page, (200, {"id": "a", "userName": "a"})))
    assert server.run(lambda directory: directory.get(Kind.USER, "a")).id == "a"
    assert len(server.asked) == 7


def test_a_date_without_a_server_date_is_measured_by_our_clock() -> None:
    assert retry_after(reply(429, retry_after="Sat, 21 Nov 2020 10:00:00 GMT")) == 0.0


def test_backoff_grows_and_stays_bounded() -> None:
    assert all(0 <= backoff(1) <= 0.5 for _ in range(50))
    assert all(0 <= backoff(20) <= 20 for _ in range(50))


@pytest.mark.parametrize("request_", [POST, PATCH, PUT, DELETE], ids=lambda each: each.method)
@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_with_retry_after_is_sent_again_whatever_the_method(fake: Any, request_: Any, status: int) -> None:
    server = fake(after((status, None, {"retry-after": "61"}), (200, {"id": "a"})))
    assert server.run(sending(request_)).status == 200
    assert server.sleeps == [61.0]


def test_a_limited_rate_without_retry_after_is_sent_again(fake: Any) -> None:
    server = fake(after((429, None), (201, {"id": "a"})))
    assert server.run(sending(POST)).status == 201
    assert len(server.sleeps) == 1


def test_waiting_ends_with_the_answer(fake: Any) -> None:
    server = fake(after((429, None, {"retry-after": "1000"})))
    assert server.run(sending(POST)).status == 429
    assert server.sleeps == [1000.0] * 17
    assert len(server.asked) == 18


@pytest.mark.parametrize(
    ("request_", "status", "attempts"),
    [(POST, each, 1) for each in (500, 502, 503, 504)]
    + [(PATCH, each, 1) for each in (500, 502, 503, 504)]
    + [(PUT, 502, 6), (PUT, 500, 3), (DELETE, 504, 6), (DELETE, 503, 6), (PUT, 501, 1), (DELETE, 404, 1)],
    ids=str,
)
def test_a_server_error_is_tried_again_only_where_it_does_no_harm(
    fake: Any, request_: Any, status: int, attempts: int
) -> None:
    server = fake(after((status, None)))
    assert server.run(sending(request_)).status == status
    assert len(server.asked) == attempts


def test_a_passing_error_of_a_listing_is_not_seen(fake: Any, kit: Any) -> None:
    listed = (200, {"totalResults": 3, "Resources": kit.users(3)})
    server = fake(after((502, b"<html>bad gateway</html>"), httpx.ReadError("reset"), listed))
    assert len(server.run(lambda directory: directory.list(Kind.USER)).resources) == 3


@pytest.mark.parametrize("request_", [POST, PATCH], ids=lambda each: each.method)
@pytest.mark.parametrize(
    "fault", [httpx.ReadError("reset"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")]
)
def test_a_write_that_is_lost_on_its_way_is_in_doubt_and_not_repeated(fake: Any, request_: Any, fault: Any) -> None:
    server = fake(after(fault))
    error = server.failure(sending(request_))
    assert isinstance(error, InDoubtError)
    assert isinstance(error, EndpointError)
    assert "may or may not have been carried out" in str(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize("request_", [PUT, DELETE], ids=lambda each: each.method)
def test_a_lost_write_that_may_be_done_twice_is_sent_again(fake: Any, request_: Any) -> None:
    server = fake(after(httpx.ReadError("reset"), (204, None)))
    assert server.run(sending(request_)).status == 204


def test_a_lost_write_that_never_comes_back_is_in_doubt_though_the_end_was_a_refused_connection(fake: Any) -> None:
    server = fake(after(httpx.ReadError("reset"), httpx.ConnectError("refused")))
    assert isinstance(server.failure(sending(PUT)), InDoubtError)
    assert len(server.asked) == 6


@pytest.mark.parametrize("request_", [POST, PATCH, PUT, DELETE], ids=lambda each: each.method)
def test_a_connection_that_was_never_made_is_tried_again(fake: Any, request_: Any) -> None:
    server = fake(after(httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), (200, {"id": "a"})))
    assert server.run(sending(request_)).status == 200


def test_an_endpoint_that_cannot_be_reached_is_told_in_a_sentence(fake: Any) -> None:
    server = fake(after(httpx.ConnectError("connection refused by sesame-1")))
    error = server.failure(sending(POST))
    assert type(error) is EndpointError
    assert str(error).startswith("https://scim.example/scim/v2/Users cannot be reached: connection refused by ***")
    assert len(server.asked) == 6


def test_a_read_that_breaks_off_every_time_is_an_error(fake: Any) -> None:
    server = fake(after(httpx.ReadError("")))
    error = server.failure(lambda directory: directory.get(Kind.USER, "a"))
    assert str(error) == "https://scim.example/scim/v2/Users/a broke off before it had answered: ReadError"


def test_impatient_calls_give_up_sooner() -> None:
    call = Call("GET", "https://h/Schemas", patience=2, repeatable=True)
    assert pause_after_reply(call, reply(500), 1) is not None
    assert pause_after_reply(call, reply(500), 2) is None


def test_an_endpoint_that_asks_for_more_than_an_hour_is_not_waited_for(fake: Any) -> None:
    server = fake(after((429, None, {"retry-after": "3601"})))
    assert server.run(sending(POST)).status == 429
    assert (len(server.asked), server.sleeps) == (1, [])


def test_an_endpoint_that_limits_the_rate_is_asked_more_often_than_one_that_is_broken(fake: Any) -> None:
    server = fake(after(*[(429, None, {"retry-after": "1"})] * 17, (201, {"id": "a"})))
    assert server.run(sending(POST)).status == 201
    broken = fake(after((503, None, {"retry-after": "1"})))
    assert broken.run(sending(POST)).status == 503
    assert len(broken.asked) == 6


def test_the_pace_of_a_target_spreads_its_requests(fake: Any) -> None:
    server = fake(after((201, {"id": "a"})), rates=(Rate(2, 1), Rate(5, 60)))
    server.run(*[sending(POST)] * 6)
    assert server.sleeps == [pytest.approx(1.02), pytest.approx(1.02), pytest.approx(61 - 2.04)]
