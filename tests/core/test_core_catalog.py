"""All manifests together: one run finds everything, and nothing that only an unreadable file makes missing."""

from __future__ import annotations

from typing import Any

import pytest
from catalog_trees import TARGET, TODAY, good_catalog, good_target, load_tree
from manifest_trees import source_of

from reconciler.core.desired.catalog import drop_guesses, timezone_mark, unread_files
from reconciler.core.manifests import Rule
from reconciler.diagnostics import Faults, SourceMark
from reconciler.errors import ManifestError


def test_the_catalog_holds_what_is_declared_and_what_a_target_gets() -> None:
    catalog = good_catalog(
        TARGET.replace("generic,", "generic, scope: s,")
        + "users: {ann: , bob: }\ngroups: {ops: {membersWhere: 'key pr'}}\nscopes: {s: {users: {include: [ann]}}}"
    )
    assert catalog.declared.users == {"ann", "bob"}
    assert catalog.declared.groups == {"ops"}
    scoped = catalog.scoped(good_target(catalog))
    assert (scoped.users, scoped.groups) == ({"ann"}, {"ops"})
    assert catalog.memberships.users_within("ops") == {"ann", "bob"}
    assert catalog.today == TODAY


def test_mapping_begins_afresh_every_time() -> None:
    catalog = good_catalog(TARGET + "users: {ann: }")
    target, faults = good_target(catalog), Faults()
    [one], [other] = catalog.mapped(target, faults), catalog.mapped(target, faults)
    assert one.values == other.values
    assert one.values is not other.values


def test_files_that_faults_know_and_sources_do_not_were_not_read() -> None:
    faults = Faults()
    faults.error(Rule.YAML_SYNTAX, "", "broken", mark=SourceMark("manifests/b.yaml", 1))
    faults.error(Rule.YAML_DUPLICATE_KEY, "", "twice", mark=SourceMark("manifests/a.yaml", 1))
    faults.error("manifests-missing", "", "no directory")
    assert unread_files([source_of("a.yaml", "users: ")], faults) == {"manifests/b.yaml"}


@pytest.mark.parametrize(("unread", "left"), [(frozenset(), 4), (frozenset({"manifests/b.yaml"}), 2)])
def test_what_an_unread_file_may_hold_is_not_said_to_be_missing(unread: Any, left: Any) -> None:
    faults = Faults()
    faults.error(Rule.UNKNOWN_REFERENCE, "users.ann.manager", "there is no user 'bob'")
    faults.error(Rule.MISSING_KEY, "targets.t.url", "needs url")
    faults.error(Rule.MISSING_KEY, "users.ann.groups[0]", "does not say which group")
    faults.error(Rule.REFERENCE_CYCLE, "users.ann.manager", "goes round")
    drop_guesses(unread, faults)
    assert len(faults.items) == left


def test_the_time_zone_has_its_place() -> None:
    sources = [
        source_of("b.yaml", "users: "),
        source_of("c.yaml", "settings:\n  timezone: Mars/Base"),
        source_of("a.yaml", "settings: 5"),
    ]
    assert timezone_mark(sources) == SourceMark("manifests/c.yaml", 2, 13)
    assert timezone_mark(sources[:1]) is None


def test_the_catalog_of_a_faulty_tree_is_whole_enough_to_be_checked() -> None:
    catalog, faults = load_tree("users: {ann: {titel: x, groups: [ops]}}\ngroups: {ops: {members: [zz]}}")
    assert [each.rule for each in faults.ordered()] == [Rule.UNKNOWN_KEY, Rule.UNKNOWN_REFERENCE]
    assert catalog.memberships.users_within("ops") == {"ann", "zz"}


def test_one_entry_is_mapped_as_if_it_were_in_scope() -> None:
    catalog = good_catalog(
        TARGET.replace("generic,", "generic, scope: none,")
        + "users: {ann: , gone: {state: absent}}\ngroups: {ops: }\nscopes: {none: {users: {include: []}}}"
    )
    target = good_target(catalog)
    people = catalog.desired.users
    entries = [people["ann"], people["gone"], catalog.desired.groups["ops"]]
    found = [catalog.mapped_entry(target, entry) for entry in entries]
    assert [str(each.standing) for each in found] == ["wanted", "absent", "wanted"]
    assert [each.name for each in found] == ["ann", "gone", "ops"]


def test_an_entry_that_cannot_be_mapped_raises_with_the_place() -> None:
    catalog = good_catalog(
        TARGET.replace("generic,", "generic, mapping: m,")
        + "users: {ann: {custom: {n: [1]}}}\n"
        + "mappings: {m: {extends: generic, users: {attributes: {title: '{{ user.custom.n | lower }}'}}}}"
    )
    with pytest.raises(ManifestError, match=r"manifests/a\.yaml:3:"):
        catalog.mapped_entry(good_target(catalog), catalog.desired.users["ann"])
