from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scim2_models import EnterpriseUser, Group, PatchOp, ScimPolicy, User
from scim2_models.exceptions import SCIMException

from reconciler.scim.patching import PatchError, PatchOperation, apply_patch, without_paths
from reconciler.scim.paths import parse_path
from reconciler.scim.schemas import RFC_GROUP, RFC_USER, ResourceSchema
from reconciler.scim.urns import ENTERPRISE_USER
from reconciler.scim.values import canonical

# Where RFC 7644 leaves room the independent implementation is asked to act as Entra expects:
# a `remove` with values removes these, an `add` whose filter matches nothing creates the value.
STRICT = ScimPolicy(remove_value_as_filter=ScimPolicy.RemoveValue.apply)
CREATING = STRICT.model_copy(update={"unmatched_path_filter": ScimPolicy.UnmatchedPathFilter.create})

texts = st.sampled_from(["a", "A", "b", "work", "home"])
addresses = st.sampled_from(["a@example.com", "b@example.com", "c@example.com"])
types = st.sampled_from(["work", "home", "other"])


def one_primary(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen = False
    for each in values:
        if each.get("primary"):
            each["primary"] = not seen
            seen = True
    return values


emails = st.fixed_dictionaries({"value": addresses}, optional={"type": types, "primary": st.booleans()})
email_lists = st.lists(emails, min_size=1, max_size=3, unique_by=lambda each: each["value"]).map(one_primary)
names = st.fixed_dictionaries({}, optional={"givenName": texts, "familyName": texts}).filter(bool)
managers = st.fixed_dictionaries({"value": texts})
extensions = st.fixed_dictionaries({}, optional={"department": texts, "manager": managers}).filter(bool)
users = st.fixed_dictionaries(
    {"schemas": st.just([RFC_USER.urn]), "userName": texts},
    optional={
        "title": texts,
        "active": st.booleans(),
        "name": names,
        "emails": email_lists,
        ENTERPRISE_USER: extensions,
    },
)
selections = st.sampled_from(
    [
        'emails[type eq "work"]',
        'emails[type eq "home" and primary eq true]',
        'emails[value eq "a@example.com"]',
        'emails[type ne "work"]',
        "emails[primary eq true]",
    ]
)


# RFC 7643 §2.4 assumes an absent `primary` to be false; the independent implementation tells them apart here.
unwanted = st.fixed_dictionaries({}, optional={"value": addresses, "type": types}).filter(bool)


def operations_at(path: st.SearchStrategy[str], value: st.SearchStrategy[Any]) -> st.SearchStrategy[PatchOperation]:
    written = st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace", "Add", "REPLACE"]), "path": path, "value": value}
    )
    removed = st.fixed_dictionaries({"op": st.sampled_from(["remove", "Remove"]), "path": path})
    return st.one_of(written, written, removed)


without_path = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "replace"]),
        "value": st.fixed_dictionaries(
            {},
            optional={
                "title": texts,
                "name.givenName": texts,
                "emails": email_lists,
                "name": names,
                f"{ENTERPRISE_USER}:department": texts,
                ENTERPRISE_USER: extensions,
            },
        ),
    }
)
operations = st.one_of(
    operations_at(st.sampled_from(["title", "TITLE", "userName", f"{RFC_USER.urn}:title"]), texts),
    operations_at(st.just("active"), st.booleans()),
    operations_at(st.sampled_from(["name.givenName", "name.FamilyName"]), texts),
    operations_at(st.just("name"), names),
    operations_at(st.just("emails"), email_lists),
    operations_at(selections, emails),
    operations_at(selections.map("{}.value".format), addresses),
    operations_at(selections.map("{}.type".format), types),
    operations_at(selections.map("{}.primary".format), st.booleans()),
    operations_at(st.just(f"{ENTERPRISE_USER}:department"), texts),
    operations_at(st.just(f"{ENTERPRISE_USER}:manager"), managers),
    # RFC 7643 §8.7.1 does not require `manager.value`, the independent implementation does: it is never removed here.
    st.fixed_dictionaries({"op": st.just("add"), "path": st.just(f"{ENTERPRISE_USER}:manager.value"), "value": texts}),
    operations_at(st.just(ENTERPRISE_USER), extensions),
    st.fixed_dictionaries(
        {
            "op": st.just("remove"),
            "path": st.just("emails"),
            "value": st.lists(unwanted, min_size=1, max_size=3),
        }
    ),
    without_path,
)


