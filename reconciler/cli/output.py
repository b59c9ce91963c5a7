"""Results on standard output and in files, as UTF-8 whatever the locale; everything else on standard error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.cli.context import Context
    from reconciler.render.paint import Paint
    from reconciler.render.progress import Progress


def write_result(text: str) -> None:
    """The result of a command. Raises `BrokenPipeError` when nobody reads it any more."""
    click.echo(text.encode("utf-8", "backslashreplace"), nl=False)


def tell(sentence: str) -> None:
    """One line for the person at the terminal, none of the result."""
    from reconciler.render.neutral import visible

    click.echo(visible(sentence), err=True)


def paint_for(context: Context) -> Paint:
    """Colour on standard output, where it is wanted and can be seen."""
    from reconciler.render.paint import coloured, plain

    return coloured if context.colours(sys.stdout) else plain


def progress_for_errors() -> Progress:
    """Progress on standard error."""
    from time import monotonic

    from reconciler.render.progress import progress_on

    return progress_on(sys.stderr, monotonic)


def write_out_file(out: str, documents: Mapping[str, bytes]) -> list[Path]:
    """Writes one document per target to the path `out`, and returns the files.

    A directory, a path that ends in a slash, and any path for several targets get one file `TARGET.json` each;
    missing directories are made. Raises `RunError` where that cannot be done.
    """
    from reconciler.storage.json_files import write_atomically

    path = Path(out)
    if len(documents) == 1 and not out.endswith("/") and not path.is_dir():
        files = dict.fromkeys([path], next(iter(documents.values())))
    else:
        files = {path / _file_name(target): document for target, document in documents.items()}
    for file, document in files.items():
        _make_directory(file.parent)
        write_atomically(file, document)
    return list(files)


def _file_name(target: str) -> str:
    """A target's name may hold slashes; its file stays in its directory."""
    return target.replace("/", "%2F").replace("\\", "%5C") + ".json"


def _make_directory(directory: Path) -> None:
    from reconciler.errors import RunError

    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{directory}: cannot be made: {error.strerror}") from error
