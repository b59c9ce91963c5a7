"""The tables as the present schema version has them. `migrations` makes them; a test compares the two."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()

META = Table(
    "meta",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row, 1
    Column("lineage", Text),  # null until something is recorded
    Column("schema_version", Integer, nullable=False),
    Column("created_at", Text, nullable=False),  # ISO 8601, UTC
)

ENDPOINTS = Table(
    "endpoints",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
)

# Reading is by target, which the primary key and the unique constraint begin with: no other index is needed.
OBJECTS = Table(
    "objects",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key_folded", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("applied", Text, nullable=False),  # a JSON object
    Column("last_seen_desired", Date),
    Column("gone_since", Date),
    UniqueConstraint("target", "kind", "remote_id"),
)

LESSONS = Table(
    "lessons",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("lesson", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("key", Text, primary_key=True),  # "" for what holds for every object
    Column("value", Text, nullable=False),
    Column("day", Date, nullable=False),
)

EMERGENCIES = Table(
    "emergencies",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("key_folded", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("since", Date, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("id", Text, primary_key=True),  # begins with the time, so that it sorts by it
    Column("started", Text, nullable=False),  # ISO 8601, UTC
    Column("ended", Text),
    Column("plan_sha256", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("counts", Text, nullable=False),  # a JSON object
    Column("exit_code", Integer),
)
