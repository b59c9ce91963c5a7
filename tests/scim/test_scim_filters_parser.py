from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.scim.filters import (
    And,
    Comparison,
    Filter,
    FilterError,
    Not,
    Or,
    Path,
    Present,
    ValuePath,
    attributes_of,
    parse_filter,
)
from reconciler.scim.filters.ast import OPERATORS
from reconciler.scim.filters.lexer import MAX_LENGTH
from reconciler.scim.filters.parser import MAX_DEPTH
from reconciler.scim.paths import PathError, element_of, parse_path

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

names = st.one_of(
    st.sampled_from(["userName", "not", "and", "or", "eq", "pr", "true", "null", "$ref", "x-1_b"]),
    st.builds(
        str.__add__,
        st.sampled_from(string.ascii_letters),
        st.text(string.ascii_letters + string.digits + "-_$", max_size=8),
    ),
)
urns = st.sampled_from([None, ENTERPRISE, "urn:x:y", "urn:ietf:params:scim:schemas:core:2.0:User"])
plain_paths = st.builds(Path, urns, names, st.none(), st.none() | names)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


def conditions(paths: st.SearchStrategy[Path]) -> st.SearchStrategy[Filter]:
    return st.one_of(st.builds(Comparison, paths, st.sampled_from(OPERATORS), values), st.builds(Present, paths))


def combined(leaves: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=8,
    )


value_filters = combined(conditions(st.builds(Path, st.none(), names)))
value_paths = st.builds(ValuePath, st.builds(Path, urns, names), value_filters)
filters = combined(st.one_of(conditions(plain_paths), value_paths))
patch_paths = st.one_of(
    plain_paths,
    st.builds(Path, urns, names, value_filters, st.none() | names),
    st.builds(Path, st.sampled_from([ENTERPRISE, "urn:custom:2.0:Group"]), st.just("")),
)


def fault_in(parse: Callable[[str], object], text: str) -> FilterError | None:
    try:
        parse(text)
    except FilterError as fault:
        return fault
    return None


@given(filters)
def test_the_text_of_a_filter_parses_to_the_same_filter(condition: Filter) -> None:
    assert parse_filter(str(condition)) == condition
    assert hash(parse_filter(str(condition))) == hash(condition)


@given(patch_paths)
def test_the_text_of_a_path_parses_to_the_same_path(path: Path) -> None:
    assert parse_path(str(path)) == path


@given(filters)
def test_keywords_and_operators_are_read_in_any_case(condition: Filter) -> None:
    text = str(condition)
    if '"' not in text and "[" not in text and "$" not in text:
        assert str(parse_filter(text.upper())).lower() == text.lower()


@given(filters, st.data())
def test_a_filter_that_is_cut_or_altered_parses_or_says_where_it_fails(condition: Filter, data: st.DataObject) -> None:
    text = str(condition)
    offset = data.draw(st.integers(0, len(text)))
    junk = data.draw(st.sampled_from(["", "(", ")", "[", "]", '"', "'", "=", " x ", ".", "\\", " and "]))
    for damaged in (text[:offset], text[:offset] + junk + text[offset:]):
        fault = fault_in(parse_filter, damaged)
        assert fault is None or (fault.problem and 0 <= fault.offset <= len(damaged))


@given(st.text(max_size=60))
def test_any_text_is_a_path_or_a_fault(text: str) -> None:
    fault = fault_in(parse_path, text)
    assert fault is None or (isinstance(fault, PathError) and 0 <= fault.offset <= len(text))


@settings(max_examples=50)
@given(filters)
def test_every_attribute_of_a_filter_is_named(condition: Filter) -> None:
    text = str(condition)
    for path in attributes_of(condition):
        assert (path.sub or path.attribute) in text


RFC_EXAMPLES = [  # RFC 7644 §3.4.2.2, figure 2
    'userName eq "bjensen"',
    """name.familyName co "O'Malley\"""",
    'userName sw "J"',
    'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
    "title pr",
    'meta.lastModified gt "2011-05-13T04:42:34Z"',
    'meta.lastModified ge "2011-05-13T04:42:34Z"',
    'meta.lastModified lt "2011-05-13T04:42:34Z"',
    'meta.lastModified le "2011-05-13T04:42:34Z"',
    'title pr and userType eq "Employee"',
    'title pr or userType eq "Intern"',
    'schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"',
    'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
    'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")',
    'userType eq "Employee" and (emails.type eq "work")',
    'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]',
    'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]',
]


