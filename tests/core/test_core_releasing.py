"""What is said before an emergency is ended."""

from __future__ import annotations

import pytest
from planning_kit import catalog_of, known, target_of, target_text

from reconciler.core.known import Known
from reconciler.core.planning.releasing import prospect

OURS, THEIRS = known("alice", "1", active=False), known("alice", "1")


def told(text: str, *lines: str, record: Known | None = OURS) -> str:
    catalog = catalog_of({"people.yaml": text, "targets.yaml": target_text(*lines)})
    return prospect("Alice", target_of(catalog), catalog, record)


@pytest.mark.parametrize(
    ("reenable", "record", "enables"),
    [
        ("ours", OURS, True),
        ("ours", THEIRS, False),
        ("ours", None, False),
        ("always", THEIRS, True),
        ("always", None, True),
        ("never", OURS, False),
    ],
)
def test_reenable_decides_where_the_manifests_give_access(reenable: str, record: Known | None, enables: bool) -> None:
    words = told("users: {alice: {}}\n", f"lifecycle: {{reenable: {reenable}}}", record=record)
    assert (words == "the next plan enables it") is enables
    assert words.startswith("it stays disabled") is not enables


@pytest.mark.parametrize(
    ("text", "lines", "words"),
    [
        ("users: {bob: {}}\n", [], "the manifests do not have this user"),
        ("users: {alice: {state: disabled}}\n", [], "the manifests give no access"),
        ("users: {alice: {until: 2026-01-01}}\n", [], "the manifests give no access"),
        (
            "users: {alice: {}, bob: {}}\nscopes: {some: {users: {include: [bob]}}}\n",
            ["scope: some"],
            "the user is not in the scope of this target",
        ),
        ("users: {alice: {}}\n", ["manage: {users: [create]}"], "nothing enables it from here"),
        ("users: {alicia: {previously: [alice]}}\n", [], "the next plan enables it"),
    ],
)
def test_nothing_enables_whom_the_manifests_or_the_target_keep_out(text: str, lines: list[str], words: str) -> None:
    assert told(text, *lines).startswith(words)
