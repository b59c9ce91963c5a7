from __future__ import annotations

from typing import Any

import orjson
import pytest

from reconciler.core.plan import Change, Operation, Plan, PlannedRequest, Released
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation
from reconciler.errors import StalePlanError
from reconciler.render.redaction import MASK, derived_paths, redact_plan

SECRET = "+86 138 0013 8000"  # the value that must be seen nowhere


def plan_with(plan: Plan, path: str, value: Any, rule: str | None = None) -> Any:
    body = {"schemas": ["urn:x"], "Operations": [{"op": "replace", "path": path, "value": value}]}
    operation = Operation(
        id="user:ann:update",
        kind=Kind.USER,
        key="ann",
        name="ann@example.com",
        action=Action.UPDATE,
        situation=Situation.DRIFTED,
        reason=Situation.DRIFTED,
        changes=(Change(path=path, before=value, after=value, rule=rule), Change(path="title", after="Engineer")),
        requests=(PlannedRequest(method="PATCH", path="/Users/1", body=body),),
    )
    released = Released(kind=Kind.USER, key="ann", path=path, value=value)
    return plan.model_copy(update={"operations": (operation,), "released": (released,)})


@pytest.mark.parametrize(
    ("personal", "path", "value"),
    [
        ("phoneNumbers", "phoneNumbers", [{"value": SECRET, "type": "mobile"}]),
        ("phoneNumbers", 'phoneNumbers[type eq "mobile"].value', SECRET),
        ("phoneNumbers", f'phoneNumbers[value eq "{SECRET}"]', None),
        ("PHONENUMBERS", "phonenumbers.value", SECRET),
        ("name.familyName", "name.familyName", SECRET),
        ("name.familyName", "name", {"familyName": SECRET}),
        ("name", "name.familyName", SECRET),
        ("department", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", SECRET),
        ("custom.streetAddress", "urn:example:custom:User:streetAddress", SECRET),
    ],
)
def test_a_personal_value_is_seen_nowhere_in_the_document(
    quiet_plan: Plan, personal: str, path: str, value: Any
) -> None:
    redacted = redact_plan(plan_with(quiet_plan, path, value), [personal])
    assert SECRET not in redacted.to_json().decode()
    assert redacted.operations[0].changes[1].after == "Engineer"


def test_what_a_rule_makes_of_a_personal_value_is_masked_too(quiet_plan: Plan) -> None:
    plan = plan_with(quiet_plan, "urn:example:User:address", SECRET, rule="idaas.users.streetAddress")
    assert SECRET not in redact_plan(plan, ["custom.streetAddress"]).to_json().decode()


def test_types_in_a_filter_are_no_secret(quiet_plan: Plan) -> None:
    plan = plan_with(quiet_plan, 'phoneNumbers[type eq "mobile"].value', SECRET)
    assert redact_plan(plan, ["phoneNumbers"]).operations[0].changes[0].path == 'phoneNumbers[type eq "mobile"].value'


def test_a_name_is_masked_where_it_is_a_masked_value(quiet_plan: Plan) -> None:
    plan = plan_with(quiet_plan, "emails", [{"value": "ann@example.com"}])
    assert redact_plan(plan, ["emails"]).operations[0].name == MASK


def test_names_of_rows_are_masked_with_what_their_detail_says(rich_plan: Plan) -> None:
    held = rich_plan.withheld[1].model_copy(update={"detail": "carol@example.com is taken"})
    redacted = redact_plan(rich_plan.model_copy(update={"held": (held,)}), ["userName"])
    assert (redacted.held[0].name, redacted.held[0].detail) == (MASK, f"{MASK} is taken")


def test_whole_bodies_are_masked_too(quiet_plan: Plan) -> None:
    plan = plan_with(quiet_plan, "phoneNumbers", [{"value": SECRET}])
    (operation,) = plan.operations
    body = {"userName": "ann", "phoneNumbers": [{"value": SECRET}], "urn:x": {"phoneNumbers": SECRET}}
    request = PlannedRequest(method="POST", path="/Users", body=body)
    changed = plan.model_copy(update={"operations": (operation.model_copy(update={"requests": (request,)}),)})
    assert redact_plan(changed, ["phoneNumbers"]).operations[0].requests[0].body == {
        "userName": "ann",
        "phoneNumbers": MASK,
        "urn:x": {"phoneNumbers": MASK},
    }


def test_without_personal_attributes_nothing_is_masked(rich_plan: Plan) -> None:
    assert redact_plan(rich_plan, []) == rich_plan


@pytest.mark.parametrize("personal", ["emails", "title", "userName", "custom.address", "nickName"])
def test_masking_twice_masks_nothing_more(rich_plan: Plan, personal: str) -> None:
    once = redact_plan(rich_plan, [personal])
    assert once != rich_plan
    assert redact_plan(once, [personal]) == once


def test_a_redacted_plan_cannot_pass_for_the_plan_that_it_was(rich_plan: Plan) -> None:
    redacted = redact_plan(rich_plan, ["title"])
    assert orjson.loads(redacted.to_json())["sha256"] == rich_plan.sha256
    with pytest.raises(StalePlanError, match="altered"):
        type(rich_plan).from_json(redacted.to_json())


def test_rules_that_mention_a_personal_attribute_are_found_by_their_expressions() -> None:
    rules = {
        "urn:x:User:user_address": "{{ user.custom.streetAddress }}",
        "displayName": "{{ user.displayName }}",
        "phone": "{{ user.phone | e164 }}",
        "phoneRegion": "86",
    }
    assert derived_paths(["custom.streetAddress", "phoneNumbers"], rules) == ["urn:x:User:user_address", "phone"]
