from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.endpoint import BearerToken, Endpoint, OAuth2


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_fingerprint_tells_one_url_from_another(one: str, other: str) -> None:
    prints = Endpoint(f"https://a/{one}").fingerprint, Endpoint(f"https://a/{other}").fingerprint
    assert (prints[0] == prints[1]) == (one.casefold() == other.casefold())
    assert len(prints[0]) == 16
    assert set(prints[0]) <= set("0123456789abcdef")


def test_a_fingerprint_is_of_the_url_alone() -> None:
    one = Endpoint("https://A.example/v2", tokens=(BearerToken("t"),), concurrency=1)
    assert one.fingerprint == Endpoint("https://a.example/v2").fingerprint


def test_no_secret_is_in_a_repr() -> None:
    secret = "hush"
    endpoint = Endpoint(
        "https://a.example/v2",
        tokens=(BearerToken(secret),),
        oauth2=OAuth2("https://a.example/t", "me", secret),
        headers={"X-Key": secret},
    )
    assert secret not in repr(endpoint)
