"""Whatever strings a plan holds, no format lets them forge a line, an escape or a piece of structure."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.core.plan import (
    AdminChange,
    Change,
    Dropped,
    Member,
    Operation,
    Plan,
    PlannedEndpoint,
    ReadProof,
    Released,
    Row,
    StateSummary,
    Waiting,
)
from reconciler.core.vocabulary import By
from reconciler.render.markdown import LONGEST
from reconciler.render.plans import render_drift, render_plans

NASTY = (
    "\n- user forged",
    "\r\x1b[2J\x1b]0;title\x07",
    "\u202egnp.exe\u2066",
    "``` \n\n@everyone",
    "````````",
    "` @team ![x](http://evil.example/x.png) [link](http://evil.example)",
    "</details><script>alert(1)</script>",
    "--> <b>",
    "\n\n# Heading\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "\u2028\u2029\x85\x0b\x0c\x00",
    "&lt;b&gt; \\` \\",
    "{{ 7*7 }} {% raw %}",
    "\x9b31m",
)
TEXT = (
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
    | st.sampled_from(NASTY)
    | st.builds("".join, st.lists(st.sampled_from(NASTY) | st.text(max_size=3), max_size=4))
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def several(model: Any, **fields: Any) -> Any:
    return st.lists(st.builds(model, **fields), max_size=2).map(tuple)


OPERATIONS = several(
    Operation,
    id=TEXT,
    key=TEXT,
    name=TEXT,
    changes=several(Change, path=TEXT, before=VALUES, after=VALUES, source=st.none() | TEXT, rule=st.none() | TEXT),
    members=several(Member, key=st.none() | TEXT, id=TEXT, source=st.none() | TEXT),
    requests=st.just(()),
    precondition=st.none(),
)
ROWS = several(Row, key=st.none() | TEXT, name=TEXT, id=TEXT, detail=TEXT)
PROOFS = st.dictionaries(
    TEXT, st.builds(ReadProof, problem=TEXT, total=st.none(), unreadable=st.integers(0, 2)), max_size=2
)
SHIFTS = st.fixed_dictionaries(
    {"group": TEXT, "gained": st.integers(0, 2), "lost": st.integers(0, 2), "nested": st.booleans()}
)
PLANS = st.builds(
    Plan,
    tool=TEXT,
    created=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    target=TEXT,
    platform=TEXT,
    endpoint=st.builds(PlannedEndpoint, url=TEXT, fingerprint=TEXT),
    manifests=TEXT,
    selection=st.lists(TEXT, max_size=2).map(tuple),
    state=st.builds(StateSummary, lineage=TEXT),
    read=PROOFS,
    operations=OPERATIONS,
    withheld=ROWS,
    held=ROWS,
    dropped=several(Dropped, what=TEXT, examples=st.lists(TEXT, max_size=2).map(tuple)),
    released=several(Released, key=TEXT, path=TEXT, value=VALUES),
    waiting=several(
        Waiting, key=TEXT, id=TEXT, due=st.none() | st.dates(), members=st.lists(TEXT, max_size=2).map(tuple)
    ),
    admins=several(AdminChange, group=TEXT, gained=st.lists(TEXT, max_size=2).map(tuple), by=st.sampled_from(By)),
    foreign=st.dictionaries(TEXT, st.integers(0, 5), max_size=2),
    notes=st.lists(TEXT, max_size=2).map(tuple),
    summary=st.fixed_dictionaries({"groups": st.lists(SHIFTS, max_size=2)}),
)
FIRST_WORDS = re.compile(
    r"Plan for |Drift of |state: |read: |selected: |Problems while reading |Needs attention |Users to |Groups to |"
    r"Groups that matter |Disabled there |Changed on both sides |They changed |"
    r"We changed |Withheld by rule |Left out, |Released |Waiting for |Notes |"
    r"Plan: |Drift: |Effect: |on the target and none of ours: |\d+ requests?, |  "
)
HTML = re.compile(
    r"<!-- reconciler plan [^<>]* -->|<details(?: open)?><summary>[\w ,]+ \([\d,]+\)</summary>|</details>"
)

quick = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@quick
@given(PLANS)
def test_text_has_no_character_that_a_terminal_would_obey_and_no_line_of_foreign_making(plan: Plan) -> None:
    for shown in (render_plans([plan], "text"), render_drift([plan], "text")):
        for line in filter(None, shown.split("\n")):
            assert not [each for each in line if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp")]
            assert FIRST_WORDS.match(line), line


@quick
@given(st.lists(PLANS, min_size=1, max_size=3))
def test_markdown_holds_foreign_strings_in_code_only(plans: list[Plan]) -> None:
    document = render_plans(plans, "markdown")
    assert len(document) <= LONGEST
    for token in MarkdownIt("commonmark").enable(["table"]).parse(document):
        assert token.type in {
            "html_block",
            "fence",
            "heading_open",
            "heading_close",
            "paragraph_open",
            "paragraph_close",
            "inline",
        }
        if token.type == "html_block":
            assert HTML.fullmatch(token.content.strip()), token.content
        for part in token.children or ():
            assert part.type in {"text", "code_inline", "strong_open", "strong_close"}
            if part.type == "text":
                assert re.fullmatch(r"[A-Za-z0-9 ,.;:·]*", part.content), part.content


@quick
@given(PLANS)
def test_a_document_opens_with_the_marker_of_its_target(plan: Plan) -> None:
    first, _, rest = render_plans([plan], "markdown").partition("\n")
    assert re.fullmatch(r"<!-- reconciler plan [^<>]* -->", first)
    assert rest.startswith("## Plan for `")
