"""A sandbox of a test's own whose misbehaviour can be told and whose requests can be counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House
from places import Place
from secrecy import pytest_runtest_call, pytest_runtest_setup  # noqa: F401  hooks are found by their names here
from servers.conformance import TOKEN, Server
from servers.faulty import FaultyServer

from reconciler.sandbox import SandboxStore, create_app, running_sandbox


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An empty sandbox over real HTTP; `TOKEN_THERE` and `URL_THERE` hold what reaches it."""
    with SandboxStore() as store:
        faults = FaultyServer(create_app(store, TOKEN))
        with running_sandbox(faults) as url:
            monkeypatch.setenv("TOKEN_THERE", TOKEN)
            monkeypatch.setenv("URL_THERE", url)
            yield Place(House(tmp_path, capsys), faults, Server("sandbox", url))
