""" "Bearer Token management" of the vendor's page on account synchronization: two tokens, rotated without a gap."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from branches import Branch, Settings, branch
from house import House
from servers.faulty import Forward, On, Reply, Request
from workplace import results

from reconciler.errors import EndpointError
from reconciler.sandbox import SandboxStore, create_platform, running_sandbox

OLD, NEW = "old-token", "new-token"
PEOPLE = "users:\n" + "".join(f"  u{number}: {{displayName: U {number}}}\n" for number in range(20))
BOTH = 'auth: {bearer: ["${OLD}", "${NEW}"]}'


def idaas_of(folder: Path, line: str = BOTH, **variables: str) -> Branch:
    idaas = branch(folder, "alibaba-idaas", PEOPLE, line)
    idaas.settings = Settings(variables={"OLD": OLD, "NEW": NEW, **variables})
    idaas.vendor.desk.tokens = {OLD, NEW}
    return idaas


def used(idaas: Branch) -> set[str]:
    """The tokens with which requests about users were answered; discovery needs none."""
    answered = [each.request for each in idaas.vendor.log if each.request.kind == "User" and not each.reply.refused]
    return {each.headers["authorization"].removeprefix("Bearer ") for each in answered}


@pytest.mark.parametrize("posts", [0, 1, 7])
def test_rotation_without_a_gap_the_first_token_is_revoked_in_the_middle_of_a_run(tmp_path: Path, posts: int) -> None:
    idaas = idaas_of(tmp_path)

    async def revoke(request: Request, forward: Forward) -> Reply:
        idaas.vendor.desk.tokens.discard(OLD)
        return await forward(request)

    idaas.server.inject(On("POST", "/Users", skip=posts, times=1), revoke)
    assert set(results(idaas.apply()).values()) == {"done"}
    assert used(idaas) == {OLD, NEW}
    assert {each.status for each in idaas.vendor.refused} == {401}
    assert len(idaas.users()) == 20
    idaas.settled()


@pytest.mark.parametrize(("there", "expected"), [({OLD}, {OLD}), ({NEW}, {NEW}), ({OLD, NEW}, {OLD})])
def test_two_tokens_either_is_enough(tmp_path: Path, there: set[str], expected: set[str]) -> None:
    idaas = idaas_of(tmp_path)
    idaas.vendor.desk.tokens = there
    idaas.apply()
    idaas.settled()
    assert used(idaas) == expected


def test_two_tokens_one_that_is_not_set_is_left_out(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, NEW="")
    idaas.apply()
    assert used(idaas) == {OLD}


def test_without_an_enabled_token_nothing_is_synchronized(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path)
    idaas.vendor.desk.tokens = {"another"}
    with pytest.raises(EndpointError) as caught:
        idaas.plan()
    assert OLD not in str(caught.value)
    assert idaas.users() == {}


def jwt(end: datetime) -> str:
    parts = [{"alg": "none"}, {"exp": int(end.timestamp())}]
    coded = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts]
    return ".".join([*coded, "signature"])


@pytest.mark.parametrize(("days", "warned"), [(400, False), (31, False), (30, True), (1, True)])
def test_validity_period_that_is_declared_is_warned_of_before_it_ends(
    tmp_path: Path, days: int, *, warned: bool
) -> None:
    last = branch(tmp_path, "alibaba-idaas").clock.time.date() + timedelta(days=days)
    line = f'auth: {{bearer: [{{token: "${{OLD}}", expires: {last}}}, "${{NEW}}"]}}'
    notes = idaas_of(tmp_path, line).plan().plan.notes
    assert notes == ((f"bearer token 1 expires on {last}",) if warned else ())


def test_validity_period_that_the_token_claims_is_warned_of_before_it_ends(tmp_path: Path) -> None:
    end = datetime(2026, 12, 1, 12, tzinfo=UTC)
    idaas = idaas_of(tmp_path, OLD=jwt(end))
    idaas.vendor.desk.tokens = {jwt(end), NEW}
    assert idaas.plan().plan.notes == ("bearer token 1 expires on 2026-12-01, as the token itself says",)


def test_validity_period_is_warned_of_by_check_plan_and_apply(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    last = datetime.now(UTC).date() + timedelta(days=5)
    target = f'auth: {{bearer: [{{token: "${{OLD}}", expires: {last}}}, "${{NEW}}"]}}'
    with SandboxStore() as store, running_sandbox(create_platform(store, "alibaba-idaas", OLD)) as url:
        monkeypatch.setenv("OLD", OLD)
        monkeypatch.setenv("NEW", NEW)
        house = House(tmp_path, capsys)
        house.write("targets.yaml", f"targets:\n  there:\n    platform: alibaba-idaas\n    url: {url}\n    {target}\n")
        house.write("people.yaml", PEOPLE)
        for command in (("check",), ("plan",), ("apply", "--yes")):
            ran = house.run(*command)
            assert ran.code == 0, ran.err
            assert f"bearer token 1 expires on {last}" in ran.out + ran.err, command
            assert OLD not in ran.out + ran.err
