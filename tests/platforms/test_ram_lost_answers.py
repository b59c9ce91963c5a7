"""A creation whose answer is lost is ours, also where the platform's policy leaves users of before alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from branches import branch
from servers.faults import On, answer, drop_after

from reconciler.core.known import Origin


@pytest.mark.parametrize("platform", ["alibaba-ram", "volcengine-identity-center"])
def test_in_the_same_run(tmp_path: Path, platform: str) -> None:
    place = branch(tmp_path, platform)
    place.server.inject(On("POST", "*Users", times=1), drop_after())
    place.apply()
    assert {each.origin for each in place.known.values()} == {Origin.CREATED}
    assert place.settled().withheld == ()


@pytest.mark.parametrize("platform", ["alibaba-ram", "volcengine-identity-center"])
def test_in_the_next_run(tmp_path: Path, platform: str) -> None:
    place = branch(tmp_path, platform)
    planned = place.plan()
    place.server.inject(On("POST", "*Users", times=1), drop_after()).inject(On("GET"), answer(400))
    place.apply(planned)
    place.server.heal()
    place.apply()
    assert {each.origin for each in place.known.values()} == {Origin.CREATED}
    assert place.settled().withheld == ()
