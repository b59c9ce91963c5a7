"""Testing a connection."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from planning_kit import TODAY, URL, catalog_of, target_of, target_text
from servers.faults import On, answer
from workplace import FixedClock, Quiet, Workplace, no_sleep

from reconciler.client.directory import open_directory
from reconciler.client.pacing import Timer
from reconciler.core.endpoint import BearerToken, Endpoint
from reconciler.core.mapping.checking import EndpointCheck
from reconciler.core.planning.selection import Selection
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError
from reconciler.platforms.registry import load_profile
from reconciler.storage.state.nothing import NoState
from reconciler.workflow.checking import check_endpoint
from reconciler.workflow.planning import Job, make_plan, read_target


def job_of(place: Workplace, *lines: str, groups: bool = True) -> Job:
    """`lines`: further keys of the target."""
    target = target_of(catalog_of({"people.yaml": place.people, "targets.yaml": target_text(*lines)}))
    if not groups:
        target = replace(target, profile=target.profile.model_copy(update={"groups": None}))
    tokens = (BearerToken("t", TODAY + timedelta(days=3)),)
    endpoint = Endpoint(URL, tokens=tokens)
    transport = httpx.ASGITransport(app=place.server)
    directory = open_directory(endpoint, transport=transport, timer=Timer(no_sleep), today=TODAY)
    return Job(target, endpoint, directory, NoState(), FixedClock(), Quiet(), "1")


def check(job: Job) -> EndpointCheck:
    async def course() -> EndpointCheck:
        try:
            return await check_endpoint(job)
        finally:
            await job.directory.close()

    return asyncio.run(course())


def test_a_connection_that_works_tells_how_many_there_are(applied: Workplace) -> None:
    found = check(job_of(applied))
    assert found.totals == {Kind.USER: 3, Kind.GROUP: 1}
    assert (found.target, found.platform, found.url) == ("there", "generic", URL)
    assert any("2026-11-24" in each for each in found.warnings)
    assert applied.server.writes == []


def test_groups_that_cannot_be_read_are_a_warning(applied: Workplace) -> None:
    applied.server.inject(On("GET", "/Groups"), answer(500, "no groups today"))
    found = check(job_of(applied))
    assert found.totals == {Kind.USER: 3}
    assert any("no groups today" in each for each in found.warnings)


def test_users_that_cannot_be_read_are_an_error(applied: Workplace) -> None:
    applied.server.inject(On("GET", "/Users"), answer(401))
    with pytest.raises(EndpointError):
        check(job_of(applied))


def test_a_platform_without_groups_is_not_asked_for_any(applied: Workplace) -> None:
    assert check(job_of(applied, groups=False)).totals == {Kind.USER: 3}

    async def course(job: Job) -> list[str]:
        catalog = catalog_of(applied.people)
        given, round_trip = await read_target(job, catalog)
        assert round_trip == 0
        assert not given.listings[Kind.GROUP].offered
        planned = await make_plan(job, catalog, "digest", Selection(("group:ops",)))
        await job.directory.close()
        return [str(each) for each in planned.everybody]

    applied.server.log.clear()
    everybody = asyncio.run(course(job_of(applied, groups=False)))
    assert set(everybody) == {"user:alice", "user:bob", "user:carol", "group:ops"}
    assert applied.server.requests_of("GET", "/Groups*") == []


def on_platform(place: Workplace, platform: str) -> Job:
    """The same endpoint, believed to be of that platform; read as any other."""
    job = job_of(place)
    return replace(job, target=replace(job.target, profile=load_profile(platform)))


def test_a_plain_server_is_compared_with_nothing(applied: Workplace) -> None:
    found = check(job_of(applied))
    assert found.differences == ()
    assert found.overridden == {}


def test_what_differs_from_the_profile_of_the_platform_is_told(applied: Workplace) -> None:
    applied.server.inject(On("GET", "/ResourceTypes"), answer(404))
    found = check(on_platform(applied, "aws-identity-center"))
    assert "there is no usable ResourceTypes; the profile counts on it" in found.differences
    assert any("the profile does not know of the attributes" in each and "ims" in each for each in found.differences)
    document = found.as_json()
    assert document["platform"] == "aws-identity-center"
    assert document["differences"] == list(found.differences)
    assert applied.server.writes == []


def test_without_schemas_no_attribute_differs(applied: Workplace) -> None:
    applied.server.inject(On("GET", "/Schemas*"), answer(404))
    found = check(on_platform(applied, "aws-identity-center"))
    assert "there is no usable Schemas; the profile counts on it" in found.differences
    assert not any("attribute" in each for each in found.differences)


def test_capabilities_that_the_target_says_differently_are_told(applied: Workplace) -> None:
    found = check(job_of(applied, "capabilities: {user.delete: false, user.create: true}"))
    assert found.overridden == {"user.delete": (True, False)}
    assert found.as_json()["capabilities"] == {"user.delete": {"profile": True, "target": False}}
