"""The end that a bearer token claims."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.endpoint import BearerToken, Endpoint
from reconciler.core.mapping.checking import expiry_warnings
from reconciler.core.tokens import claimed_end

TODAY = date(2026, 11, 21)
moments = st.datetimes(timezones=st.just(UTC))


def part(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def jwt(claims: Any) -> str:
    return ".".join(map(part, (b'{"alg": "RS256"}', json.dumps(claims).encode(), b"signature")))


def ending(day: date) -> str:
    return jwt({"sub": "client", "exp": datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()})


@given(moments, st.text(), st.booleans())
def test_the_claim_is_read_whatever_stands_beside_it(moment: datetime, subject: str, fraction: bool) -> None:
    seconds = moment.timestamp() if fraction else int(moment.timestamp() // 1)
    assert claimed_end(jwt({"sub": subject, "exp": seconds})) == moment.date()


@given(st.text() | st.builds("{}.{}.{}".format, *[st.text("abcXYZ019_-=é", max_size=9)] * 3))
def test_anything_else_is_silently_no_jwt(text: str) -> None:
    assert claimed_end(text) is None


@pytest.mark.parametrize(
    "claims",
    [
        {},
        [],
        7,
        None,
        {"exp": None},
        {"exp": "1800000000"},
        {"exp": True},
        {"exp": 1e300},
        {"exp": -(10**30)},
        {"EXP": 1},
    ],
)
def test_claims_without_a_usable_end_have_none(claims: Any) -> None:
    assert claimed_end(jwt(claims)) is None


def test_what_is_no_number_at_all_is_no_end() -> None:
    for claims in (b'{"exp": NaN}', b"\xff\xfe", b"{"):
        assert claimed_end(f"a.{part(claims)}.b") is None


@pytest.mark.parametrize(
    ("declared", "claimed", "last"),
    [(None, None, None), (9, None, 9), (None, 9, 9), (9, 5, 5), (5, 9, 5), (5, 5, 5)],
)
def test_of_what_is_declared_and_what_is_claimed_the_earlier_counts(declared: Any, claimed: Any, last: Any) -> None:
    days = {number: TODAY + timedelta(days=number) for number in (5, 9)}
    token = BearerToken(ending(days[claimed]) if claimed else "opaque", days.get(declared))
    assert token.last_day == days.get(last)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-1, "bearer token 1 expired on 2026-11-20, as the token itself says"),
        (0, "bearer token 1 expires on 2026-11-21, as the token itself says"),
        (30, "bearer token 1 expires on 2026-12-21, as the token itself says"),
        (31, None),
    ],
)
def test_an_end_that_a_token_claims_is_warned_about(days: int, said: str | None) -> None:
    endpoint = Endpoint("https://a.example", tokens=(BearerToken(ending(TODAY + timedelta(days=days))),))
    assert expiry_warnings(endpoint, TODAY) == ((said,) if said else ())


def test_a_declared_end_is_warned_about_in_its_own_words_and_no_token_is_shown() -> None:
    soon, later = TODAY + timedelta(days=3), TODAY + timedelta(days=300)
    tokens = (BearerToken("opaque"), BearerToken(ending(later), soon), BearerToken(ending(soon), later))
    said = expiry_warnings(Endpoint("https://a.example", tokens=tokens), TODAY)
    assert said == (
        "bearer token 2 expires on 2026-11-24",
        "bearer token 3 expires on 2026-11-24, as the token itself says",
    )
