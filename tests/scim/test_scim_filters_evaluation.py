from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import EnterpriseUser, ScimFilter, User

from reconciler.scim.attributes import Attribute, Extension, by_name
from reconciler.scim.filters import (
    And,
    Comparison,
    Filter,
    Not,
    Or,
    Path,
    Present,
    ValuePath,
    compile_filter,
    matches,
    parse_filter,
)
from reconciler.scim.filters.evaluation import compile_element_filter
from reconciler.scim.schemas import RFC_GROUP, RFC_USER
from reconciler.scim.urns import ENTERPRISE_USER

Oracle = User[EnterpriseUser]

texts = st.sampled_from(["a", "A", "ab", "B", "work", "Work", "x@y", "é", "É"])
TEXT_OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
instants = st.sampled_from(
    ["2011-05-13T04:42:34Z", "2011-05-13T06:42:34+02:00", "2012-01-01T00:00:00Z", "2010-06-01T12:00:00.5Z"]
)
addresses = st.sampled_from(["a@example.com", "A@example.com", "b@example.org"])
emails = st.fixed_dictionaries(
    {}, optional={"value": addresses, "type": texts, "display": texts, "primary": st.booleans()}
).filter(bool)
documents = st.fixed_dictionaries(
    {"userName": texts},
    optional={
        "id": texts,
        "externalId": texts,
        "title": texts,
        "name": st.fixed_dictionaries({}, optional={"givenName": texts, "familyName": texts}).filter(bool),
        "active": st.booleans(),
        "emails": st.lists(emails, min_size=1, max_size=3),
        "meta": st.fixed_dictionaries({"created": instants}),
        ENTERPRISE_USER: st.fixed_dictionaries(
            {}, optional={"department": texts, "manager": st.fixed_dictionaries({"value": texts})}
        ).filter(bool),
    },
)


def paths(*written: tuple[str | None, str, str | None]) -> st.SearchStrategy[Path]:
    return st.sampled_from([Path(urn, name, None, sub) for urn, name, sub in written])


TEXT_PATHS = paths(
    (None, "userName", None),
    (None, "USERNAME", None),
    (RFC_USER.urn, "title", None),
    (None, "externalId", None),
    (None, "name", "givenName"),
    (None, "Emails", "TYPE"),
    (ENTERPRISE_USER, "department", None),
    (ENTERPRISE_USER.upper(), "Department", None),
    (ENTERPRISE_USER, "manager", "value"),
)
PRESENCE_PATHS = st.one_of(
    TEXT_PATHS,
    paths((None, "name", None), (None, "active", None), (ENTERPRISE_USER, "manager", None), (None, "meta", None)),
)
ADDRESS_PATHS = paths((None, "emails", None), (None, "emails", "value"))
BOOLEAN_PATHS = paths((None, "active", None), (None, "emails", "primary"))


def _is_single(path: Path) -> bool:
    return path.attribute.lower() != "emails"


def conditions(
    text_paths: st.SearchStrategy[Path],
    address_paths: st.SearchStrategy[Path],
    boolean_paths: st.SearchStrategy[Path],
) -> st.SearchStrategy[Filter]:
    return st.one_of(
        st.builds(Comparison, address_paths, st.sampled_from(TEXT_OPERATORS), addresses),
        st.builds(Comparison, address_paths, st.sampled_from(["co", "sw", "ew"]), texts),
        st.builds(Comparison, text_paths, st.sampled_from(TEXT_OPERATORS), texts),
        st.builds(Comparison, boolean_paths, st.sampled_from(["eq", "ne"]), st.booleans()),
        # "eq null" asks whether there is any value; of several elements the oracle asks whether one lacks it.
        st.builds(Comparison, text_paths.filter(_is_single), st.sampled_from(["eq", "ne"]), st.none()),
    )


