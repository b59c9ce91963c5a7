"""A house with one target, and the server that it is on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from house import House
from servers.conformance import Server
from servers.faulty import FaultyServer


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
    def remembered(self) -> bytes | None:
        """The state store's bytes; None where there is none yet."""
        return self.state.read_bytes() if self.state.exists() else None

    def user_names(self) -> set[str]:
        with self.server.client() as client:
            rows = client.get("/Users", params={"count": 1000}).json()["Resources"]
        return {each["userName"] for each in rows}
