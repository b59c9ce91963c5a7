"""Finding one user on a target without a listing: by the recorded id, else by what matches, else by userName."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.comparing.attributes import EXTERNAL_ID, USER_NAME, AttributeView, is_empty
from reconciler.core.deciding.matching import still_itself, values_at
from reconciler.core.desired.catalog import Catalog
from reconciler.core.known import Known
from reconciler.core.manifests.choices import Adopt
from reconciler.core.mapping.platform_values import PlatformFitter
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import DesiredUser, Kind, LiveResource
from reconciler.errors import ManifestError


@dataclass(frozen=True, slots=True)
class Sought:
    """A user as the manifests map it and as it was recorded, each None where they do not know it.

    `others`: ids that are recorded as somebody else's, with their keys.
    """

    wanted: Wanted | None
    record: Known | None
    others: Mapping[str, str]

    @property
    def sides(self) -> list[Mapping[str, Any]]:
        """Values that the user may be found by, those of today first."""
        sides: list[Mapping[str, Any]] = []
        if self.wanted is not None:
            sides += [self.wanted.values, *self.wanted.earlier]
        if self.record is not None:
            sides.append({USER_NAME: self.record.name, **self.record.applied})
        return sides


def entry_of(key: str, catalog: Catalog) -> DesiredUser | None:
    """The user of the manifests who has a key, or had it before, without regard to case."""
    folded = key.casefold()
    users = catalog.desired.users.values()
    now = (each for each in users if each.key.casefold() == folded)
    before = (each for each in users if folded in {old.casefold() for old in each.previously})
    return next(now, None) or next(before, None)


def seek(key: str, catalog: Catalog, target: Target, known: Iterable[Known]) -> Sought:
    """What is known of a user on a target. An entry that cannot be mapped counts for nothing."""
    entry = entry_of(key, catalog)
    names = {each.casefold() for each in (key, *((entry.key, *entry.previously) if entry is not None else ()))}
    users = [each for each in known if each.kind is Kind.USER]
    mine = [each for each in users if each.key.casefold() in names]
    record = next((each for each in mine if entry is not None and each.key.casefold() == entry.key.casefold()), None)
    others = {each.id: each.key for each in users if each.key.casefold() not in names}
    return Sought(_mapped(entry, catalog, target), record or next(iter(mine), None), others)


def _mapped(entry: DesiredUser | None, catalog: Catalog, target: Target) -> Wanted | None:
    if entry is None:
        return None
    try:
        wanted = catalog.mapped_entry(target, entry)
    except ManifestError:
        return None
    PlatformFitter.of(target, Kind.USER).fit(wanted)
    return wanted


def look_ups(sought: Sought, target: Target, view: AttributeView) -> list[tuple[str, str]]:
    """Attributes and values to look the user up by, the surest first, as far as the platform has filters for them."""
    possible = target.profile.filters.users
    attributes = dict.fromkeys((*target.rules[Kind.USER].match, USER_NAME))
    asked = [each for each in attributes if possible is None or each in possible]
    found = [(path, str(value)) for side in sought.sides for path in asked for value in values_at(side, path, view)]
    return list(dict.fromkeys(found))


def recorded_elsewhere(sought: Sought, live: LiveResource, view: AttributeView) -> str:
    """Why the object with the recorded id may be somebody else by now; "" where it is the user."""
    record = sought.record
    if record is None or still_itself(sought.wanted, record, live, view):
        return ""
    return f"object {live.id}, which is recorded, now bears another userName and externalId: look who it is"


def claimed_elsewhere(sought: Sought, live: LiveResource, target: Target, view: AttributeView) -> str:
    """Why an object that was found by a look-up may be somebody else; "" where it is the user.

    As with an adoption, an externalId of somebody else's counts unless the target's `adopt` says that it does not.
    """
    if live.id in sought.others:
        return f"object {live.id} is recorded as user:{sought.others[live.id]}"
    facts = view[EXTERNAL_ID]
    theirs = facts.read(live.document)
    ours = {facts.comparable(each) for side in sought.sides if not is_empty(each := side.get(EXTERNAL_ID))}
    if is_empty(theirs) or facts.comparable(theirs) in ours or target.settings.ownership.adopt is Adopt.MATCHED:
        return ""
    return f"object {live.id} is claimed by another externalId, {theirs!r}: look who it is"
