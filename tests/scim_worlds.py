"""Live documents as real servers send them, and what is wanted of them, for Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.comparing.elements import satisfies
from reconciler.scim.schemas import RFC_USER, Attribute, Extension
from reconciler.scim.urns import ENTERPRISE_USER

BADGE = "urn:example:scim:badge:2.0:User"
SCHEMA = RFC_USER.with_extension(
    Extension(
        BADGE,
        {
            "color": Attribute("color", case_exact=True),
            "floors": Attribute("floors", "integer", multi_valued=True),
            "tags": Attribute("tags", multi_valued=True),
        },
    )
)
VIEW = AttributeView(SCHEMA)

texts = st.sampled_from(["a", "A", "b", "Zoë", "Zoe\u0308", "ﬁ", "x y", '"q"\\'])
addresses = st.sampled_from(["a@x.org", "A@x.org", "b@x.org", "c@x.org"])
types = st.sampled_from(["work", "Work", "home", "other"])
booleans = st.sampled_from([True, False])
odd_booleans = st.sampled_from([True, False, "True", "false"])


def one_primary(elements: list[Any]) -> list[Any]:
    """Only the first primary element stays one."""
    seen = False
    kept = []
    for each in elements:
        is_primary = isinstance(each, dict) and each.get("primary") in (True, "True")
        kept.append({**each, "primary": False} if is_primary and seen else each)
        seen = seen or is_primary
    return kept


live_email: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries(
        {"value": addresses},
        optional={"type": types, "primary": odd_booleans, "display": texts, "verified": st.just("yes")},
    ),
    st.fixed_dictionaries({"Value": addresses}, optional={"TYPE": types, "Primary": booleans}),
    addresses,
    st.sampled_from([None, "", {}]),
)
live_emails = st.one_of(st.lists(live_email, max_size=4), live_email)
live_addresses = st.lists(
    st.fixed_dictionaries({}, optional={"type": types, "country": texts, "locality": texts, "primary": booleans}),
    max_size=3,
)
names = st.fixed_dictionaries({}, optional={"givenName": texts, "familyName": texts, "formatted": texts})
managers = st.one_of(
    st.sampled_from(["m1", "m2", None, ""]),
    st.fixed_dictionaries({}, optional={"value": st.sampled_from(["m1", "M1"]), "displayName": texts}),
)
enterprise = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {}, optional={"department": st.one_of(texts, st.none()), "costCenter": texts, "manager": managers}
    ),
)
badges = st.fixed_dictionaries(
    {},
    optional={
        "color": texts,
        "floors": st.lists(st.sampled_from([1, "1", 2, 3, None]), max_size=3),
        "tags": st.one_of(texts, st.lists(texts, max_size=3)),
        "unknown": st.just({"a": [1]}),
    },
)
documents = st.fixed_dictionaries(
    {"schemas": st.just([RFC_USER.urn]), "id": st.just("7"), "userName": texts},
    optional={
        "title": st.one_of(texts, st.none(), st.just("")),
        "TITLE": texts,
        "nickName": texts,
        "active": odd_booleans,
        "name": st.one_of(names, st.none()),
        "emails": live_emails,
        "addresses": live_addresses,
        "roles": st.lists(st.one_of(texts, st.fixed_dictionaries({"value": texts})), max_size=3),
        ENTERPRISE_USER: enterprise,
        BADGE: badges,
        "groups": st.just([{"value": "g1"}]),
        "vendor": st.just({"x": [None, 1]}),
        "meta": st.just({"version": 'W/"1"'}),
    },
).map(lambda each: {k: v for k, v in each.items() if k != "TITLE" or "title" not in each})

wanted_email = st.fixed_dictionaries(
    {"value": addresses}, optional={"type": types, "primary": booleans, "display": texts}
)
element_texts = st.one_of(texts, st.just(""))


def telling(elements: list[dict[str, Any]]) -> bool:
    """Whether each element says something that no other one says as well: manifests name a value once."""
    pairs = [(one, other) for one in elements for other in elements if one is not other]
    return not any(satisfies(one, other, SCHEMA.attributes["emails"]) for one, other in pairs)


def email_lists(max_size: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(wanted_email, max_size=max_size).map(one_primary).filter(telling)


def of_type(kind: str) -> st.SearchStrategy[list[Any]]:
    element = st.fixed_dictionaries(
        {"value": addresses, "type": st.just(kind)}, optional={"primary": booleans, "display": element_texts}
    )
    return st.lists(element, max_size=2).map(one_primary).filter(telling)


def sub_only(kind: str) -> st.SearchStrategy[list[Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), "display": texts}).map(lambda each: [each])


def _one_primary_of_all(wanted: dict[str, Any]) -> dict[str, Any]:
    """Manifests mark one primary value of an attribute, whichever path says so."""
    seen = False
    fixed = dict(wanted)
    for path, value in wanted.items():
        if path.startswith("emails["):
            fixed[path] = [{**each, "primary": False} if seen and each.get("primary") else each for each in value]
            seen = seen or any(each.get("primary") for each in value)
    return fixed


by_filter = st.fixed_dictionaries(
    {},
    optional={
        'emails[type eq "work"]': st.one_of(of_type("work"), sub_only("work")),
        'emails[type eq "home"]': of_type("home"),
        'emails[type eq "other" and display eq "b"]': st.just([{"type": "other", "display": "b", "value": "o@x.org"}]),
    },
).map(_one_primary_of_all)
whole = st.fixed_dictionaries({"emails": email_lists(max_size=3)})
plain_values = st.fixed_dictionaries(
    {},
    optional={
        "userName": texts,
        "title": element_texts,
        "active": booleans,
        "name.givenName": element_texts,
        "name.familyName": texts,
        'addresses[type eq "home"]': st.lists(
            st.fixed_dictionaries({"type": st.just("home"), "country": texts}), max_size=1
        ),
        "roles": st.lists(texts.map(lambda each: {"value": each}), max_size=2),
        f"{ENTERPRISE_USER}:department": element_texts,
        f"{ENTERPRISE_USER}:manager.value": st.sampled_from(["m1", "M1", "m2", ""]),
        f"{BADGE}:color": element_texts,
        f"{BADGE}:floors": st.lists(st.sampled_from([1, 2]), max_size=2),
        f"{BADGE}:tags": st.lists(texts, max_size=2),
    },
)
wanted_values = st.builds(lambda left, right: {**left, **right}, plain_values, st.one_of(by_filter, whole))
