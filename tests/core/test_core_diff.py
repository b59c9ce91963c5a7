from __future__ import annotations

import copy
import random
import time
from typing import Any

import pytest
import scim_worlds
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scim2_models import EnterpriseUser, PatchOp, ScimPolicy, User
from scim2_models.exceptions import SCIMException
from scim_worlds import BADGE, SCHEMA, VIEW, documents, wanted_values

from reconciler.core.comparing.attributes import AttributeView, base_of
from reconciler.core.comparing.diff import Difference, diff_values, same_value
from reconciler.core.plan import Change
from reconciler.core.planning.bodies import assemble, patch_operation, update_body
from reconciler.core.resources import Kind, Ref
from reconciler.platforms.profile import Shape
from reconciler.scim.patching import PatchOperation, apply_patch
from reconciler.scim.schemas import RFC_USER, Attribute, Extension
from reconciler.scim.urns import ENTERPRISE_USER
from reconciler.scim.values import canonical

Document = dict[str, Any]


def changes_between(wanted: Document, document: Document, view: AttributeView = VIEW) -> list[Change]:
    found = diff_values(wanted, document, view)
    return [Change(path=each.path, before=each.before, after=each.after) for each in found]


def operations_between(wanted: Document, document: Document, view: AttributeView = VIEW) -> list[PatchOperation]:
    return [patch_operation(each, view) for each in changes_between(wanted, document, view)]


def patched(wanted: Document, document: Document, view: AttributeView = VIEW) -> Document:
    return apply_patch(document, operations_between(wanted, document, view), view.schema)


def differing(wanted: Document, document: Document) -> list[str]:
    return [each.path for each in diff_values(wanted, document, VIEW)]


# Laws


@settings(max_examples=400)
@given(documents, wanted_values)
def test_the_patch_makes_the_live_document_what_is_wanted(document: Document, wanted: Document) -> None:
    before = copy.deepcopy(document)
    after = patched(wanted, document)
    assert diff_values(wanted, after, VIEW) == []
    assert document == before


@settings(max_examples=400)
@given(documents, wanted_values, st.sampled_from(list(Shape)))
def test_every_shape_of_an_update_makes_it_what_is_wanted(document: Document, wanted: Document, shape: Shape) -> None:
    body = update_body(changes_between(wanted, document), shape, document, VIEW)
    after = body if shape is Shape.PUT else apply_patch(document, body["Operations"], SCHEMA)
    assert diff_values(wanted, after, VIEW) == []


@settings(max_examples=200)
@given(documents, documents, wanted_values, st.sampled_from([Shape.PATCH_WITHOUT_PATH, Shape.PUT]))
def test_a_shape_built_here_serves_a_document_that_changed_since(
    document: Document, now: Document, wanted: Document, shape: Shape
) -> None:
    """What was to change is as wanted, whatever it was before; nothing raises."""
    changes = changes_between(wanted, document)
    body = update_body(changes, shape, now, VIEW)
    after = body if shape is Shape.PUT else apply_patch(now, body["Operations"], SCHEMA)
    single = {each.path: each.after for each in changes if not VIEW[each.path].is_list and "[" not in each.path}
    assert diff_values(single, after, VIEW) == []


@given(wanted_values)
def test_a_fresh_create_satisfies_what_is_wanted(wanted: Document) -> None:
    assert diff_values(wanted, assemble(wanted.items(), VIEW), VIEW) == []


@given(documents, wanted_values)
def test_what_has_no_difference_has_none_in_any_order(document: Document, wanted: Document) -> None:
    rng = random.Random(len(str(document)))  # noqa: S311  an order, no secret

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(name, shuffled(each)) for name, each in value.items()]
            rng.shuffle(items)
            return dict(items)
        return rng.sample(value, len(value)) if isinstance(value, list) else value

    after = patched(wanted, document)
    assert set(differing(shuffled(wanted), shuffled(document))) == set(differing(wanted, document))
    assert differing(shuffled(wanted), shuffled(after)) == []


