"""PostgreSQL for the tests: one throwaway server for each run of pytest, an empty database for each test."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

USER = "reconciler"
PASSWORD = "a-password-for-tests"
STARTS = 3
"""Somebody else may take the free port first."""

# Nothing of it has to outlive the tests. Small buffers: they are memory of a small machine.
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "jit=off",
    "shared_buffers=16MB",
    "max_connections=60",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
)


@dataclass(frozen=True)
class Postgres:
    """A server on a port of this machine's loopback address; `home` is all that it has on disk."""

    home: Path
    port: int

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database that nobody else has, dropped afterwards with whoever is still connected."""
        name = f"state_{uuid4().hex}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield self.url(name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        import psycopg

        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One server for all workers of a run: the first one starts it, the last one stops it."""
    initdb, pg_ctl = find_binary("initdb"), find_binary("pg_ctl")
    if initdb is None or pg_ctl is None:
        missing("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    if find_spec("psycopg") is None:
        missing("psycopg is not installed (pip install -e '.[dev]')")
    home = Path(tempfile.gettempdir()) / f"{_prefix()}{os.environ.get('PYTEST_XDIST_TESTRUNUID', uuid4().hex)}"
    with _users_file(home).open("w") as users:
        with _one_at_a_time():
            fcntl.flock(users, fcntl.LOCK_SH)
            _sweep(pg_ctl)
            if not home.exists():
                _start(home, initdb, pg_ctl)
        try:
            yield Postgres(home, _port_of(home))
        finally:
            with _one_at_a_time():
                _stop_if_unused(home, users, pg_ctl)


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The URL of an empty database, with its password."""
    with postgres_server.database() as url:
        yield url


class Stores:
    """Where the state stores of tests are that do not say it themselves: PostgreSQL has a database for each folder."""

    def __init__(self) -> None:
        self._server: Postgres | None = None
        self._databases = ExitStack()
        self._urls: dict[Path, str] = {}

    def url(self, folder: Path) -> str | None:
        """None where the commands' own default will do, which is SQLite."""
        if self._server is None:
            return None
        if folder not in self._urls:
            self._urls[folder] = self._databases.enter_context(self._server.database())
        return self._urls[folder]

    def used(self, folder: Path) -> str | None:
        """The URL of a folder's database; None where it has none."""
        return self._urls.get(folder)

    @contextmanager
    def on(self, server: Postgres) -> Iterator[None]:
        self._server = server
        try:
            yield
        finally:
            self._server = None
            self._urls.clear()
            self._databases.close()


STORES = Stores()


@pytest.fixture(autouse=True)
def stores(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test's own stores are on PostgreSQL under `--state-on postgresql`."""
    if request.config.getoption("--state-on") == "sqlite" or "on_both" in request.fixturenames:
        yield
        return
    with STORES.on(request.getfixturevalue("postgres_server")):
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def on_both(request: pytest.FixtureRequest) -> Iterator[None]:
    """For tests that show each time that the database makes no difference."""
    if request.param == "sqlite":
        yield
        return
    with STORES.on(request.getfixturevalue("postgres_server")):
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a state store that does not exist yet: in each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


def find_binary(name: str) -> str | None:
    """PostgreSQL's server programs are seldom on the PATH."""
    places = sorted(Path("/usr").glob("lib/postgresql/*/bin"), reverse=True) + sorted(Path("/usr").glob("pgsql-*/bin"))
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)]))


def missing(reason: str) -> NoReturn:
    """Fails the test under CI=true, skips it elsewhere."""
    sentence = f"the state store's tests on PostgreSQL need a server: {reason}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def _prefix() -> str:
    return f"reconciler-postgres-{os.getuid()}-"


def _users_file(home: Path) -> Path:
    """Whoever uses the server holds a shared lock on it, and loses that however the process ends."""
    return home.with_name(f"{home.name}.users")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / f"{_prefix()}lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(pg_ctl: str) -> None:
    """Stops what runs that were killed left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{_prefix()}*.users"):
        with left.open("w") as users:
            _stop_if_unused(left.with_suffix(""), users, pg_ctl)


def _stop_if_unused(home: Path, users: IO[str], pg_ctl: str) -> None:
    """Gives `users` up."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(users, fcntl.LOCK_UN)
        return
    if home.exists():
        _run(home, pg_ctl, "-D", "data", "-w", "-m", "immediate", "stop", check=False)
        shutil.rmtree(home, ignore_errors=True)
    _users_file(home).unlink(missing_ok=True)


def _start(home: Path, initdb: str, pg_ctl: str) -> None:
    home.mkdir(0o700)
    if os.geteuid() == 0:
        shutil.chown(home, "nobody")
    (home / "password").write_text(PASSWORD)
    (home / "password").chmod(0o644)
    access = ("-A", "scram-sha-256", "-U", USER, "--pwfile", "password")
    _run(home, initdb, "-D", "data", "-E", "UTF8", "--no-sync", *access)
    for left in reversed(range(STARTS)):
        options = f"-p {_free_port()} " + " ".join(f"-c {each}" for each in SETTINGS)
        done = _run(home, pg_ctl, "-D", "data", "-w", "-o", options, "-l", "log", "start", check=left == 0)
        if done.returncode == 0:
            return


def _run(home: Path, *command: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    """PostgreSQL refuses to run as root."""
    other: dict[str, Any] = {}
    if os.geteuid() == 0:
        other = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
    return subprocess.run(command, check=check, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **other)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _port_of(home: Path) -> int:
    """Fourth line, https://www.postgresql.org/docs/current/storage-file-layout.html"""
    return int((home / "data" / "postmaster.pid").read_text().splitlines()[3])
