"""All files together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_trees import faults_of, good_tree, part_of

from reconciler.core.manifests import Settings, merge_parts
from reconciler.diagnostics import Faults, SourceMark

if TYPE_CHECKING:
    from reconciler.core.manifests import Entry

EXAMPLE = Path(__file__).parent / "example"


def example_tree() -> dict[str, str]:
    return {str(file.relative_to(EXAMPLE)): file.read_text(encoding="utf-8") for file in EXAMPLE.rglob("*.yaml")}


def test_example_of_the_language_has_no_faults() -> None:
    manifests = good_tree(example_tree())
    assert {"alice.nguyen", "wei.zhang", "svc-scim"} <= manifests.users.keys()
    assert manifests.settings.timezone == "Asia/Shanghai"
    assert manifests.settings.custom["country"].required
    assert manifests.tables["organization"].value["cn-east"] == "org_9f2c"
    assert manifests.scopes.keys() == {"china"}
    assert manifests.mappings.keys() == {"idaas"}
    assert list(manifests.targets) == ["cloud-base", "idaas"]


def shape(entry: Entry) -> tuple[object, ...]:
    return entry.key, entry.value, entry.mark, entry.defaults


CONFLICTS = {
    "a.yaml": "settings: {timezone: UTC}\nusers: {alice: {title: A}, bob: {}}",
    "b.yaml": "settings: {timezone: Asia/Shanghai}\nusers: {Alice: {title: B}, carol: {previously: [old]}}",
    "c/_defaults.yaml": "defaults: {users: {department: C}}",
    "c/_defaults.yml": "defaults: {users: {department: D}}",
    "c/d.yaml": "users: {dave: {previously: [old]}, alice: {}}\ntargets: {t: {extends: t}}",
}


@settings(deadline=None)
@given(st.permutations(sorted(CONFLICTS)))
def test_order_of_files_changes_nothing(order: list[str]) -> None:
    def merged(names: list[str]) -> tuple[object, ...]:
        faults = Faults()
        manifests = merge_parts([part_of(CONFLICTS[name], faults, name) for name in names], faults)
        return [shape(each) for each in manifests.users.values()], manifests.settings, faults.ordered()

    assert merged(order) == merged(sorted(CONFLICTS))


def test_second_declaration_names_both_places_and_the_first_is_kept() -> None:
    tree = {"b.yaml": "groups: {eng: {displayName: B}}", "a.yaml": "groups:\n  eng: {displayName: A}"}
    (found,) = faults_of(tree)
    assert found.mark == SourceMark("manifests/b.yaml", 1, 10)
    assert "manifests/a.yaml:2" in found.problem
    faults = Faults()
    manifests = merge_parts([part_of(text, Faults(), name) for name, text in tree.items()], faults)
    assert manifests.groups["eng"].value["displayName"] == "A"


def test_user_and_group_may_share_a_key() -> None:
    good_tree("users: {ops: {}}\ngroups: {ops: {}}")


def test_defaults_go_from_the_outermost_directory_to_the_file() -> None:
    tree = {
        "_defaults.yaml": "defaults: {users: {title: '1'}, groups: {displayName: x}}",
        "east/_defaults.yaml": "defaults: {users: {title: '2'}}",
        "east/deep/_defaults.yaml": "defaults: {users: {title: '3'}}",
        "west/_defaults.yaml": "defaults: {users: {title: 'never'}}",
        "east/deep/a.yaml": "defaults: {users: {title: '4'}}\nusers: {alice: {}}\ngroups: {eng: {}}",
        "east/b.yaml": "users: {bob: {}}",
    }
    manifests = good_tree(tree)
    assert [each["title"] for each in manifests.users["alice"].defaults] == ["1", "2", "3", "4"]
    assert [each["title"] for each in manifests.users["bob"].defaults] == ["1", "2"]
    assert [dict(each) for each in manifests.groups["eng"].defaults] == [{"displayName": "x"}]


def test_defaults_of_a_file_hold_in_that_file_only() -> None:
    manifests = good_tree({"a.yaml": "defaults: {users: {title: x}}", "b.yaml": "users: {bob: {}}"})
    assert manifests.users["bob"].defaults == ()


def test_bare_entry_is_an_empty_one_with_its_place() -> None:
    entry = good_tree("users:\n  alice:\n").users["alice"]
    assert entry.value == {}
    assert entry.mark == SourceMark("manifests/a.yaml", 2, 3)


def test_malformed_parts_do_not_stop_the_rest() -> None:
    tree = "settings: 5\ndefaults: x\nusers: [a]\ngroups: {eng: 3, ops: {}}\nscopes: {a: {users: 1}}\n"
    tree += "targets: {t: 1}"
    faults = Faults()
    manifests = merge_parts([part_of(tree, faults)], faults)
    assert list(manifests.groups) == ["ops"]
    assert manifests.settings == Settings()
    assert len(faults.items) == 6


def test_malformed_settings_count_as_none() -> None:
    faults = Faults()
    manifests = merge_parts([part_of("settings: {timezone: 5}", faults)], faults)
    assert manifests.settings == Settings()
    assert [each.rule for each in faults.items] == ["quote-it"]


def test_filter_may_name_declared_custom_attributes_in_any_case() -> None:
    good_tree("settings: {custom: {country: {}}}\ngroups: {eng: {membersWhere: 'custom.Country eq \"CN\"'}}")
