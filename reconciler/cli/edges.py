"""The clock and the environment, as the inner layers see them."""

from __future__ import annotations

import getpass
import os
import socket
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from reconciler.core.locks import Owner

LARGEST_SECRET = 64 * 1024


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Environment:
    """`${NAME}` from this process's environment, `${file:PATH}` relative to the directory above the manifests."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def variable(self, name: str) -> str | None:
        return os.environ.get(name)

    def file(self, path: str) -> str | None:
        try:
            with (self._base / path).open(encoding="utf-8") as secret:
                return secret.read(LARGEST_SECRET).rstrip("\r\n")
        except (OSError, ValueError):
            return None


class SystemProcesses:
    """The processes of this machine, or of this container: they see each other by their numbers."""

    def __init__(self) -> None:
        self._machine = sha256("\n".join(_identity()).encode()).hexdigest()[:16]

    def owner(self) -> Owner:
        token = f"{self._machine}/{os.getpid()}/{uuid4().hex}"
        return Owner(token, f"{_user()}@{socket.gethostname()}, process {os.getpid()}")

    def has_ended(self, token: str) -> bool:
        machine, _, rest = token.partition("/")
        number = rest.partition("/")[0]
        if machine != self._machine or not number.isdecimal():
            return False
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):
            return False
        return False


def _identity() -> list[str]:
    """What two processes have in common that know each other's numbers: containers share a host's name, not these."""
    found = [socket.gethostname()]
    for path in ("/proc/sys/kernel/random/boot_id", "/etc/machine-id"):
        try:
            found.append(Path(path).read_text(encoding="utf-8").strip())
        except OSError:
            found.append("")
    try:
        found.append(os.readlink("/proc/self/ns/pid"))  # noqa: PTH115  it leads to no file
    except OSError:
        found.append("")
    return found


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
