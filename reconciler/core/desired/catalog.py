"""All manifests together, read and checked as far as that goes without any endpoint."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from reconciler.core.deciding.situations import Standing
from reconciler.core.desired.composition import Desired, compose, memberships_of_users
from reconciler.core.desired.memberships import Memberships, resolve_memberships
from reconciler.core.desired.reference_checks import check_references
from reconciler.core.desired.salvage import salvage
from reconciler.core.desired.scopes import select_groups, select_users
from reconciler.core.desired.selecting import desired_schema
from reconciler.core.manifests import Manifests, ManifestSource, Rule, merge_parts, read_document
from reconciler.core.mapping.mapped import Mapper, Scoped, is_absent, map_resources
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.marked import MarkedDict
from reconciler.core.resources import DesiredGroup, DesiredUser
from reconciler.diagnostics import Diagnostic, Faults, SourceMark
from reconciler.scim.schemas import ResourceSchema

GUESSES = frozenset(
    (
        Rule.UNKNOWN_REFERENCE,
        Rule.UNKNOWN_PARENT,
        Rule.SELECTS_NOBODY,
        Rule.INVALID_CUSTOM,
        Rule.UNMAPPED_REQUIRED,
    )
)
"""Rules by which something is missing: a file that could not be read may hold it."""


def drop_guesses(unread: Collection[str], faults: Faults) -> None:
    """Takes what is perhaps not missing at all out of `faults` where a file could not be read."""
    if unread:
        faults.items[:] = [each for each in faults.items if not _is_guess(each)]


def _is_guess(diagnostic: Diagnostic) -> bool:
    may_be_inherited = diagnostic.rule == Rule.MISSING_KEY and diagnostic.path.startswith("targets.")
    return may_be_inherited or diagnostic.rule in GUESSES


@dataclass(frozen=True, slots=True)
class Catalog:
    """The desired state as of one day, for every target to pick from."""

    manifests: Manifests
    desired: Desired
    memberships: Memberships
    schema: ResourceSchema
    today: date

    @property
    def declared(self) -> Scoped:
        """Every key in the manifests."""
        return Scoped(frozenset(self.desired.users), frozenset(self.desired.groups))

    @property
    def earlier(self) -> Scoped:
        """Every key that an entry says it had before."""
        users = (key for each in self.desired.users.values() for key in each.previously)
        groups = (key for each in self.desired.groups.values() for key in each.previously)
        return Scoped(frozenset(users), frozenset(groups))

    def scoped(self, target: Target) -> Scoped:
        """The keys in a target's scope."""
        users = select_users(target.scope, self.desired, self.memberships, self.schema, self.today)
        return Scoped(frozenset(users), frozenset(select_groups(target.scope, self.desired)))

    def mapped(self, target: Target, faults: Faults) -> list[Wanted]:
        """A target's users and groups, freshly mapped: planning changes them in place."""
        return map_resources(self.desired, self.scoped(target), Mapper(target, self.memberships, self.today, faults))

    def mapped_entry(self, target: Target, entry: DesiredUser | DesiredGroup) -> Wanted:
        """One entry as it would be mapped if it were in the target's scope. Raises `ManifestError`."""
        faults = Faults()
        mapper = Mapper(target, self.memberships, self.today, faults)
        standing = Standing.ABSENT if is_absent(entry) else Standing.WANTED
        wanted = mapper.user(entry, standing) if isinstance(entry, DesiredUser) else mapper.group(entry, standing)
        faults.raise_errors()
        return wanted


def unread_files(sources: Iterable[ManifestSource], faults: Faults) -> frozenset[str]:
    """Files of which `faults`, just after reading, knows more than the sources hold."""
    named = {each.mark.file for each in faults.errors if each.mark is not None}
    return frozenset(named - {each.file for each in sources})


def merge_sources(sources: Iterable[ManifestSource], faults: Faults) -> Manifests:
    """Reads every file's document and merges what is sound of the parts."""
    parts = []
    for source in sources:
        found = Faults()
        part = read_document(source, found)
        parts.append(salvage(part, found.errors))
        faults.extend(found.items)
    return merge_parts(parts, faults)


def timezone_mark(sources: Iterable[ManifestSource]) -> SourceMark | None:
    """Where the time zone is written; None where it is not."""
    for source in sorted(sources, key=lambda each: each.file):
        settings = source.document.get("settings") if source.document is not None else None
        if isinstance(settings, MarkedDict) and "timezone" in settings:
            return settings.value_mark("timezone")
    return None


def make_catalog(manifests: Manifests, today: date, faults: Faults) -> Catalog:
    """Composes and checks the desired state. To be planned from only where `faults` has no errors afterwards."""
    desired = compose(manifests, faults)
    check_references(desired, memberships_of_users(manifests), faults)
    schema = desired_schema(manifests.settings.custom)
    return Catalog(manifests, desired, resolve_memberships(desired, schema, today), schema, today)
