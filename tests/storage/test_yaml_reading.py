"""What `read_yaml` gives for good files: the data of the oracle, and a place for everything."""

from __future__ import annotations

import gc
import io
import re
import time
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.core.marked import MarkedDict, MarkedList, locate
from reconciler.diagnostics import Faults, SourceMark
from reconciler.storage.yaml import read_yaml
from reconciler.storage.yaml.events import C_PARSER, PYTHON_PARSER, Parser

PARSERS = [pytest.param(C_PARSER, id="c"), pytest.param(PYTHON_PARSER, id="python")]

LINE_SEPARATORS = "\x85\u2028\u2029"


def composed(*without: str) -> st.SearchStrategy[str]:
    characters = st.characters(exclude_categories=["Cs", *without], exclude_characters=LINE_SEPARATORS)  # type: ignore[arg-type]
    composed_text = st.text(characters, max_size=12).map(lambda text: normalize("NFC", text))
    # ruamel dumps these unquoted in flow style; its own parser refuses the first kind, libyaml the second
    return composed_text.filter(lambda text: not re.search("""^[:?]|["']:|[ ][?]""", text))


texts, keys = composed(), composed("Cc")
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
nodes = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
documents = st.dictionaries(keys, nodes, max_size=5)
pieces = st.sampled_from(
    [
        *("a", "b", "0", "12", ": ", ":", "- ", "[", "]", "{", "}", ", ", '"', "'", "\n", "\n  ", "\n    ", " ", "#"),
        *("&x ", "*x", "!t ", "|", ">", "? ", "?", "\t", "\\", "%", "@", "~", "é", "---\n", "...\n", "\r\n", "<<"),
        "{{ a }}",
    ]
)


def read(text: str, parser: Parser = C_PARSER) -> tuple[MarkedDict | None, Faults]:
    faults = Faults()
    return read_yaml(text.encode(), "f.yaml", faults, parser=parser), faults


def read_cleanly(text: str, parser: Parser = C_PARSER) -> MarkedDict:
    document, faults = read(text, parser)
    assert document is not None
    assert faults.items == []
    return document


def dumped(document: dict[str, Any], style: bool | None) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = style
    yaml.width = 100_000  # else keys are broken over lines, in flow style and wrongly
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def typed(node: Any) -> Any:
    """A document in which 1, 1.0 and true differ."""
    if isinstance(node, dict):
        return {key: typed(value) for key, value in node.items()}
    return [typed(value) for value in node] if isinstance(node, list) else repr(node)


def everything(node: Any) -> Any:
    """Data, types and places of a document, comparable."""
    if isinstance(node, MarkedDict):
        return node.marks.tolist(), [(key, everything(value)) for key, value in node.items()]
    if isinstance(node, MarkedList):
        return node.marks.tolist(), [everything(value) for value in node]
    return type(node), str(node), getattr(node, "text", None)


@settings(max_examples=150, deadline=None)
@given(documents, st.sampled_from([None, False, True]))
def test_reading_gives_what_the_pure_loader_of_ruamel_reads(document: dict[str, Any], style: bool | None) -> None:
    text = dumped(document, style)
    assert typed(read_cleanly(text)) == typed(YAML(typ="safe", pure=True).load(text))


@settings(max_examples=150, deadline=None)
@given(documents, st.sampled_from([None, False, True]))
def test_both_parsers_give_the_same_data_and_the_same_places(document: dict[str, Any], style: bool | None) -> None:
    text = dumped(document, style)
    assert everything(read_cleanly(text, C_PARSER)) == everything(read_cleanly(text, PYTHON_PARSER))


@settings(max_examples=200, deadline=None)
@given(st.lists(pieces, max_size=14).map("".join))
def test_any_text_is_read_without_an_exception_and_never_in_two_ways(text: str) -> None:
    one, one_faults = read(text, C_PARSER)
    other, other_faults = read(text, PYTHON_PARSER)
    assert one is not None or one_faults.items
    assert other is not None or other_faults.items
    if not one_faults.items and not other_faults.items:
        assert one == other


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_read_without_an_exception(raw: bytes) -> None:
    faults = Faults()
    document = read_yaml(raw, "f.yaml", faults)
    assert document is not None or faults.items


PLACES = """\
# identity
users:
  ann:
    title: "Lead"
    emails: [a@x, {value: b@x}]
    notes: |
      two
      lines
    empty:
  bob: {name: Bob}
"""


