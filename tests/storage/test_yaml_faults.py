"""Every fault that reading YAML can give, word for word."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from reconciler.core.marked import MarkedDict
from reconciler.diagnostics import Faults
from reconciler.storage.yaml import limits, read_yaml
from reconciler.storage.yaml.events import C_PARSER, PYTHON_PARSER, Parser

INDENTATION = "check the indentation, and quotes that end too early"
TEMPLATE = 'YAML reads an unquoted {{ … }} as a mapping (quote it: "{{ … }}")'
NOT_A_MAPPING = "where a mapping of sections is due (begin with a section such as `users:`)"
ESCAPE = r"a backslash escape that YAML does not know (use single quotes, or write \\ for a backslash)"
KEY_BEGINS = "a key begins where none can (quote a text that holds ': ', or check the indentation)"
SOME_VERSIONS = "ends a line in some YAML versions and not in others"
UNREADABLE_TAG = "a tag (!) that cannot be read (quote a text that begins with !)"


def read(text: str | bytes, parser: Parser = C_PARSER) -> tuple[MarkedDict | None, list[str], list[str]]:
    faults = Faults()
    raw = text if isinstance(text, bytes) else text.encode()
    document = read_yaml(raw, "f", faults, parser=parser)
    return document, [str(each) for each in faults.items], [each.rule for each in faults.items]


SYNTAX = [
    ("a:\n\tb: 1\n", "yaml-tab", "f:2:1: a tab is used for indentation (use spaces)"),
    ("a: 1\n\tb: 1\n", "yaml-tab", "f:2:1: a tab is used for indentation (use spaces)"),
    ("a:\n  b:\n  \tc: 1\n", "yaml-tab", "f:3:3: a tab is used for indentation (use spaces)"),
    ("a: {{ x }} foo\n", "yaml-unquoted-template", f"f:1:4: a: {TEMPLATE}"),
    ("a: {{ user['x'] }}\n", "yaml-unquoted-template", f"f:1:4: {TEMPLATE}"),
    ("'k' : {{ x['y'] }}\n", "yaml-unquoted-template", f"f:1:7: {TEMPLATE}"),
    ("a:\n- {{ x }} y\n", "yaml-unquoted-template", f"f:2:3: a[0]: {TEMPLATE}"),
    (
        "a: {% if x %}\n",
        "yaml-unquoted-template",
        'f:1:4: YAML reads an unquoted {% … %} as a mapping (quote it: "{% … %}")',
    ),
    ("a: [${A}, b]\n", "yaml-syntax", 'f:1:5: an unquoted ${ … } inside brackets (quote it: "${ … }")'),
    ("a: @x\n", "yaml-syntax", "f:1:4: a text cannot begin with '@' (quote it)"),
    ("a: `x`\n", "yaml-syntax", "f:1:4: a text cannot begin with '`' (quote it)"),
    ("a: %x\n", "yaml-syntax", "f:1:4: a text cannot begin with '%' (quote it)"),
    ("a: * b\n", "yaml-syntax", "f:1:4: a text cannot begin with * (quote it)"),
    ("a: & b\n", "yaml-syntax", "f:1:4: a text cannot begin with & (quote it)"),
    ("a: 'x\nb: y\n", "yaml-syntax", "f:1:4: a quote that is never closed (close it)"),
    ('a: "x\n---\n"', "yaml-syntax", "f:1:4: a quote that is never closed (close it)"),
    ("a: [1\nb: 2\n", "yaml-syntax", "f:2:2: the [ of line 1 is not closed before this (close it with ])"),
    ("a: [1", "yaml-syntax", "f:1:6: the [ of line 1 is not closed before this (close it with ])"),
    ("a: {b: 1\nc: 2\n", "yaml-syntax", "f:2:2: the { of line 1 is not closed before this (close it with })"),
    ("a: b: c\n", "yaml-syntax", f"f:1:5: {KEY_BEGINS}"),
    ("a: 1\n b: 2\n", "yaml-syntax", f"f:2:3: {KEY_BEGINS}"),
    (
        "a: 1\nb\nc: 2\n",
        "yaml-syntax",
        "f:2:1: a line that is neither `key: value` nor `- item` (add the colon)",
    ),
    ("a: - b\n", "yaml-syntax", "f:1:4: a list begins where none can (begin it on the next line)"),
    ("- a\nb: 1\n", "yaml-syntax", f"f:2:1: this does not continue the list of line 1 ({INDENTATION})"),
    ("a: 'x'y\n", "yaml-syntax", f"f:1:7: this does not continue the mapping of line 1 ({INDENTATION})"),
    (
        'a: "{{ x }}" b\n',
        "yaml-syntax",
        f"f:1:14: this does not continue the mapping of line 1 ({INDENTATION})",
    ),
    ("{a: 1}\nb: 2\n", "yaml-syntax", f"f:2:1: the document has ended before this ({INDENTATION})"),
    (
        "a: ]\n",
        "yaml-syntax",
        "f:1:4: a value is due before ']' (write one, or quote a text that begins so)",
    ),
    (
        "a: > foo\n",
        "yaml-syntax",
        "f:1:6: text after | or > on the same line (begin the text on the next line)",
    ),
    (
        "a: |x\n",
        "yaml-syntax",
        "f:1:5: text after | or > on the same line (begin the text on the next line)",
    ),
    ("a: !<foo x\n", "yaml-syntax", f"f:1:9: {UNREADABLE_TAG}"),
    ("a: !x!y z\n", "yaml-syntax", f"f:1:4: {UNREADABLE_TAG}"),
    ("%YAML 1.x\n---\n", "yaml-syntax", "f:1:9: a directive (%) that cannot be read (remove it)"),
    ('a: "\\ux"\n', "yaml-syntax", f"f:1:7: {ESCAPE}"),
    (
        "a: x\x07y\n",
        "yaml-control-character",
        'f:1:5: a control character (U+0007) is not allowed (remove it, or write "\\u0007" in double quotes)',
    ),
    (
        "# c\r\na: \ufffe\n",
        "yaml-control-character",
        'f:2:4: a control character (U+FFFE) is not allowed (remove it, or write "\\ufffe" in double quotes)',
    ),
    (
        "a: é\u2028y\n",
        "yaml-control-character",
        f'f:1:5: a line separator (U+2028) {SOME_VERSIONS} (remove it, or write "\\u2028" in double quotes)',
    ),
    ("# c\n%TAG ! x\n---\na: 1", "yaml-tag", "f:2:1: the directive %TAG is not allowed (remove it)"),
    ("- a\n", "yaml-not-a-mapping", f"f:1:1: the file holds a list {NOT_A_MAPPING}"),
    ("\nfoo\n", "yaml-not-a-mapping", f"f:2:1: the file holds a text or number {NOT_A_MAPPING}"),
]


@pytest.mark.parametrize("parser", [pytest.param(C_PARSER, id="c"), pytest.param(PYTHON_PARSER, id="python")])
@pytest.mark.parametrize(("text", "rule", "message"), SYNTAX)
def test_what_ends_the_reading_is_said_once(text: str, rule: str, message: str, parser: Parser) -> None:
    assert read(text, parser) == (None, [message], [rule])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a: "\\q"\n', f"f:1:5: {ESCAPE}"),
        ('a: "\\ud800"\n', f"f:1:7: {ESCAPE}"),
        ("%FOO\n---\na: 1\n", "f:1:5: a directive (%) that cannot be read (remove it)"),
        ("a: [b:, c]\n", "f:1:5: a text with ':' inside brackets (quote it)"),
    ],
)
def test_what_libyaml_alone_refuses_there(text: str, message: str) -> None:
    assert read(text) == (None, [message], ["yaml-syntax"])


def test_what_only_the_python_parser_lets_through_is_refused_after_it() -> None:
    assert read('a: "\\ud800"\n', PYTHON_PARSER) == (None, [f"f:1:4: {ESCAPE}"], ["yaml-syntax"])


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a: 1\nb: x\xe9y\n", "f:2:5: the byte 0xE9 is no UTF-8 (save the file as UTF-8)"),
        ("é: é".encode("latin-1"), "f:1:1: the byte 0xE9 is no UTF-8 (save the file as UTF-8)"),
        ("a: 1".encode("utf-16"), "f:1:1: the file is UTF-16 or UTF-32 (save the file as UTF-8)"),
        ("a: 1".encode("utf-16-le"), "f:1:1: the file is UTF-16 or UTF-32 (save the file as UTF-8)"),
        ("a: 1".encode("utf-32-be"), "f:1:1: the file is UTF-16 or UTF-32 (save the file as UTF-8)"),
    ],
)
def test_only_utf_8_is_read(raw: bytes, message: str) -> None:
    assert read(raw) == (None, [message], ["yaml-encoding"])


KEPT = [
    (
        "a: {{ x }}\nb: {{ y }}\nc:\n  - {{ z }}\n",
        {"a": {}, "b": {}, "c": [{}]},
        [f"f:1:4: a: {TEMPLATE}", f"f:2:4: b: {TEMPLATE}", f"f:4:5: c[0]: {TEMPLATE}"],
    ),
    ("{{ k }}: 1\n", {}, [f"f:1:1: {TEMPLATE}"]),
    (
        "u:\n  k: 1\n  l: 2\n  k: 3\n  l: 4\n",
        {"u": {"k": 1, "l": 2}},
        [
            "f:4:3: u.k: the key is given twice, on lines 2 and 4 (keep one)",
            "f:5:3: u.l: the key is given twice, on lines 3 and 5 (keep one)",
        ],
    ),
    (
        "é: 1\ne\u0301: 2\n",
        {"é": 1},
        ["f:2:1: é: the key is given twice, on lines 1 and 2 (keep one)"],
    ),
    (
        "a: 1\n---\nb: 1\n---\nc: 1\n",
        {"a": 1},
        ["f:2:1: a second document begins here (make them one document, or one file each)"],
    ),
    (
        "a: !foo 1\nb: !!python/object:os.system [x]\nc: !!str 1\n!k d: ! {}\n",
        {"a": "1", "b": ["x"], "c": "1", "d": {}},
        [
            "f:1:4: a: the tag !foo is not allowed (remove it; quotes make a text)",
            "f:2:4: b: the tag !!python/object:os.system is not allowed (remove it; quotes make a text)",
            "f:3:4: c: the tag !!str is not allowed (remove it; quotes make a text)",
            "f:4:1: the tag !k is not allowed (remove it; quotes make a text)",
            "f:4:7: d: the tag ! is not allowed (remove it; quotes make a text)",
        ],
    ),
    (
        "a: &x {k: 1}\nb:\n  <<: *x\n  c: 1\n",
        {"a": {"k": 1}, "b": {"c": 1}},
        ["f:3:3: b: merge keys (<<) are not supported (use `defaults` or `extends`)"],
    ),
    (
        "? [a]\n: 1\n? {b: c}\n: 2\nd: 3\n",
        {"d": 3},
        [
            "f:1:3: a list cannot be a key (keys are plain text: quote it)",
            "f:3:3: a mapping cannot be a key (keys are plain text: quote it)",
        ],
    ),
    ("&k a: 1\n*k : 2\n", {"a": 1}, ["f:2:1: an alias cannot be a key (write the key out)"]),
    ("?\n: 1\na: 2\n", {"a": 2}, ["f:1:2: a key is missing here (write one before the ':')"]),
    (
        '"a\\u0007b": 1\nc: "\\u0007"\n',
        {"c": "\x07"},
        ["f:1:1: a control character (U+0007) is not allowed in a key (remove it)"],
    ),
    (
        "a: *x\nb: [*svc]\n",
        {"a": None, "b": [None]},
        [
            "f:1:4: a: no &x comes before *x (quote a text; an alias needs &x above it)",
            "f:2:5: b[0]: no &svc comes before *svc (quote a text; an alias needs &svc above it)",
        ],
    ),
    (
        "a: &x\n  - *x\n",
        {"a": [None]},
        ["f:2:5: a[0]: *x stands inside what &x names (write the value out)"],
    ),
]


@pytest.mark.parametrize("parser", [pytest.param(C_PARSER, id="c"), pytest.param(PYTHON_PARSER, id="python")])
@pytest.mark.parametrize(("text", "document", "messages"), KEPT)
def test_what_can_be_left_out_is_said_and_the_rest_is_read(
    text: str, document: dict[str, object], messages: list[str], parser: Parser
) -> None:
    assert read(text, parser)[:2] == (document, messages)


def test_faults_before_an_error_of_syntax_are_kept() -> None:
    _, messages, rules = read("a: 1\na: 2\nb: {{ x }}\nc: [\n")
    assert rules == ["yaml-duplicate-key", "yaml-unquoted-template", "yaml-syntax"]
    assert len(messages) == 3


BOMB_OF_LISTS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 40)
)
BOMB_OF_MAPPINGS = "a0: &a0 {k: x}\n" + "".join(
    f"a{n}: &a{n} {{{', '.join(f'k{key}: *a{n - 1}' for key in range(10))}}}\n" for n in range(1, 40)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 900))
TOO_DEEP = "lists and mappings are nested more than 50 deep (nothing in a manifest is)"
TOO_MANY_ALIASED = "the aliases of this file repeat more than 100,000 values (write the values out, or use `defaults`)"

HOSTILE = [
    pytest.param(BOMB_OF_LISTS, TOO_MANY_ALIASED, id="billion laughs in lists"),
    pytest.param(BOMB_OF_MAPPINGS, TOO_MANY_ALIASED, id="billion laughs in mappings"),
    pytest.param(CHAIN, TOO_DEEP, id="depth by aliases"),
    pytest.param("a: " + "[" * 100_000, TOO_DEEP, id="deep lists"),
    pytest.param("{a: " * 100_000, TOO_DEEP, id="deep mappings"),
    pytest.param("[\n" * 100_000, TOO_DEEP, id="deep lists on lines"),
    pytest.param("- " * 100_000, TOO_DEEP, id="deep block lists"),
    pytest.param("? " * 100_000, TOO_DEEP, id="deep keys"),
    pytest.param("{" * 100_000, TOO_DEEP, id="deep braces"),
    pytest.param("".join(" " * n + "a:\n" for n in range(1000)), TOO_DEEP, id="deep indentation"),
    pytest.param(
        "a: &a x\nb: [" + "*a, " * 100_000 + "]",
        "more than 1,000 aliases in this file (write the values out, or use `defaults`)",
        id="many aliases",
    ),
    pytest.param(
        "a: " + "x" * 10_000_000,
        "a text of 10,000,000 characters; at most 65,536 are read (shorten it)",
        id="long text",
    ),
    pytest.param(
        "a: '" + "é" * 5_000_000 + "'",
        "a text of 5,000,000 characters; at most 65,536 are read (shorten it)",
        id="long quoted text",
    ),
    pytest.param(
        "- a\n- " + "9" * 10_000_000,
        "a text of 10,000,000 characters; at most 65,536 are read (shorten it)",
        id="long number",
    ),
    pytest.param(
        "? " + "x" * 10_000_000 + "\n: 1",
        "a key of 10,000,000 characters; at most 1,024 are read (shorten it)",
        id="long key",
    ),
    pytest.param(
        "".join(f"%TAG !a{n}! x\n" for n in range(100_000)) + "---\na: 1",
        "the directive %TAG is not allowed (remove it)",
        id="many directives",
    ),
    pytest.param(
        "a: 1\n" * 200_000, "more than 100 faults in this file (the rest of it was not read)", id="many faults"
    ),
    pytest.param(
        "a: {{ x }}\n" * 9_000, "more than 100 faults in this file (the rest of it was not read)", id="templates"
    ),
    pytest.param("x" * (limits.FILE_BYTES + 1), "the file is more than 32 MiB long (split it)", id="large file"),
]


@pytest.mark.parametrize(("text", "message"), HOSTILE)
def test_a_hostile_file_has_its_fault_within_a_second(text: str, message: str) -> None:
    raw = text.encode()
    begun = time.process_time()
    _, messages, _ = read(raw)
    assert time.process_time() - begun < 1
    assert any(each.endswith(message) for each in messages)
    assert all(len(each) < 500 for each in messages)


@pytest.mark.parametrize(("text", "message"), HOSTILE)
def test_a_hostile_file_takes_little_memory(text: str, message: str) -> None:
    raw = text.encode()
    tracemalloc.start()
    try:
        read(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(raw) + 2_000_000


def test_a_file_of_too_many_values_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NODES", 100)
    too_many = "the file holds more than 100 values (split it)"
    assert read("a: [" + "x, " * 100 + "]")[1] == [f"f:1:4: a: {too_many}"]
    assert read("".join(f"k{n}: 1\n" for n in range(101)))[1] == [f"f:1:1: {too_many}"]
    assert read("a: [" + "x, " * 40 + "]")[1] == []