def canonical_document(document: dict[str, Any], schema: ResourceSchema, urn: str | None = None) -> dict[str, Any]:
    """What two documents must share to hold the same."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if name.lower().startswith("urn:"):
            found |= canonical_document(value or {}, schema, name)
        elif name not in {"schemas", "meta"}:
            path = f"{urn}:{name}" if urn else name
            found[path.lower()] = canonical(value, schema.attribute(parse_path(path)))
    return {name: value for name, value in found.items() if value is not None}


def oracle(model: Any, document: dict[str, Any], patch: list[PatchOperation]) -> dict[str, Any] | str:
    """The document after the patch, or the scimType of the refusal."""
    resource = model.model_validate(document)
    try:
        for operation in patch:
            policy = CREATING if operation["op"].lower() == "add" else STRICT
            PatchOp[model](operations=[copy.deepcopy(operation)]).patch(resource, scim_policy=policy)
    except SCIMException as refusal:
        return refusal.scim_type or "?"
    except ValidationError as refusal:
        return str(refusal.errors()[0]["type"]).removeprefix("scim_")
    dumped: dict[str, Any] = resource.model_dump(scim_ctx=None, by_alias=True, exclude_none=True)
    return dumped


def ours(document: dict[str, Any], patch: list[PatchOperation], schema: ResourceSchema) -> dict[str, Any] | str:
    try:
        return apply_patch(document, patch, schema)
    except PatchError as refusal:
        return refusal.scim_type


def assert_agreement(model: Any, schema: ResourceSchema, document: Any, patch: list[PatchOperation]) -> None:
    expected = oracle(model, document, patch)
    found = ours(document, patch, schema)
    if isinstance(expected, str) or isinstance(found, str):
        assert found == expected
    else:
        assert canonical_document(found, schema) == canonical_document(expected, schema)


@settings(max_examples=200)
@given(users, st.lists(operations, min_size=1, max_size=3))
def test_a_patched_user_is_that_of_the_independent_implementation(
    document: dict[str, Any], patch: list[PatchOperation]
) -> None:
    assert_agreement(User[EnterpriseUser], RFC_USER, document, patch)


ids = st.sampled_from(["1", "2", "3", "x"])
members = st.fixed_dictionaries({"value": ids})
member_lists = st.lists(members, min_size=1, max_size=4, unique_by=lambda each: each["value"])
groups = st.fixed_dictionaries(
    {"schemas": st.just([RFC_GROUP.urn]), "displayName": texts}, optional={"members": member_lists}
)
group_operations = st.one_of(
    operations_at(st.just("displayName"), texts),
    operations_at(st.just("members"), member_lists),
    operations_at(st.just("members"), members),
    st.builds(lambda member: {"op": "remove", "path": f'members[value eq "{member}"]'}, ids),
    st.fixed_dictionaries({"op": st.just("Remove"), "path": st.just("members"), "value": member_lists}),
    st.fixed_dictionaries({"op": st.just("replace"), "path": st.just('members[value eq "1"].value'), "value": ids}),
)


@settings(max_examples=100)
@given(groups, st.lists(group_operations, min_size=1, max_size=3))
def test_a_patched_group_is_that_of_the_independent_implementation(
    document: dict[str, Any], patch: list[PatchOperation]
) -> None:
    assert_agreement(Group, RFC_GROUP, document, patch)


@settings(max_examples=150)
@given(users, st.lists(operations, min_size=1, max_size=4))
def test_operations_without_paths_have_the_same_effect(document: dict[str, Any], patch: list[PatchOperation]) -> None:
    before = copy.deepcopy(document)
    try:
        expected = apply_patch(document, patch, RFC_USER)
    except PatchError:
        return
    rewritten = without_paths(patch, document, RFC_USER)
    assert document == before
    assert all("path" not in each for each in rewritten)
    replayed = apply_patch(document, rewritten, RFC_USER)
    assert canonical_document(replayed, RFC_USER) == canonical_document(expected, RFC_USER)
    assert document == before


@settings(max_examples=100)
@given(users, operations)
def test_a_patch_carried_out_twice_is_the_same_as_once(document: dict[str, Any], operation: PatchOperation) -> None:
    selects = "[" in str(operation.get("path"))
    try:
        once = apply_patch(document, [operation], RFC_USER)
    except PatchError:
        return
    if not selects:
        assert canonical_document(apply_patch(once, [operation], RFC_USER), RFC_USER) == canonical_document(
            once, RFC_USER
        )


junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["value", "type", "primary", "emails", "name", "x", ENTERPRISE_USER, "a b", RFC_USER.urn]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(
    st.dictionaries(st.sampled_from(["emails", "name", "title", "members", "x", ENTERPRISE_USER]), junk, max_size=4),
    st.sampled_from(["add", "remove", "replace"]),
    st.one_of(
        st.none(),
        st.sampled_from(
            [
                "emails",
                "emails.type",
                'emails[type eq "a"].value',
                "name",
                "name.x",
                "title",
                "x",
                "x.y",
                "x[y pr]",
                "a b",
            ]
        ),
        st.just(ENTERPRISE_USER),
        st.just(f"{ENTERPRISE_USER}:manager"),
    ),
    junk,
)
def test_every_operation_is_carried_out_or_refused(
    document: dict[str, Any], op: str, path: str | None, value: Any
) -> None:
    before = copy.deepcopy(document)
    operation = {"op": op, "value": value} if path is None else {"op": op, "path": path, "value": value}
    after = ours(document, [operation], RFC_USER)
    assert isinstance(after, dict) or after in {"invalidPath", "invalidValue", "noTarget", "mutability"}
    assert document == before
