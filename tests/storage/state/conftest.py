"""Databases for the state store's tests: a fresh SQLite file, or one of a private PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from reconciler.storage.state.opening import open_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.storage.state.store import SqlState


def find_binary(name: str) -> str | None:
    """PostgreSQL's server programs are seldom on the PATH."""
    places = sorted(Path("/usr").glob("lib/postgresql/*/bin"), reverse=True) + sorted(Path("/usr").glob("pgsql-*/bin"))
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)]))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The directory of the socket of a server that lives as long as the tests and listens nowhere else."""
    initdb, pg_ctl = find_binary("initdb"), find_binary("pg_ctl")
    if not (initdb and pg_ctl):
        pytest.skip("no PostgreSQL server is installed")
    if find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed (the extra `postgres`)")
    # PostgreSQL refuses to run as root, and its socket path must be short.
    other_user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    home = Path(tempfile.mkdtemp(prefix="pg"))
    if other_user:
        shutil.chown(home, "nobody")
    data, options = home / "data", f"-F -k {home} -c listen_addresses="

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd=home, stdout=subprocess.DEVNULL, **other_user)

    try:
        run(initdb, "-D", str(data), "-A", "trust", "-U", "reconciler", "-E", "UTF8", "--no-sync")
        run(pg_ctl, "-D", str(data), "-w", "-o", options, "-l", str(home / "log"), "start")
        try:
            yield home
        finally:
            run(pg_ctl, "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def new_database(socket: Path) -> str:
    import psycopg

    name = f"state_{uuid4().hex}"
    with closing(
        psycopg.connect(host=str(socket), user="reconciler", dbname="postgres", autocommit=True)
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://reconciler@/{name}?host={socket}"


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return new_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
def state(state_url: str) -> Iterator[SqlState]:
    with closing(open_state(state_url, create=True)) as store:
        yield store
