"""What the tests of the two identity centers share: their people, and single steps that must end as they should."""

from __future__ import annotations

from typing import Any

from branches import PEOPLE, TOKEN, Branch
from planning_kit import signs
from workplace import results

from reconciler.core.plan import Plan
from reconciler.scim.urns import ENTERPRISE_USER

AWS = "aws-identity-center"
HUAWEI = "huawei-identity-center"
MANAGER = f"{ENTERPRISE_USER}:manager"

__all__ = [
    "AWS",
    "HUAWEI",
    "MANAGER",
    "PEOPLE",
    "console_user",
    "crowd",
    "done",
    "group_of",
    "looked_up",
    "person",
    "requests",
    "unlisted",
]


def person(name: str, more: str = "") -> str:
    """One entry of `users`."""
    whole = f"name: {{givenName: {name}, familyName: Example}}, displayName: {name}, emails: {name}@example.com"
    return f"  {name}: {{{whole}{more}}}\n"


def crowd(number: int, *groups: str) -> str:
    """Manifests of the users u000, u001, … and of groups; see `group_of`."""
    users = "".join(person(f"u{each:03}") for each in range(number))
    return f"users:\n{users}" + ("groups:\n" + "".join(groups) if groups else "")


def group_of(key: str, *numbers: int) -> str:
    """A group of some of a crowd."""
    members = ", ".join(f"u{each:03}" for each in numbers)
    return f"  {key}: {{displayName: {key.title()}, members: [{members}]}}\n"


def done(place: Branch, *expected: str, withheld: tuple[tuple[str, str], ...] = ()) -> Plan:
    """Applies a plan that has exactly these operations, all of which succeed; the next plan is empty."""
    planned = place.plan()
    assert sorted(signs(planned.plan.operations)) == sorted(expected)
    assert planned.plan.held == ()
    assert set(results(place.apply(planned)).values()) <= {"done"}
    place.converged(withheld=withheld)
    return planned.plan


def console_user(place: Branch, name: str, **more: Any) -> str:
    """The id of a user whom a person made in the console."""
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "displayName": name,
        "name": {"givenName": name, "familyName": "Console"},
        "emails": [{"value": f"{name}@console.example", "type": "work", "primary": True}],
        "active": True,
    }
    return str(place.console("POST", "/Users", body | more)["id"])


def requests(place: Branch, method: str, start: str = "/") -> list[Any]:
    """The requests that the endpoint got, by method and the beginning of their path."""
    asked = (each.request for each in place.vendor.log)
    return [each for each in asked if each.method == method and each.path.startswith(start)]


def looked_up(place: Branch) -> list[str]:
    """Ids of users that were read singly."""
    return [each.path.rpartition("/")[2] for each in requests(place, "GET", "/Users/")]


def unlisted(place: Branch) -> list[str]:
    """Names of users whom a listing of fifty does not show."""
    listed = place.call("GET", f"{place.url}/Users", Authorization=f"Bearer {TOKEN}").json()["Resources"]
    assert len(listed) == 50
    return sorted({*place.users()} - {each["userName"] for each in listed})
