"""`reconciler init [DIR]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILES: Final = {
    "manifests/_defaults.yaml": "manifests/_defaults.yaml",
    "manifests/users.yaml": "manifests/users.yaml",
    "manifests/groups.yaml": "manifests/groups.yaml",
    "manifests/targets.yaml": "manifests/targets.yaml",
    ".github/workflows/reconciler-plan.yml": "github/workflows/plan.yml",
    ".github/workflows/reconciler-apply.yml": "github/workflows/apply.yml",
    ".github/workflows/reconciler-drift.yml": "github/workflows/drift.yml",
    ".vscode/settings.json": "vscode/settings.json",
    ".reconciler/.gitignore": "gitignore",
}
"""What is written, and the file of the package that it comes from."""


@click.command("init")
@click.argument("directory", metavar="[DIR]", default=".")
def command(directory: str) -> None:
    """Write a small working set of manifests, workflows and editor settings to DIR (default: here).

    Overwrites nothing: where a file is there already, none is written.
    """
    import shlex
    from pathlib import Path

    from reconciler.cli.output import write_result

    root = Path(directory)
    files = starter_files()
    _refuse_existing(root, files)
    _write(root, files)
    write_result("".join(f"wrote {root / name}\n" for name in files))
    manifests = "" if directory == "." else f"--manifests {shlex.quote(str(root / 'manifests'))} "
    write_result(f"\nNext: reconciler {manifests}validate\n")
    write_result("Then set SCIM_URL and SCIM_TOKEN (`reconciler sandbox` serves an endpoint to try), and: ")
    write_result(f"reconciler {manifests}plan\n")


def starter_files() -> dict[str, str]:
    """The files of the starting set: path below the directory, content."""
    from importlib.resources import files

    from reconciler.cli.schema import schema_text

    package = files("reconciler.cli") / "starter"
    texts = {name: (package / source).read_text(encoding="utf-8") for name, source in _FILES.items()}
    return texts | {".vscode/manifest.schema.json": schema_text("manifest")}


def _refuse_existing(root: Path, files: Mapping[str, str]) -> None:
    from os.path import lexists

    from reconciler.errors import RunError

    existing = [str(root / name) for name in files if lexists(root / name)]
    if existing:
        raise RunError(f"nothing was written, because these exist already: {', '.join(existing)}")


def _write(root: Path, files: Mapping[str, str]) -> None:
    from reconciler.errors import RunError

    for name, text in files.items():
        file = root / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        except OSError as error:
            raise RunError(f"{file}: cannot be written: {error.strerror}") from error
