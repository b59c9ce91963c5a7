from __future__ import annotations

import gc
import hashlib
import os
import random
import time
from pathlib import Path

import pytest

from reconciler.diagnostics import Faults
from reconciler.storage.manifest_files import (
    MAXIMUM_DEPTH,
    ManifestSource,
    manifests_digest,
    read_manifest_files,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "manifests"
    directory.mkdir()
    return directory


def write(root: Path, *names: str, text: str = "users: {}\n") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def read(root: Path) -> tuple[list[ManifestSource], list[str]]:
    faults = Faults()
    return read_manifest_files(root, faults), [str(each) for each in faults.items]


def names(root: Path) -> list[str]:
    sources, messages = read(root)
    assert messages == []
    return [source.file for source in sources]


def test_files_of_any_depth_come_sorted_by_their_path_from_the_directory_above(root: Path) -> None:
    expected = [
        f"manifests/{name}" for name in ("a.yaml", "a/b/c.yml", "b.yaml", "users/_defaults.yaml", "users/x.yaml")
    ]
    shuffled = expected.copy()
    random.Random(1).shuffle(shuffled)  # noqa: S311  an order, no secret
    write(root.parent, *shuffled)
    assert names(root) == sorted(expected)


def test_a_source_says_where_it_is_and_what_it_holds(root: Path) -> None:
    write(root, "users/ann.yaml", text="users:\n  ann: {title: Lead}\n")
    [source] = read(root)[0]
    assert source.file == "manifests/users/ann.yaml"
    assert source.directory == "manifests/users"
    assert not source.is_defaults
    assert source.document == {"users": {"ann": {"title": "Lead"}}}
    assert source.text_digest == hashlib.sha256((root / "users/ann.yaml").read_bytes()).hexdigest()
    assert str(source.document["users"].mark_of("ann")) == "manifests/users/ann.yaml:2"


@pytest.mark.parametrize(
    ("name", "is_defaults"), [("_defaults.yaml", True), ("_defaults.yml", True), ("defaults.yaml", False)]
)
def test_a_defaults_file_is_known_by_its_name(root: Path, name: str, is_defaults: bool) -> None:
    write(root, f"a/{name}")
    assert [source.is_defaults for source in read(root)[0]] == [is_defaults]


def test_other_and_hidden_files_are_skipped(root: Path) -> None:
    write(root, "a.yaml", "b.json", "README.md", "c.yaml.bak", ".d.yaml", ".git/e.yaml", "f/.g/h.yml", text="users: {}")
    assert names(root) == ["manifests/a.yaml"]


def test_a_relative_root_has_the_same_names(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "a.yaml")
    monkeypatch.chdir(root)
    assert names(Path()) == names(Path("../manifests")) == ["manifests/a.yaml"]


def test_file_names_are_composed(root: Path) -> None:
    write(root, "Ame\u0301lie.yaml")
    assert names(root) == ["manifests/Amélie.yaml"]


@pytest.mark.parametrize(("makes", "what"), [(False, "does not exist"), (True, "is not a directory")])
def test_a_missing_root_says_what_to_do(tmp_path: Path, makes: bool, what: str) -> None:
    root = tmp_path / "manifests"
    if makes:
        root.write_text("", encoding="utf-8")
    remedy = "name another with --manifests DIR, or make one with `reconciler init`"
    assert read(root) == ([], [f"the manifest directory {str(root)!r} {what} ({remedy})"])


def test_an_empty_directory_holds_no_manifests_and_no_faults(root: Path) -> None:
    assert read(root) == ([], [])


def test_faults_of_all_files_are_collected_and_the_good_ones_are_read(root: Path) -> None:
    write(root, "a.yaml", text="a: [\n")
    write(root, "b.yaml")
    write(root, "c.yaml", text="- x\n")
    write(root, "d.yaml", text="x: 1\nx: 2\n")
    sources, messages = read(root)
    assert [source.file for source in sources] == ["manifests/b.yaml", "manifests/d.yaml"]
    assert [message.split(":")[0] for message in messages] == [f"manifests/{name}.yaml" for name in "acd"]


def test_links_inside_the_root_are_followed_into_hidden_directories(root: Path) -> None:
    write(root, "..2026/users/ann.yaml", "..2026/bob.yaml")
    (root / "..data").symlink_to("..2026")
    (root / "users").symlink_to("..data/users")
    (root / "bob.yaml").symlink_to("..data/bob.yaml")
    assert names(root) == ["manifests/bob.yaml", "manifests/users/ann.yaml"]


def test_a_root_that_is_a_link_keeps_its_own_name(root: Path) -> None:
    write(root, "a.yaml")
    link = root.parent / "identity"
    link.symlink_to(root)
    assert names(link) == ["identity/a.yaml"]


def test_links_out_of_the_root_are_refused(root: Path) -> None:
    write(root, "a.yaml")
    write(root.parent, "elsewhere/secret.yaml")
    (root / "b.yaml").symlink_to(root.parent / "elsewhere/secret.yaml")
    (root / "c").symlink_to("../elsewhere")
    sources, messages = read(root)
    refused = "this link leads out of the manifest directory"
    remedy = "put a copy in its place, or choose a manifest directory that holds both"
    assert [source.file for source in sources] == ["manifests/a.yaml"]
    assert sorted(messages) == [f"manifests/{name}:1:1: {refused} ({remedy})" for name in ("b.yaml", "c")]


def test_a_link_to_a_directory_above_is_refused(root: Path) -> None:
    write(root, "a/b.yaml")
    (root / "a/loop").symlink_to("..")
    (root / "self").symlink_to(".")
    sources, messages = read(root)
    problem = "this link leads back to a directory above it (remove it)"
    assert [source.file for source in sources] == ["manifests/a/b.yaml"]
    assert sorted(messages) == [f"manifests/{name}:1:1: {problem}" for name in ("a/loop", "self")]


def test_directories_that_link_each_other_end_in_a_fault(root: Path) -> None:
    for name in "abcdefghij":
        (root / name).mkdir()
        for other in "abcdefghij":
            (root / name / f"to-{other}").symlink_to(f"../{other}")
    begun = time.process_time()
    sources, messages = read(root)
    assert time.process_time() - begun < 2
    assert sources == []
    amount = "20,000 files or directories, or 100 links to directories,"
    assert messages[-1] == f"more than {amount} below {str(root)!r} (merge some)"


def test_too_deep_a_tree_ends_in_a_fault(root: Path) -> None:
    write(root, "/".join(["d"] * (MAXIMUM_DEPTH + 5)) + "/a.yaml")
    deepest = "/".join(["manifests"] + ["d"] * (MAXIMUM_DEPTH + 1))
    assert read(root) == ([], [f"{deepest}:1:1: more than {MAXIMUM_DEPTH} directories deep"])


def test_a_link_that_leads_nowhere_cannot_be_read(root: Path) -> None:
    (root / "a.yaml").symlink_to("gone.yaml")
    assert read(root) == ([], ["manifests/a.yaml:1:1: the file cannot be read: No such file or directory"])


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "a.yaml")
    assert read(root) == ([], ["manifests/a.yaml:1:1: the file cannot be read: it is no regular file"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_fault(root: Path) -> None:
    write(root, "a.yaml", "b/c.yaml")
    (root / "a.yaml").chmod(0)
    (root / "b").chmod(0)
    try:
        assert sorted(read(root)[1]) == [
            "manifests/a.yaml:1:1: the file cannot be read: Permission denied",
            "manifests/b:1:1: the directory cannot be read: Permission denied",
        ]
    finally:
        (root / "b").chmod(0o700)


@pytest.mark.parametrize(
    ("name", "code"), [("a\n::error::b.yaml", "000A"), ("a\u202eb.yaml", "202E"), ("a\x1b[2K.yaml", "001B")]
)
def test_a_name_that_cannot_be_shown_is_refused(root: Path, name: str, code: str) -> None:
    write(root, name)
    sources, [message] = read(root)
    assert sources == []
    assert message.isprintable()
    assert f"the file name holds a character that cannot be shown (U+{code}) (rename it)" in message


def test_a_name_that_is_no_text_is_refused(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/\xff.yaml")).write_text("users: {}", encoding="utf-8")
    sources, [message] = read(root)
    assert sources == []
    assert "(U+DCFF)" in message
    message.encode()


def test_a_file_of_more_than_32_mib_is_refused(root: Path) -> None:
    with (root / "a.yaml").open("wb") as stream:
        stream.truncate(40 * 1024 * 1024)
    sources, messages = read(root)
    assert sources == []
    assert messages == ["manifests/a.yaml:1:1: the file is more than 32 MiB long (split it)"]


@pytest.mark.parametrize("was_enabled", [True, False])
def test_garbage_collection_is_as_before(root: Path, was_enabled: bool) -> None:
    write(root, "a.yaml")
    try:
        if not was_enabled:
            gc.disable()
        read(root)
        assert gc.isenabled() is was_enabled
    finally:
        gc.enable()


def test_the_digest_follows_names_and_contents_alone(root: Path) -> None:
    write(root, "a.yaml", "b.yaml")
    sources = read(root)[0]
    before = manifests_digest(sources)
    assert before == manifests_digest(reversed(sources)) == manifests_digest(read(root)[0])
    (root / "b.yaml").rename(root / "c.yaml")
    renamed = manifests_digest(read(root)[0])
    write(root, "c.yaml", text="users: {}\n# changed\n")
    assert len({before, renamed, manifests_digest(read(root)[0]), manifests_digest([])}) == 4