@given(documents, wanted_values)
def test_the_spelling_of_attribute_names_makes_no_difference(document: Document, wanted: Document) -> None:
    def respelled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name.swapcase(): respelled(each) for name, each in value.items()}
        return [respelled(each) for each in value] if isinstance(value, list) else value

    other = respelled(document)
    assert differing(wanted, other) == differing(wanted, document)
    assert diff_values(wanted, patched(wanted, other), VIEW) == []


@given(wanted_values)
def test_a_document_that_holds_exactly_the_wanted_values_has_no_difference(wanted: Document) -> None:
    document: Document = {}
    for path, value in wanted.items():
        facts = VIEW[path]
        holder = document.setdefault(facts.path.urn, {}) if facts.path.urn else document
        if facts.is_list:
            holder.setdefault(facts.path.attribute, []).extend(value)
        elif facts.path.sub:
            holder.setdefault(facts.path.attribute, {})[facts.path.sub] = value
        else:
            holder[facts.path.attribute] = value
    assert diff_values(wanted, document, VIEW) == []


@settings(max_examples=400)
@given(documents, wanted_values)
def test_nothing_that_is_not_managed_changes(document: Document, wanted: Document) -> None:
    after = patched(wanted, document)
    for path in everywhere(document) | everywhere(after):
        if is_managed(path, wanted):
            continue
        # RFC 7643 §3: a server adds an extension that is used to `schemas`.
        old, new = VIEW[path].read(document), VIEW[path].read(after)
        if path != "schemas":
            assert unmanaged_elements(old, path, wanted) == unmanaged_elements(new, path, wanted), path


def everywhere(document: Document) -> set[str]:
    """Every attribute path that a document holds, extensions' and sub-attributes' too."""
    found = set()
    for name, value in document.items():
        inside = value.items() if isinstance(value, dict) else ()
        if name.lower().startswith("urn:"):
            found |= {f"{name}:{each}" for each, _ in inside}
        elif name == "name":
            found |= {f"name.{each}" for each, _ in inside}
        elif name != "TITLE":
            found.add(name)
    return found


def is_managed(path: str, wanted: Document) -> bool:
    manager = path.endswith(":manager") and f"{path}.value" in wanted
    return manager or any(each.lower() == path.lower() for each in wanted)


def unmanaged_elements(value: Any, path: str, wanted: Document) -> Any:
    """The value without what the wanted filters select and without primary marks, which only one element may have."""
    filters = [VIEW[each].selects for each in wanted if VIEW[each].selects and base_of(VIEW[each].path) == path]
    if not filters:
        return value
    elements = value if isinstance(value, list) else [value]
    rest = [each for each in elements if each not in (None, "", {}) and not any(test(each) for test in filters if test)]
    return [
        {name: part for name, part in each.items() if name.lower() != "primary"} if isinstance(each, dict) else each
        for each in rest
    ]


# The oracle: scim2-models carries out the same operations on the same document.

CREATING = ScimPolicy(
    remove_value_as_filter=ScimPolicy.RemoveValue.apply, unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create
)
clean_email = st.fixed_dictionaries(
    {"value": st.sampled_from(["a@example.com", "b@example.com", "c@example.com"])},
    optional={"type": st.sampled_from(["work", "home", "other"]), "primary": st.booleans(), "display": st.just("d")},
)
clean_documents = st.fixed_dictionaries(
    {"schemas": st.just([RFC_USER.urn]), "userName": st.sampled_from(["a", "b"])},
    optional={
        "title": st.sampled_from(["a", "b"]),
        "active": st.booleans(),
        "name": st.fixed_dictionaries({"familyName": st.just("F")}, optional={"givenName": st.just("G")}),
        "emails": st.lists(clean_email, min_size=1, max_size=3, unique_by=lambda each: each["value"]).map(
            scim_worlds.one_primary
        ),
        ENTERPRISE_USER: st.fixed_dictionaries(
            {"department": st.just("D")}, optional={"manager": st.just({"value": "m1"})}
        ),
    },
)


