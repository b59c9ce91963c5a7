"""Plan files and reports on disk: written whole or not at all, read within bounds."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from reconciler.errors import RunError

PRIVATE = 0o600


def write_atomically(path: Path, data: bytes, *, mode: int = PRIVATE) -> None:
    """Replaces the file, or leaves it as it was; durable on return.

    A symbolic link is followed; a device or a pipe (`/dev/stdout`) is written to as it is. Raises `RunError`.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data, mode)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror}") from error


def read_bounded(path: Path, limit: int) -> bytes:
    """The file's content. Raises `RunError` where it cannot be read or has more than `limit` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise RunError(f"{path}: larger than {limit:,} bytes, which no file of this kind is")
    return data


def _replace(path: Path, data: bytes, mode: int) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".reconciler-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    # Without this the rename itself may be lost when the power fails.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
