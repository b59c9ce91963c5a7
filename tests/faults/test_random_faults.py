"""Whatever goes wrong while a target is read, and whatever the manifests say by then: nothing happens that they did not
ask for, and once the fault is gone the next run does what they ask.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faults.edits import (
    BEFORE,
    as_the_manifests_say,
    nothing_twice,
    nothing_unasked,
    settle_strangers,
    sight,
)
from faults.troubles import BROKEN, LIES, UNHURRIED, Scene, scenes, shown_by, troubles
from house import UNLIMITED
from hypothesis import given, settings
from workplace import Workplace

from reconciler.errors import EndpointError
from reconciler.sandbox import SandboxStore, create_app


@dataclass
class World:
    """The organisation as it was applied, to be copied for each example."""

    folder: Path

    @contextmanager
    def copy(self) -> Iterator[Workplace]:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("state.db", "there.db"):
                shutil.copy(self.folder / name, Path(folder) / name)
            with open_place(Path(folder)) as place:
                yield place


@contextmanager
def open_place(folder: Path) -> Iterator[Workplace]:
    """What is there stays in `there.db`, what we know of it in `state.db`."""
    with SandboxStore(folder / "there.db") as store:
        state = f"sqlite:///{folder / 'state.db'}"
        yield Workplace(folder, BEFORE.text, [UNLIMITED], state=state, app=create_app(store))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    with open_place(folder) as place:
        settle_strangers(place.call)
        place.apply()
        place.settled()
    return World(folder)


def look(place: Workplace) -> Any:
    return sight(place._rows("/Users"), place._rows("/Groups"))


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=UNHURRIED)
@given(scenes(troubles("pages", LIES)))
def test_what_a_listing_does_not_show_is_not_gone(world: World, scene: Scene) -> None:
    with world.copy() as place:
        run_in(place, scene)


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=UNHURRIED)
@given(scenes(troubles("pages", LIES), BROKEN) | scenes(BROKEN, BROKEN))
def test_nothing_happens_that_nobody_asked_for(world: World, scene: Scene) -> None:
    with world.copy() as place:
        run_in(place, scene)


def run_in(place: Workplace, scene: Scene) -> None:
    before, known = look(place), {each.id for each in place.known.values()}
    place.people = scene.edited.text
    place.target = [UNLIMITED, f"lifecycle: {{{scene.edited.lifecycle}}}"]
    scene.inject(place.server)
    with suppress(EndpointError):
        place.apply()
    after = look(place)
    nothing_unasked(before, after, scene.edited, known - shown_by(place.server))
    nothing_twice(after)
    place.server.heal()
    place.apply()
    done = look(place)
    nothing_twice(done)
    place.settled()
    as_the_manifests_say(done, scene.edited)
