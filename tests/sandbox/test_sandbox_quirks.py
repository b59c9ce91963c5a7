"""Laws of single quirks, whatever the platform."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.vendors import Vendor, a_group, a_user, vendor

from reconciler.platforms.registry import load_profile, platform_names
from reconciler.sandbox import SandboxOptions
from reconciler.sandbox.exchange import Forward, Quirk, Reply, Request, through
from reconciler.sandbox.quirks.filters import known_filters
from reconciler.sandbox.quirks.paging import capped_answer, pages_by_cursor
from reconciler.sandbox.quirks.phone_regions import calling_code

IDS = st.sets(st.text("0123456789abcdef", min_size=1, max_size=6), max_size=20)


def ask(quirk: Quirk, inner: Forward, path: str = "/Users", **query: str) -> Reply:
    async def reply() -> Reply:
        return await through([quirk], inner)(Request("GET", path, query))

    return asyncio.run(reply())


def holding(ids: set[str]) -> Forward:
    async def answer(request: Request) -> Reply:
        assert not {"cursor", "count", "startIndex"} & set(request.query)
        return Reply(200, {"Resources": [{"id": each} for each in ids]})

    return answer


async def taken(request: Request) -> Reply:
    return Reply(200, {"filter": request.query["filter"]})


@given(ids=IDS, count=st.integers(1, 25))
def test_pages_by_cursor_bring_everybody_once(ids: set[str], count: int) -> None:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ask(pages_by_cursor(100), holding(ids), cursor=cursor, count=str(count))
        assert len(page.rows) <= count
        found += [each["id"] for each in page.rows]
        cursor = page.body.get("nextCursor")
        assert page.rows or cursor is None
    assert sorted(found) == sorted(ids)


@given(ids=IDS, cap=st.integers(1, 10))
def test_a_capped_answer_never_tells_what_it_left_out(ids: set[str], cap: int) -> None:
    page = ask(capped_answer(cap, numbers_as_text=True), holding(ids))
    assert page.body["totalResults"] == len(page.rows) == min(cap, len(ids))
    assert page.body["itemsPerPage"] == str(len(page.rows))


@given(
    platform=st.sampled_from([each for each in platform_names() if each != "generic"]),
    attribute=st.sampled_from(["userName", "externalId", "id", "displayName", "title", "emails.value", "active"]),
    operator=st.sampled_from(["eq", "ne", "co", "sw", "gt"]),
)
def test_the_filters_that_pass_are_those_of_the_profile(platform: str, attribute: str, operator: str) -> None:
    profile = load_profile(platform)
    reply = ask(known_filters(profile), taken, filter=f'{attribute} {operator} "x"')
    assert (reply.status == 200) == (operator == "eq" and attribute in (profile.filters.users or ()))


@given(code=st.sampled_from(["1", "7", "20", "33", "44", "49", "86", "91", "353", "852"]), rest=st.integers(10**6))
def test_a_calling_code_begins_the_number_that_it_is_of(code: str, rest: int) -> None:
    assert calling_code(f"+{code}{rest}") == code
    assert calling_code(f"{code}{rest}") is None


@pytest.fixture(scope="module")
def aws() -> Any:
    with vendor("aws-identity-center") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def people(aws: Vendor) -> list[str]:
    name = {"givenName": "A", "familyName": "B"}
    return [aws.create("User", a_user(f"u{each}", displayName="D", name=name)) for each in range(5)]


CHOSEN = st.sets(st.integers(0, 4))


@given(before=CHOSEN, added=CHOSEN, removed=CHOSEN)
def test_members_are_those_before_and_the_added_without_the_removed(
    aws: Vendor, people: list[str], before: set[int], added: set[int], removed: set[int]
) -> None:
    group = aws("POST", "/Groups", a_group("g", *(people[each] for each in before))).json()["id"]
    operations = [
        {"op": op, "path": "members", "value": [{"value": people[each]} for each in chosen]}
        for op, chosen in (("add", added), ("remove", removed))
        if chosen
    ]
    if operations:
        assert aws.patch(f"/Groups/{group}", *operations).is_success
    left = {people[each] for each in (before | added) - removed}
    assert set(aws.members(group)) == left
    assert set(aws.found("User", f'groups.value eq "{group}"')) == left
    assert aws("DELETE", f"/Groups/{group}").status_code == 204


def test_credentials_are_random_where_none_are_given() -> None:
    assert SandboxOptions().client_secret != SandboxOptions().client_secret
