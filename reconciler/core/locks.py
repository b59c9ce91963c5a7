"""Who works on a target: one run at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

EXPIRY = timedelta(minutes=2)
"""A lock without a sign of life for so long is nobody's. The clocks of everybody who shares a store agree better."""

HEARTBEAT = timedelta(seconds=20)
"""Between two signs of life: several may be missed."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A run that wants a lock: `token` is its own and no other run's, `words` are for people."""

    token: str
    words: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A target in the hands of one run. The times are aware: since when, the last sign of life, when it runs out."""

    target: str
    token: str
    holder: str
    since: datetime
    beat: datetime
    expires: datetime

    @classmethod
    def of(cls, target: str, owner: Owner, now: datetime) -> Lock:
        return cls(target, owner.token, owner.words, now, now, now + EXPIRY)

    def has_run_out(self, now: datetime) -> bool:
        return now >= self.expires


def describe_holder(lock: Lock, now: datetime) -> str:
    """`ann@build-7, process 4711, since 2026-11-21 12:00:03 UTC, last sign of life 5 seconds ago`."""
    quiet = max(0, round((now - lock.beat).total_seconds()))
    ago = "1 second" if quiet == 1 else f"{quiet:,} seconds"
    return f"{lock.holder}, since {lock.since:%Y-%m-%d %H:%M:%S} UTC, last sign of life {ago} ago"
