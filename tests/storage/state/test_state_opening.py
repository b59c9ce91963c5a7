"""Opening a store: what is made, what is left alone, and what a person is told."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.core.known import Known, Learnt, Lesson, Origin
from reconciler.core.resources import Kind
from reconciler.errors import RunError, UsageError
from reconciler.storage.state.nothing import NoState
from reconciler.storage.state.opening import open_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ALICE = Known(Kind.USER, "alice", "1", Origin.CREATED)


@pytest.fixture
def shared_directory() -> Iterator[Path]:
    """A directory that other users can reach, unlike pytest's own."""
    directory = Path(tempfile.mkdtemp(prefix="state"))
    directory.chmod(0o755)
    yield directory
    directory.chmod(0o755)
    shutil.rmtree(directory)


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Permissions mean nothing to root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def written(path: Path | str, known: Sequence[Known] = (ALICE,)) -> str:
    with closing(open_state(f"sqlite:///{path}", create=True)) as state:
        state.record("prod", list(known))
    return f"sqlite:///{path}"


@pytest.mark.parametrize("create", [True, False])
def test_without_a_store_nothing_is_known_and_nothing_kept(create: bool) -> None:
    state = open_state("none", create=create)
    state.bind("prod", "a")
    state.record("prod", [ALICE])
    state.learn("prod", [Learnt(Lesson.NOT_KEPT, Kind.USER, "title", "", date(2026, 9, 1))])
    state.forget("prod", Kind.USER, "alice")
    assert (
        state.lineage,
        state.fingerprint("prod"),
        state.known("prod"),
        state.learnt("prod", date.min),
    ) == (
        "none",
        None,
        [],
        [],
    )
    state.close()


def test_a_missing_store_is_empty_for_a_plan_and_not_made(state_url: str, tmp_path: Path) -> None:
    with closing(open_state(state_url, create=False)) as state:
        assert isinstance(state, NoState)
        assert state.lineage == "none"
    assert list(tmp_path.iterdir()) == []


def test_an_apply_makes_the_directory_and_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "state.db"
    with closing(open_state(f"sqlite:///{path}", create=True)):
        assert path.stat().st_mode & 0o777 == 0o600
        for beside in path.parent.iterdir():
            assert beside.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == ["state.db"]


def test_a_path_may_be_relative_and_hold_any_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written("ärger %20#1/state db")
    assert (tmp_path / "ärger %20#1" / "state db").is_file()


def test_commits_are_durable(tmp_path: Path) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    with (
        closing(open_state(written(tmp_path / "state.db"), create=True)) as state,
        state._writer.begin() as connection,
    ):
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    assert found == expected


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    url = written(tmp_path / "state.db")
    with (
        closing(open_state(url, create=True)) as state,
        state._writer.begin(),
        closing(open_state(url, create=False)) as reader,
    ):
        assert reader.known("prod") == [ALICE]


def test_a_plan_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    url = written(path)
    before = path.read_bytes()
    with closing(open_state(url, create=False)) as state:
        assert state.known("prod") == [ALICE]
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["state.db"]


def test_a_store_in_a_directory_that_cannot_be_written_is_readable(
    shared_directory: Path, request: pytest.FixtureRequest
) -> None:
    path = shared_directory / "state.db"
    url = written(path)
    path.chmod(0o444)
    shared_directory.chmod(0o555)
    request.getfixturevalue("ordinary_user")
    with closing(open_state(url, create=False)) as state:
        assert state.known("prod") == [ALICE]


def test_what_another_run_has_just_written_is_never_left_out(
    shared_directory: Path, request: pytest.FixtureRequest
) -> None:
    path = shared_directory / "state.db"
    with closing(open_state(f"sqlite:///{path}", create=True)) as state:
        state.record("prod", [ALICE])
        path.chmod(0o444)
        shared_directory.chmod(0o555)
        request.getfixturevalue("ordinary_user")
        try:
            with closing(open_state(f"sqlite:///{path}", create=False)) as reader:
                assert reader.known("prod") == [ALICE]
        except RunError as error:
            assert "for this user" in str(error)  # noqa: PT017  either way is right, an empty store is not
        if os.getuid() == 0:
            os.seteuid(0)


@pytest.mark.parametrize("exists", [True, False])
def test_an_apply_finds_out_at_once_that_it_cannot_write(
    shared_directory: Path, request: pytest.FixtureRequest, exists: bool
) -> None:
    path = shared_directory / "state.db"
    if exists:
        written(path)
        path.chmod(0o444)
    shared_directory.chmod(0o555)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(RunError, match=r"state\.db cannot be written \(.*writable for this user"):
        open_state(f"sqlite:///{path}", create=True)


