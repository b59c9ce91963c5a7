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

# How many objects each scope and rule selected at the last apply.
SELECTIONS = Table(
    "selections",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("what", Text, primary_key=True),  # scope or rule
    Column("name", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("day", Date, nullable=False),
)

# Times in the tables below are ISO 8601, UTC.
LOCKS = Table(
    "locks",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("token", Text, nullable=False),  # of the run that holds it
    Column("holder", Text, nullable=False),  # for people
    Column("since", Text, nullable=False),
    Column("beat", Text, nullable=False),
    Column("expires", Text, nullable=False),
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("run", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("remote_id", Text),
    Column("intent", Text, nullable=False),  # a JSON object without secrets
    Column("before", Text),  # a JSON object: what the operation replaced
    Column("detail", Text, nullable=False),
    Column("status", Integer),
    Column("at", Text, nullable=False),
)

FAILURES = Table(
    "failures",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key_folded", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of what was tried, and on what
    Column("attempts", Integer, nullable=False),
    Column("first_at", Text, nullable=False),
    Column("last_at", Text, nullable=False),
    Column("next_at", Text, nullable=False),
    Column("status", Integer),
    Column("detail", Text, nullable=False),
)
