"""Files are replaced whole or stay as they were."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import RunError
from reconciler.storage.json_files import read_bounded, write_atomically

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("before", [None, b"old"])
def test_the_file_holds_the_data_is_private_and_alone(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "plan.json"
    if before is not None:
        path.write_bytes(before)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_another_mode_can_be_given(tmp_path: Path) -> None:
    write_atomically(tmp_path / "report.json", b"{}", mode=0o644)
    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o644


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_bytes(b"old")
    (tmp_path / "link.json").symlink_to("real.json")
    write_atomically(tmp_path / "link.json", b"new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    received = []
    reader = threading.Thread(target=lambda: received.append(path.read_bytes()))
    reader.start()
    write_atomically(path, b"through")
    reader.join(10)
    assert received == [b"through"]
    assert path.is_fifo()


def test_places_that_cannot_be_written_are_named_and_left_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"missing/plan\.json: cannot be written: No such file or directory"):
        write_atomically(tmp_path / "missing" / "plan.json", b"{}")
    (tmp_path / "directory").mkdir()
    with pytest.raises(RunError, match="directory: cannot be written: Is a directory"):
        write_atomically(tmp_path / "directory", b"{}")
    assert list(tmp_path.iterdir()) == [tmp_path / "directory"]


def test_reading_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(b"x" * 1000)
    assert read_bounded(path, 1000) == b"x" * 1000
    with pytest.raises(RunError, match=r"plan\.json: larger than 999 bytes"):
        read_bounded(path, 999)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"plan\.json: cannot be read: No such file or directory"):
        read_bounded(tmp_path / "plan.json", 10)
    with pytest.raises(RunError, match="cannot be read: Is a directory"):
        read_bounded(tmp_path, 10)
