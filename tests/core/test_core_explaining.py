"""Where every value comes from, and what becomes of it on a platform that does not take everything."""

from __future__ import annotations

from typing import Any

from planning_kit import catalog_of, circumstances, given_of, target_text

from reconciler.core.planning.documenting import document_plan
from reconciler.core.planning.explaining import Explanation, explain
from reconciler.core.planning.planner import draft_plan
from reconciler.core.resources import Kind, Ref

PEOPLE = """users:
  ann:
    title: Dr
    phoneNumbers: {mobile: "+49 170 1234567"}
    emails:
      home: ann@home.example
      work: ann@x.example
"""


def explained(platform: str, people: str = PEOPLE, **more: Any) -> Explanation:
    targets = target_text().replace("platform: generic", f"platform: {platform}")
    catalog = catalog_of({"people.yaml": people, "targets.yaml": targets})
    given = given_of(catalog, **more)
    draft = draft_plan(given)
    plan = document_plan(draft, given, circumstances())
    return explain(Ref(Kind.USER, "ann"), given.target, catalog, draft, plan)


def test_a_value_is_explained_as_it_is_sent_with_the_line_it_comes_from() -> None:
    found = {each.path: each for each in explained("alibaba-idaas").values}
    assert found["emails"].wanted == [{"value": "ann@x.example", "type": "work"}]
    assert found["emails"].source == "manifests/people.yaml:5"
    assert found["emails"].rule == "alibaba-idaas.users.emails"
    assert found["emails"].left_out is None
    assert found["emails"].differs


def test_what_the_platform_does_not_take_is_said_with_the_reason() -> None:
    left = {each.path: (each.wanted, each.left_out) for each in explained("alibaba-idaas").values if each.left_out}
    assert left == {
        'emails[type eq "home"]': ("ann@home.example", "type_not_taken"),
        'phoneNumbers[type eq "mobile"]': ("+49 170 1234567", "type_not_taken"),
    }


def test_elsewhere_every_value_stands_for_itself() -> None:
    found = {each.path: each.left_out for each in explained("generic").values}
    assert found['emails[type eq "home"]'] is None
    assert "emails" not in found
