"""A server's process: started, heard of, and ended."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from servers.processes import end, running

if TYPE_CHECKING:
    from pathlib import Path

LISTENING = "print('listening on http://127.0.0.1:1/', flush=True);"


def test_yields_what_the_server_says_and_ends_it(tmp_path: Path) -> None:
    marker = tmp_path / "alive"
    touching = f"while True: Path({str(marker)!r}).touch(); sleep(.01)"
    code = f"{LISTENING} from time import sleep; from pathlib import Path\n{touching}"
    with running([sys.executable, "-c", code], {}, tmp_path / "log") as url:
        assert url == "http://127.0.0.1:1/"
    marker.unlink(missing_ok=True)
    time.sleep(0.1)
    assert not marker.exists()


def test_a_server_that_ends_at_once_is_an_error_with_what_it_printed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such token')"]
    with pytest.raises(RuntimeError, match="no such token"), running(command, {}, tmp_path / "log"):
        pass


def test_ends_a_process_that_is_gone() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    end(process)
    assert process.returncode == 0