@pytest.mark.parametrize("parser", PARSERS)
def test_every_node_knows_its_place(parser: Parser) -> None:
    document = read_cleanly(PLACES, parser)
    ann = document["users"]["ann"]
    assert document.mark == SourceMark("f.yaml", 2, 1)
    assert document.mark_of("users") == SourceMark("f.yaml", 2, 1)
    assert ann.mark_of("title") == SourceMark("f.yaml", 4, 5)
    assert ann.value_mark("title") == SourceMark("f.yaml", 4, 12)
    assert ann.value_mark("notes") == SourceMark("f.yaml", 6, 12)
    assert ann["emails"].mark == SourceMark("f.yaml", 5, 13)
    assert ann["emails"].mark_of(1) == SourceMark("f.yaml", 5, 19)
    assert locate(document, ["users", "ann", "emails", 1, "value"]) == SourceMark("f.yaml", 5, 20)
    assert ann.mark_of("nothing") == SourceMark("f.yaml", 4, 5)
    assert locate(document, ["users", "bob", "name"]) == SourceMark("f.yaml", 10, 9)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[urn:x:y, z]", ["urn:x:y", "z"]),
        ("{u: http://x/y?z=1, v: 10:30}", {"u": "http://x/y?z=1", "v": "10:30"}),
        ("[a?b, a?, :x, 'q: ?:r', \"s:t?\"]", ["a?b", "a?", ":x", "q: ?:r", "s:t?"]),
        ('{"k":1, l: m:n}', {"k": 1, "l": "m:n"}),
        ("[\ue000a:b\ue001]", ["\ue000a:b\ue001"]),
    ],
)
def test_colons_and_question_marks_inside_brackets_need_no_quotes(text: str, value: Any, parser: Parser) -> None:
    document = read_cleanly(f"a: {text}\n? b:c\n: d\n", parser)
    assert document == {"a": value, "b:c": "d"}
    assert document.mark_of("b:c") == SourceMark("f.yaml", 2, 3)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "---\n...\n", "null\n", "%YAML 1.2\n---\n"])
def test_an_empty_file_is_an_empty_mapping(text: str) -> None:
    assert read_cleanly(text) == {}


def test_a_byte_order_mark_and_carriage_returns_change_nothing() -> None:
    faults = Faults()
    document = read_yaml(b"\xef\xbb\xbfa: 1\r\nb: x\r\n", "f.yaml", faults)
    assert document == {"a": 1, "b": "x"}
    assert document.mark_of("b") == SourceMark("f.yaml", 2, 1)
    assert document.mark == SourceMark("f.yaml", 1, 1)


@pytest.mark.parametrize("parser", PARSERS)
def test_keys_are_their_source_text(parser: Parser) -> None:
    text = '123: a\non: b\nnull: c\n0x1F: d\ntrue: e\n"x y": f\n? g\n: h\n2026-01-01: i\n"<<": j\n"": k\n'
    expected = ["123", "on", "null", "0x1F", "true", "x y", "g", "2026-01-01", "<<", ""]
    assert list(read_cleanly(text, parser)) == expected


def test_quoted_and_block_scalars_are_text() -> None:
    assert read_cleanly("a: '12'\nb: \"true\"\nc: |-\n  null\nd: >-\n  1.5\n") == {
        "a": "12",
        "b": "true",
        "c": "null",
        "d": "1.5",
    }


def test_strings_and_keys_are_composed() -> None:
    assert read_cleanly("Ame\u0301lie: e\u0301\n") == {"Amélie": "é"}


@pytest.mark.parametrize("parser", PARSERS)
def test_an_alias_repeats_what_its_anchor_names(parser: Parser) -> None:
    document = read_cleanly("a: &x {k: [1]}\nb: *x\nc: &y text\nd: [*y, *x]\n&z e: *z\n", parser)
    assert document == {"a": {"k": [1]}, "b": {"k": [1]}, "c": "text", "d": ["text", {"k": [1]}], "e": "e"}
    assert document.value_mark("b") == SourceMark("f.yaml", 2, 4)
    assert document["b"] is document["a"]


def test_fifty_levels_are_read() -> None:
    assert read_cleanly("a: " + "[" * 49 + "]" * 49)


def test_a_text_of_64_kib_is_read() -> None:
    assert len(read_cleanly("a: " + "x" * 65536)["a"]) == 65536


USER = """\
  user{0:05d}:
    userName: user{0:05d}@example.com
    externalId: E{0:06d}
    name: {{givenName: Given{0}, familyName: Family{0}}}
    displayName: Given{0} Family{0}
    title: Engineer
    emails: user{0:05d}@example.com
    phoneNumbers: {{mobile: "+86 138 0013 8000"}}
    department: Engineering
    manager: user00000
    groups: [oncall, ops]
"""


def test_two_thousand_users_load_within_a_second() -> None:
    files = [
        ("users:\n" + "".join(USER.format(n) for n in range(first, first + 100))).encode()
        for first in range(0, 2000, 100)
    ]
    faults = Faults()
    gc.collect()
    begun = time.process_time()
    documents = [read_yaml(raw, "f.yaml", faults) for raw in files]
    assert time.process_time() - begun < 1
    assert sum(len(each["users"]) for each in documents if each is not None) == 2000
