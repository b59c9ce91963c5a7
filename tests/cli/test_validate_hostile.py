"""Hostile manifests, through the real command in a process of its own with little memory and little time."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

MEMORY = 1024**3
"""Bytes of address space that the whole process may use."""

SECONDS = 3
"""Of processor time, start-up and all; a loaded machine is no fault of the manifests."""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str
    seconds: float


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


@pytest.fixture
def validate(tmp_path: Path) -> Callable[..., Ended]:
    """Runs `reconciler validate` over files given as texts or bytes."""

    def run(**files: str | bytes) -> Ended:
        root = tmp_path / "manifests"
        root.mkdir()
        for name, text in files.items():
            (root / f"{name}.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run(
            [sys.executable, "-m", "reconciler", "--manifests", str(root), "validate"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            preexec_fn=limit,
            env={**os.environ, "RECONCILER_MANIFESTS": ""},
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Ended(ended.returncode, ended.stdout, ended.stderr, seconds)

    return run


def refused(ended: Ended, *words: str) -> None:
    """An error that says what is wrong, no crash, and soon."""
    assert ended.code == 1, ended.out[:2000] + ended.err[:2000]
    assert "Traceback" not in ended.err
    assert ended.err == ""
    assert ended.out.startswith("manifests/")
    assert len(ended.out) < 1_000_000
    for word in words:
        assert word in ended.out, ended.out[:2000]
    assert ended.seconds < SECONDS


def test_an_alias_bomb(validate: Callable[..., Ended]) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    refused(validate(a="\n".join(lines)), "alias")


def test_an_alias_of_what_holds_it(validate: Callable[..., Ended]) -> None:
    refused(validate(a="users: &u\n  ann: *u\n"), "stands inside")


def test_a_scalar_of_ten_megabytes(validate: Callable[..., Ended]) -> None:
    refused(validate(a="users:\n  ann:\n    title: " + "x" * 10_000_000), "users.ann.title", "10,000,000 characters")


def test_a_quoted_scalar_of_ten_megabytes(validate: Callable[..., Ended]) -> None:
    refused(validate(a='users:\n  ann:\n    title: "' + "x y " * 2_500_000 + '"'), "characters")


def test_a_key_of_ten_megabytes(validate: Callable[..., Ended]) -> None:
    refused(validate(a='users:\n  "' + "x" * 10_000_000 + '": {}'))


def test_a_file_that_is_too_large(validate: Callable[..., Ended]) -> None:
    refused(validate(a="# " + "x" * 40 * 1024 * 1024), "32 MiB")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting(validate: Callable[..., Ended], opening: str) -> None:
    refused(validate(a="users: \n  " + opening * 100_000))


def test_deep_nesting_by_indentation(validate: Callable[..., Ended]) -> None:
    refused(validate(a="".join(" " * level + "a:\n" for level in range(1500))), "deep")


def test_control_characters_in_files(validate: Callable[..., Ended]) -> None:
    characters = ["\x00", "\x1b", "\x07", "\x85", "\ufffe", "\ud800"]
    texts = [f'users:\n  "a{each}b": {{}}\n'.encode("utf-8", "surrogatepass") for each in characters]
    refused(
        validate(**{f"f{at}": text for at, text in enumerate(texts)}), *(f"f{at}.yaml:" for at in range(len(texts)))
    )


def test_control_characters_by_escapes_in_keys(validate: Callable[..., Ended]) -> None:
    escapes = [r"\0", r"\e", r"\x1b[31m", r"\n", r"\u202e", r"\u200b", r"\ud800"]
    texts = [f'users:\n  "a{each}b": {{title: 5}}\n' for each in escapes]
    ended = validate(**{f"f{at}": text for at, text in enumerate(texts)})
    refused(ended, *(f"f{at}.yaml:" for at in range(len(texts))))
    assert ended.out.replace("\n", "").isprintable()


def test_tags_make_no_objects(validate: Callable[..., Ended], tmp_path: Path) -> None:
    tags = [
        "!!python/object/apply:os.system [touch owned]",
        "!!python/name:os.system",
        "!include /etc/passwd",
        "!!binary aGVsbG8=",
        "!<tag:yaml.org,2002:python/object/new:subprocess.Popen> [touch, owned]",
    ]
    texts = {f"f{at}": f"users:\n  ann{at}:\n    title: {tag}\n" for at, tag in enumerate(tags)}
    refused(validate(**texts), *(f"f{at}.yaml:3:" for at in range(len(tags))))
    assert not (tmp_path / "owned").exists()


TARGET = 'targets: {t: {platform: generic, url: "https://scim.example", mapping: m}}\nusers: {ann: {title: x}}\n'


TEMPLATES = [
    "user.__class__.__mro__[1].__subclasses__()",
    "''.__class__.__base__.__subclasses__()",
    "user['__class__']",
    "user | attr('__class__')",
    "lookup.__globals__",
    "id_of.__globals__['os'].system('touch owned')",
    "self.__init__.__globals__",
    "cycler.__init__.__globals__.os.popen('touch owned').read()",
    "namespace().__class__",
    "range(1000000000) | list",
    "lipsum(n=100000)",
    "user.title.format(user)",
    "'{0.__class__}'.format(user)",
    "user.title.__init__.__globals__",
    "user.keys()",
    "config.items()",
    "[].append(1)",
    "'a' * 10000000000",
    "9 ** 9 ** 9 ** 9",
    "('a' * 60000) * 60000",
    "'x'.center(10000000000)",
    "'%1000000000d' % 1",
    "(" * 5000 + "1" + ")" * 5000,
    "-" * 5000 + "1",
    "not " * 5000 + "true",
    "user.title" + " | lower" * 5000,
    "[" * 3000 + "]" * 3000,
    "1" + "0" * 5000,
    " ~ ".join(["user.title"] * 5000),
]
STATEMENTS = ["{% for a in range(9999999999) %}x{% endfor %}", "{% include '/etc/passwd' %}", "{# open", "{% set x"]


def test_templates_reach_nothing_and_end(validate: Callable[..., Ended], tmp_path: Path) -> None:
    """Each is refused when it is compiled; all of them together take no time."""
    texts = [*(f"{{{{ {each} }}}}" for each in TEMPLATES), *STATEMENTS]
    mappings = "".join(
        f"  m{at}: {{users: {{attributes: {{title: '{text.replace(chr(39), chr(39) * 2)}'}}}}}}\n"
        for at, text in enumerate(texts)
    )
    ended = validate(a="mappings:\n" + mappings)
    refused(ended, *(f"mappings.m{at}.users.attributes.title: " for at in range(len(texts))))
    assert not (tmp_path / "owned").exists()


def test_templates_that_grow_for_everybody(validate: Callable[..., Ended]) -> None:
    chain = "{{ user.custom.a" + " | replace('a', 'aaaaaaaaaa')" * 30 + " }}"
    text = f'defaults: {{users: {{title: "{chain}"}}}}\nusers:\n' + "".join(
        f"  u{n}: {{custom: {{a: aaaa}}}}\n" for n in range(50)
    )
    refused(validate(a=text), "defaults.users.title")


def test_a_filter_of_any_depth(validate: Callable[..., Ended]) -> None:
    deep = "(" * 100_000 + "title pr" + ")" * 100_000
    nots = "not (" * 2000 + "title pr" + ")" * 2000
    refused(
        validate(a=f"scopes: {{s: {{users: {{where: '{nots}'}}}}, t: {{users: {{where: '{deep[:60000]}'}}}}}}"), "where"
    )


def test_a_pattern_that_would_backtrack_for_ever(validate: Callable[..., Ended]) -> None:
    text = "settings: {custom: {a: {pattern: '^(a+)+$'}}}\nusers: {ann: {custom: {a: " + "a" * 5000 + "!}}}"
    refused(validate(a=text), "custom.a")


def test_globs_that_would_backtrack_for_ever(validate: Callable[..., Ended]) -> None:
    key, glob = "a" * 900, "*a" * 300 + "*b"
    refused(
        validate(a=f"users: {{{key}: {{manager: nobody}}}}\nscopes: {{s: {{users: {{include: ['{glob}']}}}}}}"),
        "nobody",
    )


def test_a_hundred_thousand_exceptions_of_one_user(validate: Callable[..., Ended]) -> None:
    lines = "".join(f"      t{n}: {{}}\n" for n in range(100_000))
    ended = validate(
        a=f"{TARGET}mappings: {{m: {{extends: generic}}}}\n", b=f"users:\n  bob:\n    manager: nobody\n    on:\n{lines}"
    )
    assert ended.code == 1, ended.err[:2000]
    assert "there is no user 'nobody'" in ended.out
    assert ended.seconds < 4 * SECONDS


def test_a_hundred_thousand_globs_of_one_user(validate: Callable[..., Ended]) -> None:
    lines = "".join(f"      '*{n}*x': {{title: y}}\n" for n in range(100_000))
    ended = validate(
        a=f"{TARGET}mappings: {{m: {{extends: generic}}}}\n", b=f"users:\n  bob:\n    manager: nobody\n    on:\n{lines}"
    )
    assert ended.code == 1, ended.err[:2000]
    assert "there is no user 'nobody'" in ended.out
    assert ended.seconds < 4 * SECONDS


def test_a_hundred_thousand_faults_in_one_file(validate: Callable[..., Ended]) -> None:
    users = "".join(f"  u{n}: {{manager: v{n}, titel: x}}\n" for n in range(20_000))
    ended = validate(a=f"users:\n{users}")
    assert ended.code == 1
    assert ended.out.count("\n") > 20_000
    assert ended.seconds < 4 * SECONDS


def test_groups_that_all_hold_each_other(validate: Callable[..., Ended]) -> None:
    everyone = ", ".join(f"{{group: g{n}}}" for n in range(150))
    groups = "".join(f"  g{n}: {{members: [{everyone}]}}\n" for n in range(150))
    refused(validate(a=f"groups:\n{groups}"), "goes round in a circle")


def test_a_chain_of_ten_thousand_managers_and_of_nested_groups(validate: Callable[..., Ended]) -> None:
    users = "".join(f"  u{n}: {{manager: u{(n + 1) % 10_000}}}\n" for n in range(10_000))
    groups = "".join(f"  g{n}: {{members: [{{group: g{n + 1}}}]}}\n" for n in range(3000)) + "  g3000: {members: []}\n"
    refused(validate(a=f"users:\n{users}groups:\n{groups}"), "9,988 more")


def test_targets_and_mappings_that_extend_each_other_without_end(validate: Callable[..., Ended]) -> None:
    targets = "".join(f"  t{n}: {{extends: [t{n + 1}, t{n + 2}], abstract: true}}\n" for n in range(400))
    mappings = "".join(f"  m{n}: {{extends: [m{n + 1}, m{n + 2}]}}\n" for n in range(400))
    last = "  t400: {}\n  t401: {}\n  one: {extends: t0}\n"
    ended = validate(a=f"targets:\n{targets}{last}mappings:\n{mappings}  m400: {{}}\n  m401: {{}}\n")
    refused(ended)


def test_keys_that_all_look_alike(validate: Callable[..., Ended]) -> None:
    users = "".join(f"  {'a' * 180}{n}: {{manager: {'a' * 180}x{n}}}\n" for n in range(2000))
    refused(validate(a=f"users:\n{users}"), "there is no user")


def test_bytes_that_are_no_text(validate: Callable[..., Ended]) -> None:
    refused(validate(a=os.urandom(200_000), b=b"\xff\xfe" + "users: {}".encode("utf-32-le"), c=b"users: {a: \xc3\x28}"))
