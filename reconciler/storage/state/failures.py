"""What a database says when it fails, as a sentence with what to do."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator

DAMAGED = (
    "is damaged ({problem}); put a copy of it back, or move it away: "
    "the next apply then begins an empty one and knows only what it matches"
)
UNWRITABLE = (
    "cannot be written ({problem}); make the file and its directory writable for this user, "
    "or name another store (--state, RECONCILER_STATE)"
)
INACCESSIBLE = "cannot be opened ({problem}); make the file and its directory accessible for this user"
IN_USE = "is in use by another run ({problem}); try again when that has ended"
UNUSABLE = "cannot be used ({problem}); check the URL, the database server and the rights of its user"

# By the beginning of SQLite's own error names, https://www.sqlite.org/rescode.html
SQLITE_SENTENCES = {
    "SQLITE_BUSY": IN_USE,
    "SQLITE_LOCKED": IN_USE,
    "SQLITE_READONLY": UNWRITABLE,
    "SQLITE_PERM": UNWRITABLE,
    "SQLITE_CANTOPEN": INACCESSIBLE,
    "SQLITE_AUTH": INACCESSIBLE,
    "SQLITE_FULL": "cannot be written ({problem}); make room on the disk and run again",
    "SQLITE_IOERR": "cannot be read or written ({problem}); check the disk or the network file system",
}


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turns database errors into `RunError`s that name the store, and none of the values that were stored."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise RunError(f"state store {place} {sentence(error)}") from error
    except UnicodeEncodeError as error:
        raise RunError(f"state store {place}: a key or id is not valid Unicode and cannot be stored") from error


def sentence(error: SQLAlchemyError | sqlite3.Error) -> str:
    cause = (error.orig or error) if isinstance(error, DBAPIError) else error
    problem = next(iter(str(cause).splitlines()), type(cause).__name__)
    return _pattern(cause).format(problem=problem)


def _pattern(cause: BaseException) -> str:
    if not isinstance(cause, sqlite3.Error):
        return UNUSABLE
    name = getattr(cause, "sqlite_errorname", "")
    return next((text for prefix, text in SQLITE_SENTENCES.items() if name.startswith(prefix)), DAMAGED)