def combined(leaves: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    def several(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(And, parts), st.builds(Or, parts), st.builds(Not, inner))

    return st.recursive(leaves, several, max_leaves=4)


inner_filters = combined(
    conditions(
        paths((None, "type", None), (None, "Display", None)),
        paths((None, "value", None)),
        paths((None, "primary", None)),
    )
)
filters = combined(
    st.one_of(
        conditions(TEXT_PATHS, ADDRESS_PATHS, BOOLEAN_PATHS),
        st.builds(
            Comparison,
            paths((None, "meta", "created")),
            st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
            instants,
        ),
        st.builds(Present, PRESENCE_PATHS),
        st.builds(ValuePath, paths((None, "emails", None)), inner_filters),
    )
)


@settings(max_examples=200)
@given(filters, documents)
def test_a_filter_matches_what_the_independent_implementation_matches(
    condition: Filter, document: dict[str, Any]
) -> None:
    user = Oracle.model_validate(document)
    expected = ScimFilter[Oracle](str(condition)).match(user)
    assert matches(condition, document, RFC_USER) == expected


junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["value", "type", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)
junk_documents = st.dictionaries(
    st.sampled_from(["userName", "emails", "active", "meta", "name", "title", ENTERPRISE_USER]),
    junk,
    max_size=6,
)


@settings(max_examples=150)
@given(filters, junk_documents, st.sampled_from([None, RFC_USER, RFC_GROUP]))
def test_no_document_makes_a_filter_raise(condition: Filter, document: dict[str, Any], schema: Any) -> None:
    assert matches(condition, document, schema) is not matches(Not(condition), document, schema)


def test_deep_and_cyclic_documents_are_only_looked_into_so_far() -> None:
    cyclic: dict[str, Any] = {"userName": None}
    cyclic["name"] = cyclic
    cyclic["emails"] = [cyclic, [cyclic]]
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    for document in (cyclic, {"name": deep, "emails": deep, "userName": deep}):
        for text in (
            "name pr",
            "emails pr",
            'emails[value eq "x"]',
            'name.givenName eq "x"',
            'userName eq "x"',
        ):
            assert matches(parse_filter(text), document, RFC_USER) in {True, False}


USER = {
    "userName": "bjensen",
    "externalId": "E1",
    "title": "Guide",
    "nickName": "straße",
    "active": True,
    "userType": "Employee",
    "meta": {"lastModified": "2011-05-13T04:42:34Z"},
    "name": {"familyName": "O'Malley", "givenName": ""},
    "emails": [{"type": "work", "value": "b@example.com"}, {"type": "home", "value": "b@home.org"}],
    "roles": "admin",
    "schemas": [RFC_USER.urn],
    "custom": {"country": "CN", "floor": 7, "remote": True},
    ENTERPRISE_USER: {"department": "Tours", "employeeNumber": "701984", "manager": {"value": "26118"}},
}
TABLE = [
    ('userName eq "BJensen"', True),
    ('externalId eq "e1"', False),
    ('id eq "x"', False),
    ("""name.familyName co "o'm\"""", True),
    ('title sw "Gu" and title ew "DE"', True),
    ('nickName eq "STRAẞE"', True),
    ("name.givenName pr", False),
    ("name pr", True),
    ("photos pr", False),
    ("profileUrl ne null", False),
    ("profileUrl eq null", True),
    ("profileUrl gt null", False),
    ('profileUrl ne "x"', True),
    ('emails.type ne "work"', False),
    ('emails.type ne "other"', True),
    ('emails co "@home"', True),
    ('emails[type eq "work" and value co "@home"]', False),
    ('emails[type eq "home" and value co "@home"]', True),
    ('emails[not (type eq "work")]', True),
    ('roles eq "admin"', True),
    ('roles.value eq "admin"', True),
    ('roles.type eq "admin"', False),
    ('roles[value eq "admin"]', True),
    ("active eq true", True),
    ('active eq "True"', True),
    ('active eq "yes"', False),
    ("active gt false", False),
    ("title eq true", False),
    ("title eq 5", False),
    ("title co 5", False),
    ('title gt "Alpha" and title lt "Zeta"', True),
    ('meta.lastModified eq "2011-05-13T06:42:34+02:00"', True),
    ('meta.lastModified gt "2011-05-13T04:42:33Z"', True),
    ('meta.lastModified gt "2011-06"', False),
    ('meta.lastModified sw "2011"', True),
    (f'schemas eq "{RFC_USER.urn}"', True),
    (f'schemas[value eq "{RFC_USER.urn}"]', True),
    ('schemas[type eq "x"]', False),
    ('custom.country eq "cn"', True),
    ("custom.floor ge 7 and custom.floor lt 7.5", True),
    ('custom.floor eq "7"', False),
    ("custom.country ge 7 or custom.country eq true", False),
    ("custom.remote eq true and not (custom.remote eq 1)", True),
    ("custom.floor eq true", False),
    (f'{ENTERPRISE_USER}:department eq "tours"', True),
    (f'{ENTERPRISE_USER}:manager eq "26118"', True),
    (f'{ENTERPRISE_USER}:manager.value ne "26118"', False),
    (f'{RFC_USER.urn}:userName eq "bjensen"', True),
    ('urn:other:2.0:Thing:userName eq "bjensen"', False),
    ('urn:other:2.0:Thing:userName ne "bjensen"', True),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_rules_of_comparison(text: str, expected: bool) -> None:
    assert matches(parse_filter(text), USER, RFC_USER) is expected


def test_without_a_schema_only_the_common_attributes_have_their_rules() -> None:
    assert matches(parse_filter('userName eq "BJENSEN" and not (externalId eq "e1")'), USER)
    assert matches(parse_filter(f'{RFC_USER.urn}:userName eq "bjensen"'), USER)
    assert matches(parse_filter('meta.lastModified eq "2011-05-13t04:42:34z" or emails co "@HOME"'), USER)


def test_numbers_follow_the_types_of_a_custom_extension() -> None:
    urn = "urn:x:custom:2.0:User"
    schema = RFC_USER.with_extension(
        Extension(urn, by_name([Attribute("floor", "integer"), Attribute("code", case_exact=True)]))
    )
    document = {urn: {"floor": "7", "code": "aB"}}
    assert matches(parse_filter(f"{urn}:floor eq 7 and {urn}:floor lt 8"), document, schema)
    assert matches(parse_filter(f'{urn}:floor gt "6" and not ({urn}:floor co "7")'), document, schema)
    assert not matches(parse_filter(f'{urn}:floor gt "six" or {urn}:code eq "ab" or {urn}:code gt 1'), document, schema)


def test_names_are_found_in_any_case_and_texts_in_any_unicode_form() -> None:
    document = {"USERNAME": "Jose\u0301", ENTERPRISE_USER.upper(): {"DEPARTMENT": "X"}}
    assert matches(parse_filter(f'username eq "JOSÉ" and {ENTERPRISE_USER}:department eq "x"'), document, RFC_USER)


def test_a_sub_attribute_may_hold_several_values() -> None:
    assert matches(parse_filter('custom.tags eq "b"'), {"custom": {"tags": ["a", "b"]}})


def test_a_compiled_filter_is_kept() -> None:
    condition = parse_filter('emails[type eq "work"]')
    assert compile_filter(condition, RFC_USER) is compile_filter(parse_filter(str(condition)), RFC_USER)
    assert isinstance(condition, ValuePath)
    assert compile_element_filter(condition.filter)({"type": "WORK"})