@pytest.mark.parametrize("text", RFC_EXAMPLES)
def test_the_rfcs_own_filters_parse(text: str) -> None:
    assert str(parse_filter(text)) == text.replace('(emails.type eq "work")', 'emails.type eq "work"')


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('A EQ "x"', 'A eq "x"'),
        ("a PR AND NOT(b pr)", "a pr and not (b pr)"),
        ("a pr or b pr and c pr", "a pr or b pr and c pr"),
        ("(a pr or b pr) and c pr", "(a pr or b pr) and c pr"),
        ("((a pr))", "a pr"),
        ("a eq TRUE or a eq False or a eq NULL", "a eq true or a eq false or a eq null"),
        ("a eq -1.5e3", "a eq -1500.0"),
        ('a eq "\\u00e9\\n\\"\\\\"', 'a eq "é\\n\\"\\\\"'),
        ("  a \t pr\n", "a pr"),
        ("emails [ type pr ]", "emails[type pr]"),
        ("not pr", "not pr"),
        ("not eq 1 and not (not pr)", "not eq 1 and not (not pr)"),
        ("custom.country pr", "custom.country pr"),
        (f'{ENTERPRISE}:manager.value eq "1"', f'{ENTERPRISE}:manager.value eq "1"'),
        ("$ref pr and a-b_c1 pr", "$ref pr and a-b_c1 pr"),
    ],
)
def test_lenient_writing_has_one_canonical_text(text: str, canonical: str) -> None:
    assert str(parse_filter(text)) == canonical


def test_and_binds_tighter_than_or() -> None:
    a, b, c = (Present(Path(None, each)) for each in "abc")
    assert parse_filter("a pr or b pr and c pr") == Or((a, And((b, c))))


def test_the_attributes_of_a_value_filter_are_qualified_by_their_parent() -> None:
    found = attributes_of(parse_filter('not (emails[type eq "work" and value pr]) or title pr'))
    assert [str(each) for each in found] == ["emails", "emails.type", "emails.value", "title"]


def test_true_is_another_filter_than_1() -> None:
    assert parse_filter("a eq true") != parse_filter("a eq 1")


FAULTS = [
    ("", "the filter is empty", 0),
    ("   ", "the filter is empty", 0),
    ('a = "x"', "unexpected '=': for equality write eq", 2),
    ('a == "x"', "unexpected '=': for equality write eq", 2),
    ('a != "x"', "unexpected '!': for inequality write ne, for negation not (…)", 2),
    ("a > 1", "unexpected '>': for comparison write gt or ge", 2),
    ("a < 1", "unexpected '<': for comparison write lt or le", 2),
    ("a pr && b pr", "unexpected '&': to combine conditions write and", 5),
    ("a pr || b pr", "unexpected '|': to combine conditions write or", 5),
    ("a pr, b pr", "unexpected ',': to combine conditions write and or or", 4),
    ("a eq 'x'", 'unexpected "\'": texts stand in double quotes: "…"', 5),
    ("a\u00a0pr", "unexpected '\\xa0': nothing like it belongs here", 1),
    ("a eq x", 'a text stands in double quotes: "x"', 5),
    ("a eq 0123", 'a text stands in double quotes: "0123"', 5),
    ('a eq "x', "the closing double quote is missing", 5),
    ('a eq "\\x"', r"bad escape in a text; a backslash is written \\", 5),
    ('a eq "\\ud800"', "the text holds one half of a surrogate pair", 5),
    ("a eq 1e999", "the number is too large", 5),
    ("a eq " + "9" * 5000, "the number is too long", 5),
    ('a equal "x"', "unknown operator 'equal': did you mean eq?", 2),
    ('a startsWith "x"', "unknown operator 'startsWith': did you mean sw?", 2),
    ('a eqq "x"', "unknown operator 'eqq': did you mean eq?", 2),
    ('a matches "x"', "unknown operator 'matches': known are eq, ne, co, sw, ew, gt, ge, lt, le and pr", 2),
    ('a "x"', "an operator is missing after a: eq, ne, co, sw, ew, gt, ge, lt, le or pr", 2),
    ("a", "an operator is missing after a: eq, ne, co, sw, ew, gt, ge, lt, le or pr", 1),
    ("a and b pr", "an operator is missing after a: eq, ne, co, sw, ew, gt, ge, lt, le or pr", 2),
    ("a eq", "a value is missing after eq", 4),
    ("a eq (b)", "a value is missing after eq", 5),
    ("(a pr", "'(' is never closed", 0),
    ("a pr)", "')' closes nothing", 4),
    ("a pr]", "']' closes nothing", 4),
    ("emails[type pr", "'[' is never closed", 6),
    ("emails[type pr)", "')' where ']' is due", 14),
    ("(a pr]", "']' where ')' is due", 5),
    ("(a pr b pr)", "'b' is not expected here; conditions are joined by and or or", 6),
    ("a pr b pr", "'b' is not expected here; conditions are joined by and or or", 5),
    ('a eq "x" "y"', "'y' is not expected here; conditions are joined by and or or", 9),
    ("not a pr", "after not the condition stands in parentheses: not (…)", 4),
    ("a pr and", "the filter breaks off: a condition is missing", 8),
    ("a pr and ) ", "')' where an attribute name is due", 9),
    ('"a" eq 1', "an attribute name stands without quotes", 0),
    ("a.b.c pr", "'a.b.c' has more than an attribute and one sub-attribute", 0),
    ("a. pr", "an attribute name is missing", 2),
    (".a pr", "an attribute name is missing", 0),
    ("1a pr", "'1a' is no attribute name: it begins with a letter and holds letters, digits, - and _", 0),
    ("a.é pr", "'é' is no attribute name: it begins with a letter and holds letters, digits, - and _", 2),
    ("http://x:a pr", "'http://x' is no schema URN: it begins with urn:", 0),
    ("urn:a pr", "'urn' is no schema URN: it begins with urn:", 0),
    (f"{ENTERPRISE} pr", f"{ENTERPRISE!r} names a whole schema: an attribute of it is missing", 0),
    ("emails[emails.type pr]", "inside emails[…] stand names of its sub-attributes only", 7),
    ("a[b[c pr]]", "a value filter stands behind an attribute, not inside another", 3),
    ("a.b[c pr]", "a value filter stands behind an attribute, not inside another", 3),
    (
        "emails[type pr].value pr",
        "after ']' a sub-attribute stands in PATCH paths only, in a filter inside the brackets",
        15,
    ),
]


