"""Writes whose answers are lost: looked for at once, and sent again only where they were not carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from servers.faults import Fault, On, answer, answer_html, drop_after, drop_before, error_after
from servers.faulty import Forward, Reply, Request
from servers.listings import empty_page
from workplace import Workplace, outcomes, results

from reconciler.core.known import Origin

MakePlace = Callable[..., Workplace]

PEOPLE = """
users:
  ann: {title: A}
  bob: {title: B, manager: ann}
  cy: {state: disabled}
groups:
  ops: {members: [ann, bob]}
"""
LATER = """
users:
  ann: {state: disabled, title: A}
  bob: {title: C}
  cy: {state: absent}
groups:
  ops: {members: [bob]}
"""


def every(number: int) -> Callable[[Request], bool]:
    seen = 0

    def due(_: Request) -> bool:
        nonlocal seen
        seen += 1
        return seen % number == 0

    return due


LOSSES: dict[str, Fault] = {
    "dropped after": drop_after(),
    "dropped before": drop_before(),
    "500 after": error_after(500),
    "502 after": error_after(502),
    "502 instead": answer(502),
    "504 after": error_after(504),
    "a web page with 200": answer_html(200),
    "a web page with 502": answer_html(502),
}


class TestOneLoss:
    @pytest.mark.parametrize("loss", LOSSES)
    @pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
    def test_leaves_no_trace(self, make_place: MakePlace, loss: str, method: str) -> None:
        place = make_place(PEOPLE)
        place.server.inject(On(method, times=1), LOSSES[loss])
        first = place.apply()
        place.people = LATER
        second = place.apply()
        assert {*results(first).values(), *results(second).values()} == {"done"}, [outcomes(first), outcomes(second)]
        assert place.members("ops") == {"bob"}
        assert {each.origin for each in place.known.values()} == {Origin.CREATED}
        place.settled()

    def test_is_looked_for_in_a_listing_where_no_filter_tells(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}, bob: {}}", concurrency=1)
        place.server.inject(On("GET", "/Users", when=lambda request: "filter" in request.query), answer(400))
        place.server.inject(On("POST", times=1), drop_after())
        assert set(results(place.apply()).values()) == {"done"}
        assert len(place.server.requests_of("POST")) == 2

    def test_is_looked_for_until_a_listing_that_lags_behind_shows_it(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}}", concurrency=1)
        asked = On("GET", "/Users", times=3, when=lambda request: "filter" in request.query)
        place.server.inject(asked, empty_page(0))
        place.server.inject(On("POST", times=1), drop_after())
        assert set(results(place.apply()).values()) == {"done"}
        assert len(place.server.requests_of("POST")) == 1

    def test_stays_in_doubt_where_nothing_tells(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}, bob: {}}", concurrency=1)
        planned = place.plan()
        place.server.inject(On("GET"), answer(400))
        place.server.inject(On("POST", times=1), drop_after())
        applied = place.apply(planned)
        assert results(applied)["user:ann:create"] == "in_doubt"
        assert "looking did not tell" in outcomes(applied)["user:ann:create"].detail
        assert len(place.server.requests_of("POST")) == 2

    def test_of_a_creation_that_somebody_else_made_meanwhile_takes_nothing_over(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}}")

        async def overtaken(request: Request, forward: Forward) -> Reply:
            other = {"schemas": request.body["schemas"], "userName": "ann", "externalId": "somebody else"}
            await forward(replace(request, body=other))
            return await answer(502)(request, forward)

        planned = place.plan()
        place.server.inject(On("POST", times=1), overtaken)
        applied = place.apply(planned)
        assert outcomes(applied)["user:ann:create"].status == 409
        assert place.users()["ann"]["externalId"] == "somebody else"
        assert "user:ann" not in place.known


class TestLossesAgainAndAgain:
    def test_end_in_a_failure_that_says_so(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}}")
        place.server.inject(On("POST"), answer(502))
        applied = place.apply()
        assert results(applied) == {"user:ann:create": "failed"}
        assert len(place.server.requests_of("POST")) == 4
        assert place.users() == {}

    def test_of_a_second_500_are_an_opinion(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}}")
        place.server.inject(On("POST"), answer(500))
        assert results(place.apply()) == {"user:ann:create": "failed"}
        assert len(place.server.requests_of("POST")) == 2

    def test_every_fifth_refused_every_seventh_lost_every_ninth_a_web_page(self, make_place: MakePlace) -> None:
        users = "".join(f"  u{number}: {{title: T{number}, manager: u0}}\n" for number in range(40))
        members = ", ".join(f"u{number}" for number in range(40))
        people = f"users:\n{users}groups:\n  ops: {{members: [{members}]}}\n  few: {{members: [u1, u2]}}\n"
        place = make_place(people.replace("{title: T0, manager: u0}", "{title: T0}"), concurrency=4)
        place.server.inject(On(when=every(9)), answer_html(502))
        place.server.inject(On(when=every(7)), drop_after())
        place.server.inject(On(when=every(5)), answer(429, retry_after="1"))
        applied = place.apply()
        assert int(applied.exit_code) == 0, [each for each in applied.report.outcomes if each.result != "done"]
        place.server.heal()
        assert len(place.users()) == 40
        assert place.members("ops") == {f"u{number}" for number in range(40)}
        assert {each.origin for each in place.known.values()} == {Origin.CREATED}
        place.settled()
