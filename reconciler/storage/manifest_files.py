"""The manifest files of a directory: found, read and parsed in an order that no file system decides."""

from __future__ import annotations

import errno
import gc
import hashlib
import os
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from unicodedata import normalize

from reconciler.diagnostics import SourceMark
from reconciler.storage.yaml import limits, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.core.marked import MarkedDict
    from reconciler.diagnostics import Faults

MAXIMUM_FILES = 20_000
MAXIMUM_LINKS = 100
"""To directories: a few that link each other would make endlessly many."""

MAXIMUM_DEPTH = 50
_SUFFIXES = (".yaml", ".yml")
_DEFAULTS = ("_defaults.yaml", "_defaults.yml")
# in a name these could forge lines of a report or hide what it says; lone surrogates are bytes, not UTF-8
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ManifestSource:
    """One manifest file. `file` and `directory` are POSIX paths from the directory above the root, in NFC."""

    file: str
    directory: str
    is_defaults: bool
    document: MarkedDict
    text_digest: str
    """SHA-256 of the bytes of the file, in hexadecimal."""


def read_manifest_files(root: Path, faults: Faults) -> list[ManifestSource]:
    """Every `*.yaml` and `*.yml` below `root` at any depth, sorted by path. Raises nothing.

    Hidden files and directories are skipped. Links are followed as long as they stay below the root. A file that
    cannot be read, or not parsed to its end, has faults and is left out.
    """
    if not os.path.isdir(root):  # noqa: PTH112  unlike Path.is_dir this never raises
        what = "is not a directory" if os.path.lexists(root) else "does not exist"
        remedy = "name another with --manifests DIR, or make one with `reconciler init`"
        faults.error("manifests-missing", "", f"the manifest directory {str(root)!r} {what}", remedy=remedy)
        return []
    search = _Search(root, faults)
    files = sorted(search.files())
    if search.gave_up:
        amount = f"{MAXIMUM_FILES:,} files or directories, or {MAXIMUM_LINKS} links to directories,"
        faults.error("manifests-too-many", "", f"more than {amount} below {str(root)!r}", remedy="merge some")
        return []
    with _collection_paused():
        found = [_read(path, file, faults) for file, path in files]
    return [each for each in found if each is not None]


def manifests_digest(sources: Iterable[ManifestSource]) -> str:
    """SHA-256, in hexadecimal, over the names and contents of `sources`, whatever their order."""
    digest = hashlib.sha256()
    for each in sorted(sources, key=lambda source: source.file):
        # a name holds no NUL, so that no two sets of files read alike
        digest.update(f"{each.file}\0{each.text_digest}\0".encode())
    return digest.hexdigest()


class _Search:
    """One walk through the tree below a root; `gave_up` tells whether it is too large."""

    def __init__(self, root: Path, faults: Faults) -> None:
        # resolve() would replace the name of a root that is a link
        self._root = Path(os.path.abspath(root))  # noqa: PTH100
        self._real_root = Path(os.path.realpath(root))
        self._faults = faults
        self._files = self._directories = self._links = 0

    @property
    def gave_up(self) -> bool:
        most = max(self._files, self._directories)
        return most > MAXIMUM_FILES or self._links > MAXIMUM_LINKS

    def files(self) -> Iterator[tuple[str, Path]]:
        """Label and path of each file, in any order."""
        return self._below(self._root, self._root.name, (self._real_root,))

    def _below(self, directory: Path, label: str, above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
        """`above`: the real paths of `directory`, last, and of those that led to it."""
        self._directories += 1
        try:
            names = os.listdir(directory)  # noqa: PTH208  only the names are needed
        except OSError as failure:
            self._refuse("manifest-unreadable", label, f"the directory cannot be read: {failure.strerror}")
            return
        for name in names:
            if name.startswith(".") or self.gave_up:
                continue
            path, inner = directory / name, f"{label}/{normalize('NFC', name)}"
            is_link = path.is_symlink()
            real = Path(os.path.realpath(path)) if is_link else above[-1] / name
            if os.path.isdir(path):  # noqa: PTH112  unlike Path.is_dir this never raises
                self._links += is_link
                if self._may_enter(real, inner, above):
                    yield from self._below(path, inner, (*above, real))
            elif name.lower().endswith(_SUFFIXES) and self._is_named_well(inner) and self._is_inside(real, inner):
                self._files += 1
                yield inner, path

    def _may_enter(self, real: Path, label: str, above: tuple[Path, ...]) -> bool:
        if real in above:
            self._refuse("manifest-link", label, "this link leads back to a directory above it", "remove it")
            return False
        if len(above) > MAXIMUM_DEPTH:
            self._refuse("manifests-too-deep", label, f"more than {MAXIMUM_DEPTH} directories deep")
            return False
        return self._is_inside(real, label)

    def _is_inside(self, real: Path, label: str) -> bool:
        inside = real.is_relative_to(self._real_root)
        if not inside:
            remedy = "put a copy in its place, or choose a manifest directory that holds both"
            self._refuse("manifest-link", label, "this link leads out of the manifest directory", remedy)
        return inside

    def _is_named_well(self, label: str) -> bool:
        bad = _UNPRINTABLE.search(label)
        if bad:
            problem = f"the file name holds a character that cannot be shown (U+{ord(bad[0]):04X})"
            shown = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", label)
            self._refuse("manifest-name", shown, problem, "rename it")
        return bad is None

    def _refuse(self, rule: str, label: str, problem: str, remedy: str = "") -> None:
        self._faults.error(rule, "", problem, remedy=remedy, mark=SourceMark(label, 1))


def _read(path: Path, file: str, faults: Faults) -> ManifestSource | None:
    try:
        raw = _content(path)
    except OSError as failure:
        problem = f"the file cannot be read: {failure.strerror}"
        faults.error("manifest-unreadable", "", problem, mark=SourceMark(file, 1))
        return None
    document = read_yaml(raw, file, faults)
    if document is None:
        return None
    digest = hashlib.sha256(raw).hexdigest()
    return ManifestSource(file, str(PurePosixPath(file).parent), path.name.lower() in _DEFAULTS, document, digest)


def _content(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        # a pipe or a device would keep its reader waiting
        raise OSError(errno.EINVAL, "it is no regular file")
    with path.open("rb") as stream:
        return stream.read(limits.FILE_BYTES + 1)


@contextmanager
def _collection_paused() -> Iterator[None]:
    # reading makes containers by the hundred thousand and no cycles: a collection would only walk them all
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