@pytest.mark.parametrize(("text", "problem", "offset"), FAULTS)
def test_a_bad_filter_says_what_is_wrong_and_where(text: str, problem: str, offset: int) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert (caught.value.problem, caught.value.offset) == (problem, offset)
    assert str(caught.value) == f"{problem} (at character {offset + 1})"


def test_length_and_depth_are_bounded() -> None:
    deepest = "(" * MAX_DEPTH + "a pr" + ")" * MAX_DEPTH
    assert str(parse_filter(deepest)) == "a pr"
    with pytest.raises(FilterError, match="nested deeper than 50 levels"):
        parse_filter(f"({deepest})")
    with pytest.raises(FilterError, match="nested deeper than 50 levels"):
        parse_filter("not (" * 1000)
    with pytest.raises(FilterError, match="longer than 10000 characters"):
        parse_filter("a" * (MAX_LENGTH + 1))


PATHS = [
    ("userName", Path(None, "userName")),
    ("name.givenName", Path(None, "name", None, "givenName")),
    (f"{ENTERPRISE}:manager.value", Path(ENTERPRISE, "manager", None, "value")),
    (ENTERPRISE, Path(ENTERPRISE, "")),
    ("urn:ietf:params:scim:schemas:core:2.0:User", Path("urn:ietf:params:scim:schemas:core:2.0:User", "")),
    ("URN:x:customfield:2.0:USER", Path("URN:x:customfield:2.0:USER", "")),
    ("urn:x:customfield:2.0:User:a_b", Path("urn:x:customfield:2.0:User", "a_b")),
    (
        'emails[type eq "work"].value',
        Path(None, "emails", Comparison(Path(None, "type"), "eq", "work"), "value"),
    ),
    ("emails[type pr]", Path(None, "emails", Present(Path(None, "type")))),
]


@pytest.mark.parametrize(("text", "path"), PATHS)
def test_paths(text: str, path: Path) -> None:
    assert parse_path(text) == path
    assert str(path) == text


PATH_FAULTS = [
    ("", "the path is empty", 0),
    ("[type pr]", "an attribute name is due, not '['", 0),
    ("emails[type pr] .value", "'.value' is not expected behind emails[type pr]", 16),
    ("emails[type pr]value", "'value' is not expected behind emails[type pr]", 15),
    ("emails[type pr].", "an attribute name is missing", 16),
    (
        "emails[type pr].a.b",
        "'a.b' is no attribute name: it begins with a letter and holds letters, digits, - and _",
        16,
    ),
    ("emails[type = 1]", "unexpected '=': for equality write eq", 12),
    ("emails[]", "']' where an attribute name is due", 7),
    (
        f"{ENTERPRISE}[a pr]",
        "a value filter stands behind an attribute, not behind a schema",
        len(ENTERPRISE),
    ),
    ("user name", "'name' is not expected behind user", 5),
    ("user.name)", "')' is not expected behind user.name", 9),
]


@pytest.mark.parametrize(("text", "problem", "offset"), PATH_FAULTS)
def test_a_bad_path_says_what_is_wrong_and_where(text: str, problem: str, offset: int) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    assert (caught.value.problem, caught.value.offset) == (problem, offset)


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ('emails[type eq "work"]', {"type": "work"}),
        ('emails[type eq "work" and primary eq true]', {"type": "work", "primary": True}),
        ('emails[type eq "work" or primary eq true]', {}),
        ('emails[type ne "work"]', {}),
        ('emails[type eq "a" and type eq "b"]', {}),
        ("emails[type pr]", {}),
        ("emails", {}),
    ],
)
def test_an_eq_conjunction_describes_an_element(text: str, element: dict[str, object]) -> None:
    assert element_of(parse_path(text).filter) == element
