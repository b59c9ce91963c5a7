from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.endpoint import BearerToken, Endpoint, OAuth2
from reconciler.core.manifests.parsing import Rate
from reconciler.core.manifests.targets import TargetSettings
from reconciler.core.mapping.connecting import DEFAULT_CONCURRENCY, connect, parse_hosts
from reconciler.errors import RunError
from reconciler.platforms.registry import load_profile

URL = "https://scim.example/v2"


@dataclass(frozen=True)
class Set:
    """What is set; everything else is not."""

    variables: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def variable(self, name: str) -> str | None:
        return self.variables.get(name)

    def file(self, path: str) -> str | None:
        return self.files.get(path)


def settings(**written: Any) -> TargetSettings:
    return TargetSettings.model_validate({"name": "there", "platform": "generic", "url": URL, **written})


def connected(there: Set | None = None, **written: Any) -> Endpoint:
    return connect(settings(**written), load_profile("generic"), there or Set(), None)


def refusal(there: Set | None = None, **written: Any) -> str:
    with pytest.raises(RunError) as caught:
        connected(there, **written)
    return str(caught.value)


def test_every_place_of_a_target_is_filled_in() -> None:
    there = Set({"HOST": "a.example", "X": "x", "SECRET": "s"}, {"secrets/token": "t"})
    endpoint = connected(
        there,
        url="https://a.example/${X}/scim/",
        auth={"bearer": ["Bearer-${file:secrets/token}"]},
        headers={"X-Tenant": "${X}-${X}"},
    )
    assert endpoint.url == "https://a.example/x/scim"
    assert endpoint.tokens == (BearerToken("Bearer-t"),)
    assert endpoint.headers == {"X-Tenant": "x-x"}
    client = {"tokenUrl": "https://a.example/t", "clientId": "${X}", "clientSecret": "${SECRET}", "send": "body"}
    assert connected(there, auth={"oauth2": client}).oauth2 == OAuth2("https://a.example/t", "x", "s", None, "body")


def test_a_target_says_how_many_requests_go_at_once_and_its_profile_how_large_a_page_is() -> None:
    assert connected().concurrency == DEFAULT_CONCURRENCY
    assert connected(pace={"concurrency": 2}).concurrency == 2
    assert connected().profile == load_profile("generic")
    assert (connected().tokens, connected().oauth2) == ((), None)


CLIENT = {"clientId": "me", "clientSecret": "${SECRET}"}


def platform_client(platform: str, **said: Any) -> OAuth2 | None:
    there = Set({"SECRET": "s"})
    return connect(settings(auth={"oauth2": {**CLIENT, **said}}), load_profile(platform), there, None).oauth2


def test_what_a_client_leaves_out_is_that_of_its_platform() -> None:
    usual = OAuth2("https://oauth.aliyun.com/v1/token", "me", "s", "/acs/scim", "basic", "query")
    assert platform_client("alibaba-ram") == usual
    assert platform_client("alibaba-ram", tokenUrl="https://a.example/t", scope="/x", send="body") == OAuth2(
        "https://a.example/t", "me", "s", "/x", "body", "query"
    )
    assert platform_client("generic", tokenUrl="https://a.example/t") == OAuth2("https://a.example/t", "me", "s")


def test_a_token_url_that_nobody_names_is_missing() -> None:
    assert refusal(Set({"SECRET": "s"}), auth={"oauth2": CLIENT}).startswith("auth.oauth2.tokenUrl is not set")


def test_of_several_tokens_those_that_are_set_are_used_in_their_order() -> None:
    there = Set({"A": "", "B": "b", "C": "c"})
    lines = ["${A}", {"token": "${C}", "expires": "2027-03-31"}, "${B}", "${D}${B}"]
    assert connected(there, auth={"bearer": lines}).tokens == (
        BearerToken("c", date(2027, 3, 31)),
        BearerToken("b"),
    )


def test_one_token_is_as_good_as_a_list_of_one() -> None:
    there = Set({"A": "a"})
    assert connected(there, auth={"bearer": "${A}"}) == connected(there, auth={"bearer": ["${A}"]})


def test_everything_that_is_not_set_is_named_once() -> None:
    said = refusal(
        Set({"EMPTY": ""}),
        url="https://a.example/${X}",
        auth={"bearer": ["${EMPTY}", "${file:t}"]},
        headers={"A": "${X}", "B": "${Y}"},
    )
    assert said.startswith("${EMPTY}, ${X}, ${Y} is not set or empty")
    assert "${file:t} cannot be read or is empty" in said


def test_no_part_of_a_token_is_said_when_another_part_is_missing() -> None:
    said = refusal(Set({"A": "hidden"}), auth={"bearer": ["s3cret-${A}-${B}"]})
    assert said.startswith("${B} is not set")
    assert "s3cret" not in said
    assert "hidden" not in said


@pytest.mark.parametrize("bearer", ["", [""]])
def test_an_empty_token_is_none(bearer: Any) -> None:
    assert refusal(auth={"bearer": bearer}).startswith("auth.bearer is not set or empty")


@given(st.sets(st.text("abc.-", min_size=1, max_size=6), max_size=4), st.sampled_from([",", " ", ", ", "\n"]))
def test_hosts_are_read_whatever_separates_them(hosts: set[str], separator: str) -> None:
    assert parse_hosts(separator.join(hosts).upper()) == frozenset(hosts)


def test_no_hosts_at_all_are_something_else_than_an_empty_list_of_them() -> None:
    assert parse_hosts(None) is None
    assert parse_hosts(" ") == frozenset()
    assert connect(settings(), load_profile("generic"), Set(), frozenset("a")).hosts == frozenset("a")


def test_a_target_keeps_its_own_pace_else_what_its_platform_bears() -> None:
    slow = load_profile("generic").model_copy(update={"rates": ("25/s", "1000/h")})
    assert connect(settings(), slow, Set(), None).rates == (Rate(25, 1), Rate(1000, 3600))
    assert connect(settings(pace={"rate": "5/s"}), slow, Set(), None).rates == (Rate(5, 1),)
    assert connected(pace={"rate": "5/s", "budget": "1000/h"}).rates == (Rate(5, 1), Rate(1000, 3600))
    assert connected().rates == ()
