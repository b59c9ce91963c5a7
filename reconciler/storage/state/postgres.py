"""PostgreSQL databases as state stores, through psycopg."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError

from reconciler.errors import RunError, UsageError

SCHEMA_LOCK = 7_322_643
"""Any number, the same in every version: keeps two first runs from making the tables at once."""


def parse(url: str) -> URL:
    """Raises `UsageError` without repeating the URL, which may hold a password."""
    try:
        return make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise UsageError("the state store's postgresql:// URL cannot be read") from error


def place(url: URL) -> str:
    """The URL as errors name it: no user, no password, no options."""
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or ''}{port}/{url.database or ''}"


def engines(url: URL, *, writable: bool) -> tuple[Engine, Engine]:
    """An engine for reading and one for writing: here the same."""
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args=_connect_args(url),
            execution_options={"postgresql_readonly": not writable},
        )
    except ModuleNotFoundError as error:
        raise RunError(
            f"state store {place(url)} needs the PostgreSQL driver; pip install 'scim-reconciler[postgres]'"
        ) from error
    return engine, engine


def lock_schema(connection: Connection) -> None:
    """Until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": SCHEMA_LOCK})


def _connect_args(url: URL) -> dict[str, Any]:
    return {} if "connect_timeout" in url.query else {"connect_timeout": 10}
