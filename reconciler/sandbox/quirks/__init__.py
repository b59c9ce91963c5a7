"""In what each platform differs from a plain endpoint: one function for each difference, switched on by its profile.

A quirk stands around the endpoint and sees requests and answers; a rule sees each resource before it is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from reconciler.platforms.profile import (
    AttributeProfile,
    Creation,
    GroupProfile,
    ListingProfile,
    MemberProfile,
    MemberReading,
    Profile,
    Shape,
    UserProfile,
)
from reconciler.sandbox.directory import Directory, Rule
from reconciler.sandbox.exchange import Quirk
from reconciler.sandbox.options import SandboxOptions
from reconciler.sandbox.quirks.creating import create_or_update
from reconciler.sandbox.quirks.credentials import AskCredentials, GiveTokens, TokenDesk
from reconciler.sandbox.quirks.deleting import keep_attached
from reconciler.sandbox.quirks.endpoints import existing_endpoints
from reconciler.sandbox.quirks.errors import exceptions_with_ids
from reconciler.sandbox.quirks.filters import known_filters
from reconciler.sandbox.quirks.member_changes import member_changes
from reconciler.sandbox.quirks.membership import possible_members
from reconciler.sandbox.quirks.mutability import unchanging
from reconciler.sandbox.quirks.paging import capped_answer, no_listing, one_answer, pages_by_cursor, pages_by_index
from reconciler.sandbox.quirks.passwords import acceptable_passwords
from reconciler.sandbox.quirks.patches import exact_patches, unpatchable
from reconciler.sandbox.quirks.phone_regions import regions_of_numbers
from reconciler.sandbox.quirks.rewriting import kept_as_created, kept_in_domain, kept_in_lower_case
from reconciler.sandbox.quirks.rosters import members_never_shown, members_shown_singly, membership_filters
from reconciler.sandbox.quirks.uniqueness import unique_values
from reconciler.sandbox.quirks.values import known_values

_ATTACHED = 409
"""Answered where a profile counts it among the answers that keep a user, and something is attached to the user."""

_LATER = frozenset((MemberReading.USERS_BY_GROUP, MemberReading.GROUPS_BY_USER))
"""Filters that came with cursors; endpoints of the older generation have neither."""


class Premises(NamedTuple):
    """What quirks work with beside the profile."""

    options: SandboxOptions
    desk: TokenDesk
    directory: Directory
    holders: set[str]
    """Ids of users to whom access keys are attached."""


def quirks_of(profile: Profile, premises: Premises) -> Iterator[Quirk]:
    """Those of a platform, the outermost first."""
    if profile.errors.style != "scim":
        yield exceptions_with_ids
    oauth2 = profile.authentication.oauth2
    if oauth2 is not None:
        yield GiveTokens(premises.desk, urlsplit(oauth2.token_url).path, oauth2.scope)
    yield AskCredentials(premises.desk, {f"/{each}" for each in profile.public_documents})
    yield existing_endpoints(profile)
    if _ATTACHED in profile.users.undeletable:
        yield keep_attached(premises.holders, _ATTACHED)
    if Shape.PATCH_WITHOUT_PATH not in profile.users.updates:
        yield exact_patches
    stubborn = [path for path, own in profile.users.attributes.items() if not own.patch]
    if stubborn:
        yield unpatchable(stubborn)
    keys = _CREATION_KEYS.get(profile.users.create)
    if keys is not None:
        yield create_or_update(keys, premises.directory)
    yield from _group_quirks(profile)
    yield _paging(profile.listing, premises.options)
    if profile.groups is not None:
        yield membership_filters(_readings(profile.groups.members, premises.options), premises.directory)
    yield known_filters(profile)


_CREATION_KEYS = {
    Creation.UPSERT: {"userName": False, "externalId": True},
    Creation.TAKE_OVER: {"userName": False},
}


def _group_quirks(profile: Profile) -> Iterator[Quirk]:
    if profile.groups is None:
        return
    members = profile.groups.members
    if MemberReading.SINGLE in members.read:
        yield members_shown_singly
    elif MemberReading.SHOWN not in members.read:
        yield members_never_shown
    yield member_changes(members)


def _readings(members: MemberProfile, options: SandboxOptions) -> set[MemberReading]:
    return {*members.read} if options.cursors else {*members.read} - _LATER


def _paging(listing: ListingProfile, options: SandboxOptions) -> Quirk:
    capped = listing.paging == "single" or not options.cursors
    if listing.cap is not None and capped:
        return capped_answer(listing.cap, numbers_as_text=listing.numbers_as_text)
    by_name = {
        "none": no_listing(),
        "single": one_answer(),
        "index": pages_by_index(listing.page_size),
        "cursor": pages_by_cursor(listing.page_size),
    }
    return by_name[listing.paging]


def rules_of(profile: Profile, options: SandboxOptions) -> Iterator[Rule]:
    """Those of a platform: first what rewrites values, then what refuses them."""
    users = profile.users
    if "domain" in profile.options:
        yield kept_in_domain(options.domain)
    yield kept_in_lower_case("User", users.attributes)
    if not {"enable", "disable"} & {*users.can}:
        yield kept_as_created("active")
    for path, own in users.attributes.items():
        if own.region_of is not None:
            yield regions_of_numbers(path, own.region_of)
    if "password" in users.attributes:
        yield acceptable_passwords(options.password_length)
    yield from _side_rules("User", users, profile.errors.duplicate)
    if profile.groups is not None:
        yield from _side_rules("Group", profile.groups, profile.errors.duplicate)
        yield possible_members(profile.groups.members)


def _side_rules(kind: str, side: UserProfile | GroupProfile, duplicate: int) -> Iterator[Rule]:
    attributes: Mapping[str, AttributeProfile] = side.attributes
    yield known_values(kind, attributes)
    yield unchanging(kind, {path: own for path, own in attributes.items() if own.immutable or _stays(path, side)})
    yield unique_values(kind, attributes, duplicate)


def _stays(path: str, side: UserProfile | GroupProfile) -> bool:
    return isinstance(side, UserProfile) and not side.rename and path.lower() == "username"
