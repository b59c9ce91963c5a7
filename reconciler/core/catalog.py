"""All manifests together, read and checked as far as that goes without any endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reconciler.core.desired import Desired, compose, memberships_of_users
from reconciler.core.manifests import Manifests, ManifestSource, merge_parts, read_document
from reconciler.core.mapped import Mapper, Scoped, is_absent, map_resources
from reconciler.core.memberships import Memberships, resolve_memberships
from reconciler.core.reference_checks import check_references
from reconciler.core.resources import DesiredGroup, DesiredUser
from reconciler.core.scopes import select_groups, select_users
from reconciler.core.selecting import desired_schema
from reconciler.core.situations import Standing
from reconciler.core.targets import Target
from reconciler.core.wanted import Wanted
from reconciler.diagnostics import Faults
from reconciler.scim.schemas import ResourceSchema


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


def merge_sources(sources: Iterable[ManifestSource], faults: Faults) -> Manifests:
    """Reads every file's document and merges the parts."""
    return merge_parts([read_document(each, faults) for each in sources], faults)


def make_catalog(manifests: Manifests, today: date, faults: Faults) -> Catalog:
    """Composes and checks the desired state. Usable only where `faults` has no errors afterwards."""
    desired = compose(manifests, faults)
    check_references(desired, memberships_of_users(manifests), faults)
    schema = desired_schema(manifests.settings.custom or None)
    if faults.errors:
        return Catalog(manifests, desired, Memberships({}), schema, today)
    return Catalog(manifests, desired, resolve_memberships(desired, schema, today), schema, today)
