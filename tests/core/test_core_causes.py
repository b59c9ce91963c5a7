"""What most updates of a plan come of: a rule, or one line that reaches everybody."""

from __future__ import annotations

from typing import Any

import pytest
from planning_kit import known, plan_of, target_text, user

from reconciler.core.plan import Plan
from reconciler.render.sentences import plan_summary

MAPPED = "mappings: {m: {extends: generic, users: {attributes: {title: '{{ user.department }} staff'}}}}"


def plan(count: int, entry: str = "{}", *lines: str, more: str = "", nicknamed: int = 0) -> Plan:
    """`nicknamed`: so many users have a nickname of their own and nothing else."""
    own = [entry if n >= nicknamed else f"{{nickName: N{n}}}" for n in range(count)]
    users = "".join(f"  u{n}: {each}\n" for n, each in enumerate(own))
    live = [user(str(n), f"u{n}") for n in range(count)]
    texts = {"p.yaml": f"users:\n{users}{more}", "t.yaml": target_text(*lines)}
    return plan_of(texts, live, [], [known(f"u{n}", str(n)) for n in range(count)])


def causes(made: Plan) -> Any:
    return [(each["rule"], each["number"], each["place"]) for each in made.summary["causes"]]


def test_a_rule_of_the_manifests_that_reaches_everybody_is_named() -> None:
    made = plan(12, "{department: Ops}", "mapping: m", more=MAPPED)
    assert ("m.users.title", 12, "") in causes(made)


def test_one_line_that_reaches_everybody_is_named_with_its_place() -> None:
    made = plan(12, more="defaults: {users: {title: Clerk}}")
    assert causes(made) == [("generic.users.title", 12, "manifests/p.yaml:14")]
    cause = "Mapping rule generic.users.title (manifests/p.yaml:14): 12 users."
    assert plan_summary(made) == f"Plan: 12 to update; 12 people affected. {cause}"


@pytest.mark.parametrize(("count", "nicknamed"), [(9, 0), (25, 14)])
def test_few_updates_and_causes_of_less_than_half_are_not_named(count: int, nicknamed: int) -> None:
    made = plan(count, "{title: Clerk}", nicknamed=nicknamed)
    assert "generic.users.title" not in [rule for rule, *_ in causes(made)]
