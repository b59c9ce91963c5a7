"""Who is, or will be, on the target: what references and memberships are resolved against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from reconciler.core.deciding.deltas import Population
from reconciler.core.deciding.matching import Pairs
from reconciler.core.deciding.references import holds_reference, replace_references
from reconciler.core.deciding.situations import Standing
from reconciler.core.known import Known
from reconciler.core.mapping.fitting import Drops
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import Kind, Listing, Ref
from reconciler.core.vocabulary import DropReason


def resolve_references(wanted: Iterable[Wanted], people: Population, drops: Drops) -> None:
    """Replaces each `Ref` by the target's id, in place.

    Somebody whom this plan creates stays a `Ref`; a reference to somebody who is not on the target is not managed.
    """
    for each in wanted:
        for path, value in list(each.values.items()):
            if not holds_reference(value):
                continue
            missing: list[Ref] = []
            resolved = replace_references(value, partial(_resolve, people, missing))
            if missing:
                del each.values[path]
                reason = DropReason.MEMBER_ABSENT if missing[0] in people.absent else DropReason.REFERENCE_NOT_THERE
                drops.add(path, reason, f"{each.ref} → {missing[0]}")
            else:
                each.values[path] = resolved


def _resolve(people: Population, missing: list[Ref], ref: Ref) -> Any:
    if ref in people.ids:
        return people.ids[ref]
    if ref not in people.coming:
        missing.append(ref)
    return ref


@dataclass(frozen=True, slots=True)
class Presence:
    """Who was found, and who is about to be created.

    `strangers`: ids of objects that match and may not be adopted: they are nobody's, and left alone as members.
    `unseen`: recorded ids that were neither listed nor found to be gone; they are left alone as well.
    """

    pairs: Mapping[Kind, Pairs]
    coming: frozenset[Ref]
    strangers: frozenset[str]
    unseen: frozenset[str]
    nested_allowed: bool
    others: Mapping[str, Ref] = field(default_factory=dict)
    """What another target owns or takes over, by id."""


def count_population(
    presence: Presence, wanted: Iterable[Wanted], listings: Mapping[Kind, Listing], known: Iterable[Known]
) -> Population:
    """Everybody by reference and by id, as paired, recorded and about to be created."""
    absent = frozenset(each.ref for each in wanted if each.standing is Standing.ABSENT)
    refs: dict[str, Ref] = {record.id: Ref(record.kind, record.key) for record in known}
    ids: dict[Ref, str] = {}
    for kind, side in presence.pairs.items():
        for id, key in side.taken.items():
            if id in presence.strangers:
                continue
            refs[id] = Ref(kind, key)
            if Ref(kind, key) not in absent:
                ids[Ref(kind, key)] = id
    unreadable = (row.id for listing in listings.values() for row in listing.unreadable if row.id)
    disputed = (side.contested for side in presence.pairs.values())
    contested = presence.strangers.union(presence.unseen, unreadable, *disputed)
    groups = listings.get(Kind.GROUP)
    return Population(
        ids=ids,
        coming=presence.coming,
        absent=absent,
        refs={id: ref for id, ref in refs.items() if id not in contested},
        group_ids=frozenset(each.id for each in groups.resources) if groups else frozenset(),
        contested=contested,
        aliases=_aliases(listings.get(Kind.USER)),
        nested_allowed=presence.nested_allowed,
        others=presence.others,
    )


def _aliases(users: Listing | None) -> dict[str, str]:
    """Some servers list members by userName; a name that is also somebody's id means the id."""
    if users is None:
        return {}
    names = ((each.document.get("userName"), each.id) for each in users.resources)
    return {name.casefold(): id for name, id in names if isinstance(name, str)}
