"""Laws over every platform: random manifests, random edits of them, random deeds in the console."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from branches import Branch, branch
from platforms.deeds import do_something
from platforms.laws import all_is_there, run
from platforms.worlds import GROUPS_GO, PLATFORMS, ROOM, World

pytestmark = pytest.mark.parametrize("platform", PLATFORMS)

SEEDS = range(2)
ROUNDS = 4


def place_of(folder: Path, platform: str, seed: int) -> tuple[Branch, World]:
    world = World(Random(seed))  # noqa: S311  reproducible on purpose
    world.grow()
    lines = (ROOM, GROUPS_GO) if seed % 2 else (ROOM,)
    return branch(folder, platform, world.text, *lines), world


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_manifests_say_next_one_apply_is_enough(tmp_path: Path, platform: str, seed: int) -> None:
    place, world = place_of(tmp_path, platform, seed)
    for _ in range(ROUNDS):
        run(place, world)
        all_is_there(place, world)
        world.edit()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_somebody_does_in_the_console_it_converges(tmp_path: Path, platform: str, seed: int) -> None:
    place, world = place_of(tmp_path, platform, seed)
    run(place, world)
    for _ in range(ROUNDS):
        deed = do_something(place, world.rng)
        plan = place.plan().plan
        if deed.shows:
            rows = {each.key for each in (*plan.operations, *plan.withheld, *plan.held)}
            assert deed.shows & rows, (deed, rows)
        else:
            assert plan.operations == (), deed
        if world.rng.random() < 0.5:
            world.edit(2)
        run(place, world)
