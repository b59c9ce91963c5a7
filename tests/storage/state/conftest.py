"""A store that was just made, on each kind of database."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from reconciler.storage.state.opening import open_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.storage.state.store import SqlState


@pytest.fixture
def state(state_url: str) -> Iterator[SqlState]:
    with closing(open_state(state_url, create=True)) as store:
        yield store
