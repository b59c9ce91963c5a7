"""Faults between the real commands and real servers: what they leave undone, and that the next run makes up for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faults.edits import (
    BEFORE,
    Edited,
    Sight,
    as_the_manifests_say,
    nothing_twice,
    nothing_unasked,
    settle_strangers,
    sight,
)
from faults.troubles import LIES, ON_READS, UNHURRIED, Scene, Trouble, scenes, shown_by, troubles
from house import UNLIMITED, House, target
from hypothesis import Phase, given, settings
from servers.conformance import TOKEN, Server
from servers.faulty import FaultyServer
from servers.relay import Relay

from reconciler.sandbox import running_sandbox

pytestmark = pytest.mark.servers

EDITED = Edited(
    users={
        "u0": "{title: Boss}",
        "u1": "{title: Engineer}",
        "u2": "{state: disabled}",
        "u3": "{state: absent}",
        "u4": "{}",
        "zed": "{}",
        "new": "{}",
    },
    groups={"g": ("u0", "u4", "new"), "theirs": ("u0",), "fresh": ("u1",)},
)
"""u5, u6 and u7 are gone from the manifests, and so is the group h."""


@dataclass
class Line:
    """The real commands, and a server behind a relay that lets faults at them."""

    house: House
    server: Server
    relay: FaultyServer
    url: str

    def declare(self, edited: Edited) -> None:
        self.house.write("people.yaml", edited.text)
        lines = (UNLIMITED, f"lifecycle: {{{edited.lifecycle}}}")
        self.house.write("targets.yaml", target(Server("relay", self.url), *lines))

    def look(self) -> Sight:
        with self.server.client() as client:
            rows = [
                client.get(path, params={"count": 1000}).json().get("Resources") or [] for path in ("/Users", "/Groups")
            ]
            groups = [client.get(f"/Groups/{each['id']}").json() for each in rows[1]]
        return sight(rows[0], groups)

    def known(self) -> set[str]:
        document = self.house.run("state", "list", "--format", "json").json
        return {each["id"] for there in document["targets"] for each in there["objects"] if each["goneSince"] is None}


@contextmanager
def line_to(server: Server, folder: Path, capsys: Any) -> Iterator[Line]:
    """The organisation of before, applied."""
    there = Relay(server)
    relay = FaultyServer(there, there.base_path)
    server.reset()
    with running_sandbox(relay) as url:
        line = Line(House(folder, capsys), server, relay, url)
        with server.client() as client:
            settle_strangers(lambda method, path, body: client.request(method, path, content=json.dumps(body)))
        line.declare(BEFORE)
        line.house.apply()
        relay.log.clear()
        yield line


def run_in(line: Line, scene: Scene) -> None:
    line.declare(scene.edited)
    before, known = line.look(), line.known()
    scene.inject(line.relay)
    planned = line.house.run("plan")
    assert planned.code in {0, 6}, planned.err
    assert line.relay.writes == []
    applied = line.house.run("apply", "--yes")
    assert applied.code in {0, 5, 6}, applied.err
    after = line.look()
    nothing_unasked(before, after, scene.edited, known - shown_by(line.relay))
    nothing_twice(after)
    line.relay.heal()
    line.house.apply()
    line.house.settled()
    done = line.look()
    nothing_twice(done)
    as_the_manifests_say(done, scene.edited)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_THERE", TOKEN)


@pytest.mark.parametrize("kind", ON_READS)
def test_each_fault_of_a_listing(kind: str, scim2_server_running: Server, tmp_path: Path, capsys: Any) -> None:
    with line_to(scim2_server_running, tmp_path, capsys) as line:
        trouble = [Trouble("/Users pages", kind, 1, None), Trouble("/Groups pages", kind, 0, None)]
        run_in(line, Scene(EDITED, trouble, 2))


@pytest.mark.slow
@settings(max_examples=5, deadline=None, phases=[Phase.reuse, Phase.generate], suppress_health_check=UNHURRIED)
@given(scene=scenes(troubles("pages", LIES)))
def test_random_faults_of_each_server(scim_server: Server, tmp_path_factory: Any, capsys: Any, scene: Scene) -> None:
    with line_to(scim_server, tmp_path_factory.mktemp("house"), capsys) as line:
        run_in(line, scene)