def test_an_apply_needs_the_directory_of_the_file_as_well(
    shared_directory: Path, request: pytest.FixtureRequest
) -> None:
    path = shared_directory / "state.db"
    written(path)
    path.chmod(0o666)
    shared_directory.chmod(0o555)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(RunError, match=r"state\.db cannot be (written|opened) \(.* for this user"):
        open_state(f"sqlite:///{path}", create=True)


def test_a_store_that_cannot_be_seen_is_not_taken_for_a_missing_one(
    shared_directory: Path, request: pytest.FixtureRequest
) -> None:
    url = written(shared_directory / "state.db")
    shared_directory.chmod(0o000)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(RunError, match=r"state\.db cannot be opened \(Permission denied\)"):
        open_state(url, create=False)


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"file/state\.db cannot be written \("):
        open_state(f"sqlite:///{tmp_path / 'file' / 'state.db'}", create=True)
    with pytest.raises(RunError, match=r"cannot be written \(Is a directory\)"):
        open_state(f"sqlite:///{tmp_path}", create=True)


def test_a_second_opening_leaves_the_first_its_place_beside_other_processes(tmp_path: Path) -> None:
    """Another process that closes the file as if it were alone would take the log of everybody else away."""
    url = f"sqlite:///{tmp_path / 'state.db'}"
    elsewhere = (
        "import sys; from reconciler.storage.state.opening import open_state;"
        "store = open_state(sys.argv[1], create=True); store.bind('elsewhere', '1'); store.close()"
    )
    with closing(open_state(url, create=True)) as first:
        first.bind("there", "1")
        open_state(url, create=True).close()
        subprocess.run([sys.executable, "-c", elsewhere, url], check=True, timeout=60)
        assert (tmp_path / "state.db-wal").exists()
        assert first.fingerprint("elsewhere") == "1"
        first.bind("there", "2")
        with closing(open_state(url, create=False)) as second:
            assert (second.fingerprint("there"), second.fingerprint("elsewhere")) == ("2", "1")


@pytest.mark.parametrize("create", [True, False])
def test_a_file_of_something_else_is_refused(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"users:\n  alice: {}\n" * 400)
    with pytest.raises(RunError, match=r"state\.db is damaged \(file is not a database\); put a copy of it back"):
        open_state(f"sqlite:///{path}", create=create)
    assert path.read_bytes() == b"users:\n  alice: {}\n" * 400


@pytest.mark.parametrize("create", [True, False])
def test_the_database_of_something_else_is_refused(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
    with pytest.raises(RunError, match=r"other\.db: this database holds something else"):
        open_state(f"sqlite:///{path}", create=create)


def test_a_damaged_page_is_reported_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    url = written(path, [Known(Kind.USER, f"u{n}", f"{n}", Origin.CREATED, name="x" * 200) for n in range(200)])
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    with (
        pytest.raises(RunError, match=r"state\.db is damaged"),
        closing(open_state(url, create=False)) as state,
    ):
        state.known("prod")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE objects SET applied = '[1]'",
        "UPDATE objects SET origin = 'found'",
        "UPDATE objects SET applied = '{'",
        "DROP TABLE objects",
    ],
)
def test_rows_that_were_never_written_so_are_reported(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "state.db"
    url = written(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    with (
        closing(open_state(url, create=False)) as state,
        pytest.raises(RunError, match=r"state\.db is damaged"),
    ):
        state.known("prod")


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch()
    assert isinstance(open_state(f"sqlite:///{path}", create=False), NoState)
    written(path)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=ro",
        "mysql://x/y",
        "state.db",
        "",
        "postgresql://user:hunter2@host:port/db",
    ],
)
def test_urls_of_another_form_are_wrong_usage(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        open_state(url, create=True)
    assert "hunter2" not in str(raised.value)


def test_a_missing_driver_is_named_with_its_extra() -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from reconciler.storage.state.opening import open_state\n"
        "try: open_state('postgresql://ann:hunter2@db.example/state', create=False)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == (
        "RunError state store postgresql://db.example/state needs the PostgreSQL driver; "
        "pip install 'scim-reconciler[postgres]'\n"
    )


def test_a_server_that_is_not_there_is_reported_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(
        RunError, match=r"state store postgresql://localhost/state cannot be used \(.*check the URL"
    ) as raised:
        open_state(f"postgresql://ann:hunter2@localhost/state?host={tmp_path}", create=True)
    assert "hunter2" not in str(raised.value)
