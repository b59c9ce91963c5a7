"""What every test can ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

# Beside this file, `servers` is importable in every test: `from servers.faults import ...`.
from databases import on_both, postgres_server, postgres_url, state_url, stores  # noqa: F401  fixtures are found by their names here
from hypothesis import settings
from servers.fixtures import (  # noqa: F401  fixtures are found by their names here
    django_scim2_running,
    django_url,
    sandbox_url,
    scim2_server_running,
    scim_server,
    scimmy_running,
    scimmy_url,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# How long one example takes says more about the machine's other work than about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files instead of comparing")
    parser.addoption(
        "--state-on",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="where the state stores are of tests that do not say it",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with the golden file at a path; `--update-golden` rewrites the file instead."""

    def compare(file: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), f"{file.name}: see --update-golden"

    return compare