@settings(max_examples=200)
@given(clean_documents, wanted_values)
def test_an_independent_implementation_of_patch_comes_to_the_same(document: Document, wanted: Document) -> None:
    wanted = {path: value for path, value in wanted.items() if not path.startswith((BADGE, "roles", "addresses"))}
    operations = operations_between(wanted, document)
    model = User[EnterpriseUser]
    resource = model.model_validate(copy.deepcopy(document))
    try:
        for each in operations:
            PatchOp[model](operations=[copy.deepcopy(each)]).patch(resource, scim_policy=CREATING)
    except (SCIMException, ValidationError):
        assume(False)
    theirs = resource.model_dump(scim_ctx=None, by_alias=True, exclude_none=True, mode="json")
    ours = apply_patch(document, operations, SCHEMA)
    assert diff_values(wanted, theirs, VIEW) == []
    for name in ("userName", "title", "active", "name", "emails"):
        definition = SCHEMA.attributes[name.lower()]
        assert canonical(theirs.get(name), definition) == canonical(ours.get(name), definition)


# What real servers show

EMAIL = 'emails[type eq "work"]'
WORK = {"value": "a@x.org", "type": "work", "primary": True}


@pytest.mark.parametrize(
    ("wanted", "document"),
    [
        ({"title": "x"}, {"TITLE": "X"}),
        ({"userName": "ANN"}, {"username": "ann"}),
        ({"userName": "Zoë"}, {"userName": "Zoe\u0308"}),
        ({"active": True}, {}),
        ({"active": True}, {"active": "True"}),
        ({"active": False}, {"active": "false"}),
        ({"title": ""}, {"title": None}),
        ({"emails": []}, {"emails": [None, "", {}]}),
        ({"emails": [{"value": "a@x.org"}]}, {"emails": "A@x.org"}),
        ({"emails": [{"value": "a@x.org"}]}, {"emails": {"value": "a@x.org", "primary": True}}),
        ({"emails": [{"value": "a@x.org"}]}, {"emails": [{"value": "a@x.org"}, {"value": "a@x.org"}]}),
        ({"emails": [{"value": "a@x.org"}, {"value": "A@x.org"}]}, {"emails": ["a@x.org"]}),
        ({EMAIL: [WORK]}, {"Emails": [{"Value": "a@x.org", "Type": "WORK", "Primary": "true", "display": "a"}]}),
        ({EMAIL: []}, {"emails": [{"value": "h@x.org", "type": "home"}]}),
        ({EMAIL: [{**WORK, "primary": False}]}, {"emails": [{"value": "a@x.org", "type": "work"}]}),
        ({f"{ENTERPRISE_USER}:manager.value": "26118"}, {ENTERPRISE_USER: {"manager": "26118"}}),
        ({f"{ENTERPRISE_USER}:manager.value": "26118"}, {ENTERPRISE_USER: {"Manager": "26118"}}),
        ({f"{ENTERPRISE_USER}:manager.value": "26118"}, {ENTERPRISE_USER.upper(): {"manager": {"Value": "26118"}}}),
        ({f"{ENTERPRISE_USER}:manager": {"value": "1"}}, {ENTERPRISE_USER: {"manager": {"value": "1", "x": "y"}}}),
        ({f"{ENTERPRISE_USER}:manager": {"value": "1"}}, {ENTERPRISE_USER: {"manager": "1"}}),
        ({f"{ENTERPRISE_USER}:department": ""}, {ENTERPRISE_USER: None}),
        ({f"{BADGE}:floors": [1, 2]}, {BADGE: {"floors": ["2", 1.0]}}),
        ({"name.givenName": "Ann"}, {"name": [{"givenName": "ann"}]}),
        ({f"{RFC_USER.urn}:title": "x"}, {"title": "X"}),
    ],
)
def test_a_server_that_writes_it_in_another_way_has_the_same(wanted: Document, document: Document) -> None:
    assert diff_values(wanted, document, VIEW) == []


