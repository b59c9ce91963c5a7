"""The servers as fixtures: each process starts once per session; each test finds its server empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from servers.conformance import Server, django_server, sandbox_server, scimmy_server

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVERS = ("scim2-server", "scimmy", "django-scim2")


@pytest.fixture(scope="session")
def scim2_server_running() -> Iterator[Server]:
    with sandbox_server() as server:
        yield server


@pytest.fixture(scope="session")
def scimmy_running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with scimmy_server(tmp_path_factory.mktemp("scimmy")) as server:
        yield server


@pytest.fixture(scope="session")
def django_scim2_running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with django_server(tmp_path_factory.mktemp("django")) as server:
        yield server


@pytest.fixture(params=SERVERS)
def scim_server(request: pytest.FixtureRequest) -> Server:
    """Each of the three servers in turn, empty."""
    server: Server = request.getfixturevalue(f"{request.param.replace('-', '_')}_running")
    server.reset()
    return server


@pytest.fixture
def sandbox_url(scim2_server_running: Server) -> str:
    """The base URL of an empty sandbox; its token is `servers.conformance.TOKEN`, as that of the others."""
    scim2_server_running.reset()
    return scim2_server_running.url


@pytest.fixture
def scimmy_url(scimmy_running: Server) -> str:
    scimmy_running.reset()
    return scimmy_running.url


@pytest.fixture
def django_url(django_scim2_running: Server) -> str:
    django_scim2_running.reset()
    return django_scim2_running.url
