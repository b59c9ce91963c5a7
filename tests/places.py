"""A house with one target, and the server that it is on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from databases import STORES
from house import House
from servers.conformance import Server
from servers.faulty import FaultyServer

PEOPLE = """
    users:
      alice: {title: Boss}
      bob: {title: Engineer}
    groups:
      ops: {displayName: Operations, members: [alice, bob]}
"""
TARGET = """
    targets:
      there:
        environment: production
        platform: generic
        url: ${URL_THERE}
        auth: {bearer: "${TOKEN_THERE}"}
"""


@dataclass(frozen=True)
class Place:
    """A house and the server that its one target is on."""

    house: House
    faults: FaultyServer
    server: Server

    @property
    def state(self) -> Path:
        return self.house.root / ".reconciler" / "state.db"

    @property
    def state_url(self) -> str:
        return STORES.url(self.house.root) or f"sqlite:///{self.state}"

    @property
    def remembered(self) -> list[str] | None:
        """Every record of the state store; None where nothing was ever recorded."""
        if not self.state.exists():
            return None
        with closing(sqlite3.connect(self.state)) as store:
            recorded = store.execute("SELECT lineage FROM meta").fetchone() != (None,)
            return [line for line in store.iterdump() if line.startswith("INSERT")] if recorded else None

    def user_names(self) -> set[str]:
        with self.server.client() as client:
            rows = client.get("/Users", params={"count": 1000}).json()["Resources"]
        return {each["userName"] for each in rows}
