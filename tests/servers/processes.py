"""Starting a server's process, waiting until it answers, and ending exactly that process."""

from __future__ import annotations

import os
import re
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_LISTENING = re.compile(r"^listening on (http://\S+)$", re.MULTILINE)
_START_SECONDS = 30
_STOP_SECONDS = 10


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Run a server that prints `listening on URL`; yields that URL. What it prints goes to the file `log`."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        yield _url_of(process, log)
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and insist after ten seconds."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _url_of(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if found := _LISTENING.search(log.read_text()):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
