"""What the tests of this layer share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from workplace import Workplace

PEOPLE = """
users:
  alice: {name: {givenName: Alice, familyName: Nguyen}, title: Boss}
  bob: {name: {givenName: Bob, familyName: Chen}, manager: alice}
  carol: {state: disabled}
groups:
  ops: {displayName: Operations, members: [alice, bob]}
"""


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """A small organisation that nobody has applied yet."""
    return Workplace(tmp_path, PEOPLE)


@pytest.fixture
def applied(place: Workplace) -> Workplace:
    """The same, applied; the log of requests begins afterwards."""
    place.apply()
    place.server.log.clear()
    return place


@pytest.fixture
def make_place(tmp_path: Path) -> Callable[..., Workplace]:
    """An organisation from other manifests."""

    def make(people: str, **more: Any) -> Workplace:
        return Workplace(tmp_path, people, **more)

    return make
