"""The command as a process of its own: in pipes, or on a real terminal that a test types on."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from secrecy import WITNESS

ROOT = Path(__file__).parent.parent
PATIENCE = 45.0

# A session leader that opens a terminal gets it as the one whose Ctrl-C reaches it.
_ON_TERMINAL = (
    "import os, sys; os.close(os.open(os.ttyname(0), os.O_RDWR));"
    "os.execv(sys.executable, [sys.executable, '-m', 'reconciler', *sys.argv[1:]])"
)


def environment(**more: str) -> dict[str, str]:
    """This process's, with the package importable from any directory."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **more}
    WITNESS.read(variables)
    return variables


def run_reconciler(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs to its end without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=cwd,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE,
    )
    WITNESS.hear(done.stdout, done.stderr)
    return done


class Piped(subprocess.Popen[str]):
    """A process whose output is looked through for secrets when the test is."""

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        said = super().communicate(input, timeout)
        WITNESS.hear(*said)
        return said


@contextmanager
def piped(*arguments: str, cwd: Path = ROOT) -> Iterator[Piped]:
    """Runs beside the test, its output in pipes; ended when the test is done with it."""
    process = Piped(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


class Terminal:
    """What is shown on a terminal, and a keyboard."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self._process = process
        self._master = master
        self._shown = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                more = os.read(self._master, 65536)
            except OSError:  # how a terminal says that nobody is on the other side any more
                return
            if not more:
                return
            self._shown += more

    @property
    def raw(self) -> str:
        return self._shown.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """Without what moves the cursor and colours the text."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.raw).replace("\r", "")

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def press_ctrl_c(self) -> None:
        self.type("\x03")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.text or not self.runs, lambda: f"{words!r} was not shown:\n{self.text}")
        assert words in self.text, f"it ended before {words!r} was shown:\n{self.text}"

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def end(self) -> int:
        """The exit code, once the command has ended by itself."""
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code


def wait_until(holds: Callable[[], bool], otherwise: Callable[[], str] = lambda: "it did not happen") -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.005)


@contextmanager
def on_terminal(*arguments: str, cwd: Path = ROOT) -> Iterator[Terminal]:
    """Runs on a terminal of 100 columns; ended when the test is done with it."""
    with _terminal() as (master, slave):
        command: Sequence[str] = [sys.executable, "-c", _ON_TERMINAL, *arguments]
        process = subprocess.Popen(
            command, cwd=cwd, env=environment(), stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)
        with process:
            terminal = Terminal(process, master)
            try:
                yield terminal
            finally:
                process.kill()
                WITNESS.hear(terminal.raw)


@contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    try:
        yield master, slave
    finally:
        os.close(master)