@pytest.mark.parametrize(
    ("wanted", "document", "differences"),
    [
        ({"title": "x"}, {}, [("title", None, "x")]),
        ({"title": ""}, {"title": "x"}, [("title", "x", None)]),
        ({"active": False}, {}, [("active", None, False)]),
        ({f"{BADGE}:color": "red"}, {BADGE: {"color": "Red"}}, [(f"{BADGE}:color", "Red", "red")]),
        (
            {f"{ENTERPRISE_USER}:manager.value": "a"},
            {ENTERPRISE_USER: {"manager": "A"}},
            [(f"{ENTERPRISE_USER}:manager.value", "A", "a")],
        ),
        ({EMAIL: [WORK]}, {"emails": [{"value": "a@x.org"}]}, [(EMAIL, None, [WORK])]),
        ({EMAIL: [WORK]}, {"emails": [{**WORK, "value": "b@x.org"}]}, [(f"{EMAIL}.value", "b@x.org", "a@x.org")]),
        ({EMAIL: [WORK]}, {"emails": [{**WORK, "primary": "False"}]}, [(f"{EMAIL}.primary", "False", True)]),
        ({EMAIL: [{**WORK, "display": ""}]}, {"emails": [{**WORK, "display": "x"}]}, [(f"{EMAIL}.display", "x", None)]),
        ({EMAIL: []}, {"emails": [WORK]}, [(EMAIL, [WORK], None)]),
        ({"emails": ""}, {"emails": ["a"]}, [("emails", ["a"], None)]),
        ({f"{BADGE}:tags": ["a"]}, {BADGE: {"tags": "b"}}, [(f"{BADGE}:tags", ["b"], ["a"])]),
    ],
)
def test_a_difference_shows_what_is_there_and_what_is_wanted(
    wanted: Document, document: Document, differences: list[tuple[str, Any, Any]]
) -> None:
    assert diff_values(wanted, document, VIEW) == [Difference(*each) for each in differences]


def test_primary_moves_from_an_element_that_is_not_managed() -> None:
    document = {"emails": [{"value": "h@x.org", "type": "home", "primary": True}]}
    assert patched({EMAIL: [WORK]}, document)["emails"] == [
        {"value": "h@x.org", "type": "home", "primary": False},
        WORK,
    ]


def test_primary_moves_within_a_complete_list() -> None:
    """RFC 7643 §2.4: at most one value is primary, also where the list that loses the mark does not name it."""
    document = {"emails": [{"value": "b@x.org", "primary": True}, {"value": "a@x.org"}]}
    wanted = {"emails": [{"value": "a@x.org", "primary": True}, {"value": "b@x.org"}]}
    emails = {each["value"]: each["primary"] for each in patched(wanted, document)["emails"]}
    assert emails == {"a@x.org": True, "b@x.org": False}


def test_of_two_primary_values_that_a_server_holds_one_stays_when_the_list_is_written() -> None:
    document = {"emails": [{"value": "a@x.org", "primary": True}, {"value": "b@x.org", "primary": True}]}
    wanted = {"emails": [{"value": "a@x.org"}, {"value": "b@x.org", "type": "home"}]}
    after = patched(wanted, document)["emails"]
    assert [each["primary"] for each in after] == [True, False]


def test_a_filter_that_selects_several_elements_leaves_the_wanted_one_and_everything_else() -> None:
    home = {"value": "h@x.org", "type": "home", "verified": True}
    document = {"emails": [{"value": "old@x.org", "type": "work"}, home, {"value": "older@x.org", "type": "WORK"}]}
    wanted = {EMAIL: [{"value": "a@x.org", "type": "work"}]}
    assert patched(wanted, document)["emails"] == [home, {"value": "a@x.org", "type": "work"}]


