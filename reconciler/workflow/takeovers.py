"""Telling a new object from one that was there before: some platforms answer a POST with the latter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from reconciler.core.planning.drafts import Draft
from reconciler.core.resources import Kind
from reconciler.platforms.profile import Creation, Profile
from reconciler.scim.lookup import get_ignoring_case

SAME_MOMENT = timedelta(seconds=5)
"""`created` and `lastModified` of a new object may differ by as much."""

SAME_RUN = timedelta(minutes=10)
"""By as much the clocks of a gateway and of what is behind it may differ, and a POST be repeated."""


def creation_of(profile: Profile, kind: Kind) -> Creation:
    """What a POST does where the name is taken."""
    side = profile.users if kind is Kind.USER else profile.groups
    return side.create if side is not None else Creation.NEW


def present_ids(draft: Draft) -> dict[Kind, frozenset[str]]:
    """Ids of everything that was on the target when the plan was made."""
    return {
        kind: frozenset(each.live.id for each in draft.decisions if each.live is not None and each.kind is kind)
        for kind in Kind
    }


def is_older(document: Mapping[str, Any] | None, answered: datetime | None = None) -> bool:
    """Whether an answer to a POST shows an object that was not made just now (RFC 7643 §3.1 `meta`).

    `answered`: when the endpoint says that it answered. An update that changes nothing may leave lastModified alone.
    """
    meta = get_ignoring_case(document or {}, "meta")
    if not isinstance(meta, Mapping):
        return False
    created, modified = (_moment(get_ignoring_case(meta, name)) for name in ("created", "lastModified"))
    return _apart(created, modified) > SAME_MOMENT or _apart(created, answered) > SAME_RUN


def _apart(earlier: datetime | None, later: datetime | None) -> timedelta:
    """How much later; nothing where that cannot be told."""
    if earlier is None or later is None or (earlier.tzinfo is None) != (later.tzinfo is None):
        return timedelta()
    return later - earlier


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
