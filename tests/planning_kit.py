"""Plans from manifests as texts and from live rows as dictionaries, without any endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from manifest_trees import read_tree

from reconciler.core.desired.catalog import Catalog, make_catalog
from reconciler.core.known import Emergency, Known, Learnt, Origin
from reconciler.core.mapping.targets import Target, prepare_target
from reconciler.core.plan import Operation, Plan
from reconciler.core.planning.documenting import Circumstances, document_plan
from reconciler.core.planning.drafts import Draft, Lookups, PlanInput
from reconciler.core.planning.planner import draft_plan
from reconciler.core.resources import Kind, Listing, LiveResource, Unreadable
from reconciler.diagnostics import Faults
from reconciler.scim.provider import DEFAULT_DISCOVERY, Discovery

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "http://sandbox.example/v2"

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"

NO_LOOKUPS = Lookups()


def target_text(*lines: str, name: str = "there") -> str:
    """A `targets` section; `lines` are further keys of the target."""
    keys = [f"url: {URL}", "platform: generic", *lines]
    return f"targets:\n  {name}:\n" + "".join(f"    {key}\n" for key in keys)


def catalog_of(tree: Mapping[str, str] | str, today: date = TODAY) -> Catalog:
    """The catalog of manifests without faults; a lone text is one file beside a plain target."""
    files = {"people.yaml": tree, "targets.yaml": target_text()} if isinstance(tree, str) else dict(tree)
    faults = Faults()
    catalog = make_catalog(read_tree(files, faults), today, faults)
    assert [str(each) for each in faults.errors] == []
    return catalog


def target_of(catalog: Catalog, name: str = "there") -> Target:
    faults = Faults()
    target = prepare_target(name, catalog.manifests, faults)
    assert target is not None, [str(each) for each in faults.ordered()]
    return target


def user(id: str, name: str | None = None, *, active: bool = True, **values: Any) -> dict[str, Any]:
    """A live user's row; its externalId is its name unless told otherwise."""
    row = {"schemas": [USER], "id": id, "userName": name or id, "externalId": name or id, "active": active, **values}
    return {key: value for key, value in row.items() if value is not None}


def group(id: str, name: str | None = None, *members: str, **values: Any) -> dict[str, Any]:
    """A live group's row; `members` are ids."""
    row = {"schemas": [GROUP], "id": id, "displayName": name or id, "externalId": name or id, **values}
    return {
        **{key: value for key, value in row.items() if value is not None},
        "members": [{"value": m} for m in members],
    }


def listing(kind: Kind, rows: Iterable[Mapping[str, Any]] = (), **more: Any) -> Listing:
    return Listing(kind, tuple(LiveResource(kind, each["id"], dict(each)) for each in rows), **more)


def unreadable(kind: Kind, id: str | None = None, name: str | None = None) -> Unreadable:
    return Unreadable(kind, "its id cannot be used", id, name)


def known(key: str, id: str, kind: Kind = Kind.USER, origin: Origin = Origin.CREATED, **applied: Any) -> Known:
    """A record; what was applied is its name and externalId unless told otherwise."""
    label = "userName" if kind is Kind.USER else "displayName"
    basis = {label: key, "externalId": key, **({"active": True} if kind is Kind.USER else {})}
    return Known(kind, key, id, origin, {**basis, **applied}, key, TODAY)


def given_of(
    catalog: Catalog,
    users: Iterable[Mapping[str, Any]] | Listing = (),
    groups: Iterable[Mapping[str, Any]] | Listing = (),
    records: Sequence[Known] = (),
    *,
    learnt: Sequence[Learnt] = (),
    emergencies: Sequence[Emergency] = (),
    lookups: Lookups = NO_LOOKUPS,
    stateless: bool = False,
    discovery: Discovery = DEFAULT_DISCOVERY,
    target: str = "there",
) -> PlanInput:
    """Everything a plan is made from. A record that is not listed counts as looked up and gone."""
    chosen = target_of(catalog, target)
    faults = Faults()
    wanted = catalog.mapped(chosen, faults)
    assert [str(each) for each in faults.errors] == []
    listings = {
        Kind.USER: users if isinstance(users, Listing) else listing(Kind.USER, users),
        Kind.GROUP: groups if isinstance(groups, Listing) else listing(Kind.GROUP, groups),
    }
    there = {(each.kind, each.id) for side in listings.values() for each in side.resources}
    gone = {(each.kind, each.id) for each in records} - there
    return PlanInput(
        target=chosen,
        discovery=discovery,
        wanted=wanted,
        declared=catalog.declared,
        memberships=catalog.memberships,
        listings=listings,
        known=tuple(records),
        learnt=tuple(learnt),
        today=catalog.today,
        emergencies=tuple(emergencies),
        stateless=stateless,
        lookups=replace(lookups, gone=lookups.gone | gone),
        earlier=catalog.earlier,
    )


def draft_of(catalog: Catalog | str | Mapping[str, str], *sides: Any, **more: Any) -> Draft:
    """The draft of a catalog, or of manifests as texts; see `given_of`."""
    made = catalog if isinstance(catalog, Catalog) else catalog_of(catalog)
    return draft_plan(given_of(made, *sides, **more))


def circumstances(**more: Any) -> Circumstances:
    basis = {"tool": "1", "now": NOW, "manifests": "m", "lineage": "l", "url": URL, "fingerprint": "f"}
    return Circumstances(**{**basis, **more})


def plan_of(
    catalog: Catalog | str | Mapping[str, str], *sides: Any, told: Circumstances | None = None, **more: Any
) -> Plan:
    made = catalog if isinstance(catalog, Catalog) else catalog_of(catalog)
    given = given_of(made, *sides, **more)
    return document_plan(draft_plan(given), given, told or circumstances())


def signs(operations: Iterable[Operation]) -> list[str]:
    """`user:alice update`, in the plan's order."""
    return [f"{each.kind}:{each.key} {each.action}" for each in operations]


def rows_of(rows: Iterable[Any]) -> set[tuple[str, str | None, str]]:
    """Key, action and reason of withheld or held rows."""
    return {(each.key or each.name, each.action and str(each.action), str(each.reason)) for each in rows}
