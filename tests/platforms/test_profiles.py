"""The built-in profiles: every file fits the published schema, every fact says where it is from and how sure it is."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from reconciler.core.json_schema import profile_schema
from reconciler.platforms.capabilities import CAPABILITIES, fits, with_capabilities
from reconciler.platforms.facts import Certainty, Fact
from reconciler.platforms.registry import WITHOUT_SCIM, load_dossier, platform_names, read_builtin
from reconciler.platforms.schemas import platform_schemas

NAMES = platform_names()
SERVICES = [name for name in NAMES if name != "generic"]

TABLE = {
    "alibaba-ram": (True, False, False),
    "alibaba-cloudsso": (False, False, True),
    "huawei-identity-center": (True, True, True),
    "tencent-identity-center": (True, True, True),
    "volcengine-identity-center": (False, False, False),
    "aws-identity-center": (True, True, True),
}
"""The vendor's table "SCIM support by platform": retrieving, modifying, associating users that were there before."""


def facts_of(name: str) -> dict[str, Fact]:
    return {fact.path: fact for fact in load_dossier(name).facts}


def as_json(document: Any) -> Any:
    return json.loads(json.dumps(document))


def test_there_are_seven_services_and_any_other_server() -> None:
    assert len(SERVICES) == 7
    assert set(NAMES) - set(SERVICES) == {"generic"}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_fits_the_published_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator(profile_schema())
    assert [f"{list(each.path)}: {each.message}" for each in validator.iter_errors(as_json(read_builtin(name)))] == []


FAULTY: dict[str, dict[str, Any]] = {
    "an unknown key": {"pagination": "cursor"},
    "a value that is none": {"listing": {"paging": {"is": "pages", "source": "A documented"}}},
    "a source without a certainty": {"bulk": {"is": False, "source": "A"}},
    "a certainty without a source": {"bulk": {"is": False, "source": "documented"}},
    "a wrapping without a value": {"bulk": {"source": "A documented"}},
}


@pytest.mark.parametrize("fault", FAULTY)
def test_the_published_schema_refuses(fault: str) -> None:
    document = as_json(read_builtin("generic")) | FAULTY[fault]
    assert not jsonschema.Draft202012Validator(profile_schema()).is_valid(document)


@pytest.mark.parametrize("name", NAMES)
def test_every_fact_names_a_source_and_how_sure_it_is(name: str) -> None:
    dossier = load_dossier(name)
    assert dossier.facts
    for fact in dossier.facts:
        assert fact.sources, fact.path
        assert isinstance(fact.certainty, Certainty)
        assert all(dossier.sources[key].strip() for key in fact.sources)


@pytest.mark.parametrize("name", NAMES)
def test_every_source_is_used(name: str) -> None:
    dossier = load_dossier(name)
    assert set(dossier.sources) == {key for fact in dossier.facts for key in fact.sources}


@pytest.mark.parametrize("name", TABLE)
def test_the_policy_is_the_vendors_table(name: str) -> None:
    policy = load_dossier(name).profile.users.policy
    assert (policy.retrieve, policy.modify, policy.associate) == TABLE[name]
    for word in ("retrieve", "modify", "associate"):
        assert facts_of(name)[f"users.policy.{word}"].certainty is Certainty.TABLE


@pytest.mark.parametrize("name", NAMES)
def test_what_nobody_documents_counts_as_impossible_where_it_destroys(name: str) -> None:
    profile, facts = load_dossier(name).profile, facts_of(name)
    for kind, side in (("users", profile.users), ("groups", profile.groups)):
        if side is not None:
            assert not {*side.can} & {*side.undocumented}, kind
    if "users.rename" in facts and facts["users.rename"].certainty is Certainty.UNKNOWN:
        assert not profile.users.rename
    if profile.groups is not None and profile.groups.members.safe_values:
        assert facts["groups.members.safe_values"].certainty is Certainty.DOCUMENTED


@pytest.mark.parametrize("name", SERVICES)
def test_where_url_and_token_are_found_is_said(name: str) -> None:
    console = load_dossier(name).profile.console
    assert console is not None
    assert console.url
    assert console.token
    assert console.example.startswith("https://")


@pytest.mark.parametrize("name", NAMES)
def test_a_capability_says_what_the_profile_says_until_it_is_changed(name: str) -> None:
    profile = load_dossier(name).profile
    for key, capability in CAPABILITIES.items():
        value = capability.read(profile)
        if value is None or (profile.groups is None and key.startswith("group.")):
            continue
        other: Any = value + 1 if capability.counted else not value
        assert fits(key, other)
        assert capability.read(with_capabilities(profile, {key: other})) == other
        assert with_capabilities(profile, {key: value}) == profile


@pytest.mark.parametrize("name", NAMES)
def test_what_the_mapping_matches_by_exists(name: str) -> None:
    profile = load_dossier(name).profile
    schemas = platform_schemas(profile)
    mappings = {"User": profile.users.mapping} | ({"Group": profile.groups.mapping} if profile.groups else {})
    for kind, mapping in mappings.items():
        assert mapping.match
        assert {each.lower() for each in mapping.match} <= {*schemas[kind].attributes, "externalid"}


def test_what_has_no_scim_names_a_service_that_has() -> None:
    assert set(WITHOUT_SCIM.values()) <= set(SERVICES)
    assert not set(WITHOUT_SCIM) & set(NAMES)
    assert len(WITHOUT_SCIM) == 4