def test_filters_that_each_select_several_elements_are_brought_in_line_together() -> None:
    both = [{"value": f"{n}@x.org", "type": kind} for n in "12" for kind in ("work", "home")]
    wanted = {
        EMAIL: [{"value": "w@x.org", "type": "work"}],
        'emails[type eq "home"]': [{"value": "h@x.org", "type": "home"}],
        "title": "x",
    }
    found = diff_values(wanted, {"emails": both}, VIEW)
    assert [each.path for each in found] == ["title", "emails"]
    assert {each["value"] for each in patched(wanted, {"emails": both})["emails"]} == {"w@x.org", "h@x.org"}


def test_a_part_of_a_value_that_nobody_gives_is_managed_only_where_the_value_is() -> None:
    wanted = {EMAIL: [{"type": "work", "display": "Office"}]}
    assert diff_values(wanted, {}, VIEW) == []
    assert differing(wanted, {"emails": [{"value": "x", "type": "work"}]}) == [f"{EMAIL}.display"]


def test_a_filter_with_and_describes_the_element_that_it_adds() -> None:
    path = 'emails[type eq "work" and primary eq true]'
    wanted = {path: [{"type": "work", "primary": True, "value": "a@x.org"}]}
    document = {"emails": [{"value": "b@x.org", "type": "work", "primary": "True"}]}
    assert differing(wanted, document) == [f"{path}.value"]
    assert patched(wanted, {})["emails"] == wanted[path]


def test_elements_that_are_neither_objects_nor_values_do_not_survive_a_rewriting() -> None:
    document = {"emails": [["x"], {"value": "1", "type": "work"}, {"value": "2", "type": "work"}, 7]}
    wanted = {EMAIL: [{"value": "a@x.org", "type": "work"}]}
    assert [each["value"] for each in patched(wanted, document)["emails"]] == [7, "a@x.org"]


def test_a_reference_that_is_not_resolved_yet_is_a_difference() -> None:
    boss = Ref(Kind.USER, "boss")
    path = f"{ENTERPRISE_USER}:manager.value"
    assert diff_values({path: boss}, {ENTERPRISE_USER: {"manager": {"value": "user:boss"}}}, VIEW) == [
        Difference(path, "user:boss", boss)
    ]


def test_what_a_plain_read_does_not_show_is_never_different() -> None:
    urn = "urn:example:secret"
    secret = Extension(urn, {"pin": Attribute("pin", returned="never"), "hint": Attribute("hint", returned="request")})
    view = AttributeView(RFC_USER.with_extension(secret))
    wanted = {"password": "x", f"{urn}:pin": "1", f"{urn}:hint": "h"}
    assert diff_values(wanted, {}, view) == []
    assert diff_values(wanted, {urn: {"hint": "i"}}, view) == [Difference(f"{urn}:hint", "i", "h")]


def test_what_the_schema_does_not_know_compares_without_case() -> None:
    assert diff_values({"urn:x:y": "a"}, {}, VIEW) == [Difference("urn:x:y", None, "a")]
    assert same_value(VIEW["shoe"], "A", "a")


def test_comparing_somebody_in_sync_takes_microseconds() -> None:
    """Some 20 for 20 paths; 100,000 users in three seconds leave 30. Processor time, and room for a slow machine."""
    texts = ("displayName", "nickName", "title", "userType", "locale", "timezone", "preferredLanguage", "profileUrl")
    enterprise = ("employeeNumber", "costCenter", "organization", "division", "department", "manager.value")
    wanted = {
        **dict.fromkeys(texts, "x"),
        **{f"{ENTERPRISE_USER}:{each}": "x" for each in enterprise},
        "userName": "Ann",
        "active": True,
        "name.givenName": "Ann",
        "name.familyName": "N",
        EMAIL: [WORK],
        'phoneNumbers[type eq "mobile"]': [{"value": "1", "type": "mobile"}],
    }
    document = assemble(wanted.items(), VIEW) | {"userName": "ann", "emails": [{**WORK, "display": "theirs"}]}
    started = time.process_time()
    for _ in range(2_000):
        assert diff_values(wanted, document, VIEW) == []
    assert time.process_time() - started < 2_000 * 150e-6
