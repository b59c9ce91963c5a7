"""A live endpoint's discovery against the profile of its platform: what differs, in sentences.

Only what a profile states is compared; what it leaves to discovery cannot differ from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.core.mapping.targets import Target
from reconciler.core.resources import Kind
from reconciler.platforms.capabilities import CAPABILITIES, Value
from reconciler.platforms.profile import GroupProfile, Profile, Shape, UserProfile
from reconciler.platforms.registry import load_profile
from reconciler.scim.attributes import COMMON_ATTRIBUTES, Attribute, ResourceSchema
from reconciler.scim.provider import Discovery, ProviderConfig


def profile_differences(target: Target, discovery: Discovery) -> tuple[str, ...]:
    """Sentences: documents, offers of the ServiceProviderConfig, attributes and extensions of the schemas."""
    profile = target.profile
    return (
        *_documents(profile, discovery),
        *_offers(profile, discovery.config),
        *(_schemas(target, discovery) if "Schemas" in discovery.announced else ()),
    )


def overridden_capabilities(target: Target) -> dict[str, tuple[Value | None, Value | None]]:
    """What the target's `capabilities` change: what the profile says, and what holds for the target."""
    own = load_profile(target.profile.name)
    both = {name: (each.read(own), each.read(target.profile)) for name, each in CAPABILITIES.items()}
    return {name: (before, after) for name, (before, after) in both.items() if before != after}


def _documents(profile: Profile, discovery: Discovery) -> Iterator[str]:
    if "documents" not in profile.model_fields_set:
        return
    known: set[str] = {*profile.documents}
    for name in sorted(known - discovery.announced):
        yield f"there is no usable {name}; the profile counts on it"
    for name in sorted(discovery.announced - known):
        yield f"there is a {name}, which the profile does not know of"


def _offers(profile: Profile, config: ProviderConfig) -> Iterator[str]:
    expected = {
        "PATCH": (config.patch, _patches(profile)),
        "bulk": (config.bulk, profile.bulk),
        "ETags": (config.etag, profile.etag),
        "filters": (config.filter, _filters(profile)),
        "paging by cursor": (config.cursor_paging, _pages_by_cursor(profile)),
    }
    for name, (said, known) in expected.items():
        if said is not None and known is not None and said != known:
            yield f"ServiceProviderConfig: there {_are(name, said)}; the profile: there {_are(name, known)}"
    size = profile.listing.page_size
    if "filters" in profile.model_fields_set and config.max_results is not None and config.max_results < size:
        yield f"ServiceProviderConfig says {config.max_results} results at most; the profile asks for pages of {size}"


def _are(name: str, there: bool) -> str:
    verb = "are" if name.endswith("s") else "is"
    return f"{verb} {name}" if there else f"{verb} no {name}"


def _sides(profile: Profile) -> Iterator[UserProfile | GroupProfile]:
    yield profile.users
    if profile.groups is not None:
        yield profile.groups


def _patches(profile: Profile) -> bool | None:
    shapes = {shape for side in _sides(profile) if "updates" in side.model_fields_set for shape in side.updates}
    return not shapes.isdisjoint({Shape.PATCH, Shape.PATCH_WITHOUT_PATH}) if shapes else None


def _filters(profile: Profile) -> bool | None:
    if "filters" not in profile.model_fields_set:
        return None
    return any(each is None or each for each in (profile.filters.users, profile.filters.groups))


def _pages_by_cursor(profile: Profile) -> bool | None:
    return profile.listing.paging == "cursor" if "paging" in profile.listing.model_fields_set else None


def _schemas(target: Target, discovery: Discovery) -> Iterator[str]:
    expected = target.schemas(discovery.schemas)
    for kind, side in ((Kind.USER, target.profile.users), (Kind.GROUP, target.profile.groups)):
        if side is None:
            continue
        name = "User" if kind is Kind.USER else "Group"
        ours, theirs = expected[name], discovery.schemas[name]
        yield from _told(f"{kind}s", "attribute", _names(ours.attributes), _names(theirs.attributes))
        yield from _extensions(kind, ours, theirs)


def _extensions(kind: Kind, ours: ResourceSchema, theirs: ResourceSchema) -> Iterator[str]:
    urns = [{urn: each.urn for urn, each in schema.extensions.items()} for schema in (ours, theirs)]
    yield from _told(f"{kind}s", "extension", *urns)
    for urn in sorted(ours.extensions.keys() & theirs.extensions.keys()):
        known, there = ours.extensions[urn], theirs.extensions[urn]
        if not known.open and not there.open:
            yield from _told(f"{known.urn} of {kind}s", "attribute", _names(known.attributes), _names(there.attributes))


def _names(attributes: Mapping[str, Attribute]) -> dict[str, str]:
    """Names by lower-case name, without what every resource has and what nobody can write."""
    return {
        key: each.name
        for key, each in attributes.items()
        if key not in COMMON_ATTRIBUTES and each.mutability != "readOnly"
    }


def _told(of: str, what: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    for mine, other, told in (
        (theirs, ours, "the profile does not know of"),
        (ours, theirs, "the endpoint's Schemas do not have"),
    ):
        alone = sorted(name for key, name in mine.items() if key not in other)
        if alone:
            yield f"{of}: {told} the {what}{'s' if len(alone) > 1 else ''} {', '.join(alone)}"
