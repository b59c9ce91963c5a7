"""`.ci/run` and the README cannot differ: the one reads its test command out of the other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / ".ci" / "readme-command"


def read(file: Path, name: str = "test-command") -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, file, name], capture_output=True, text=True, check=False)


def test_prints_the_block_after_the_marker(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(
        "```sh\nanother\n```\n<!-- test-command -->\n\n```sh\na && \\\nb -q 'c d'\n```\n\n```sh\nlater\n```\n"
    )
    assert read(file).stdout == "a && \\\nb -q 'c d'\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "```sh\nunmarked\n```\n",
        "<!-- demo-command -->\n```sh\nof another name\n```\n",
        "<!-- test-command -->\nprose in between\n```sh\nx\n```\n",
        "<!-- test-command -->\n```sh\n```\n",
    ],
)
def test_fails_with_a_sentence_where_there_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "README.md"
    file.write_text(text)
    done = read(file)
    assert done.returncode == 1
    assert "no ```sh block right after the line <!-- test-command -->" in done.stderr


def test_the_readme_has_its_test_command() -> None:
    assert "-m pytest" in read(ROOT / "README.md").stdout
