"""All files together: each key once, defaults by directory, what can only be seen in the whole tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from reconciler.core.manifests.custom import undeclared_custom
from reconciler.core.manifests.extending import check_parents
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.sections import Settings
from reconciler.core.marked import MarkedDict
from reconciler.diagnostics import Faults, SourceMark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.core.manifests.reading import ManifestPart


@dataclass(frozen=True, slots=True)
class Entry:
    """What one key declares. `mark` is the key's place.

    `defaults`: for users and groups, what holds where the entry says nothing: the outermost directory first,
    the file's own last; the later ones win.
    """

    key: str
    value: MarkedDict
    mark: SourceMark
    defaults: tuple[MarkedDict, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifests:
    """The whole tree. Sections are ordered by file and line, whatever the order in which files were read."""

    settings: Settings = field(default_factory=Settings)
    users: Mapping[str, Entry] = field(default_factory=dict)
    groups: Mapping[str, Entry] = field(default_factory=dict)
    scopes: Mapping[str, Entry] = field(default_factory=dict)
    tables: Mapping[str, Entry] = field(default_factory=dict)
    mappings: Mapping[str, Entry] = field(default_factory=dict)
    targets: Mapping[str, Entry] = field(default_factory=dict)
    defaults: Mapping[str, tuple[MarkedDict, ...]] = field(default_factory=dict)
    """Every `defaults` section for `users` and for `groups`, whether an entry stands below it or not."""


def merge_parts(parts: Iterable[ManifestPart], faults: Faults) -> Manifests:
    """Adds the faults that need the whole tree to `faults`. Of a key declared twice the first is kept."""
    ordered = sorted(parts, key=lambda part: part.file)
    defaults = _Defaults(ordered, faults)
    manifests = Manifests(
        settings=_merge_settings(ordered, faults),
        users=_merge_section("users", ordered, defaults, faults),
        groups=_merge_section("groups", ordered, defaults, faults),
        scopes=_merge_section("scopes", ordered, None, faults),
        tables=_merge_section("tables", ordered, None, faults),
        mappings=_merge_section("mappings", ordered, None, faults),
        targets=_merge_section("targets", ordered, None, faults),
        defaults={kind: tuple(_each_default(ordered, kind)) for kind in ("users", "groups")},
    )
    for section, entries in (("users", manifests.users), ("groups", manifests.groups)):
        _check_previous(section, entries, faults)
    faults.extend(undeclared_custom(ordered, manifests.settings))
    check_parents({key: (each.value, each.mark) for key, each in manifests.targets.items()}, faults)
    return manifests


def _each_default(parts: Iterable[ManifestPart], section: str) -> Iterator[MarkedDict]:
    for part in parts:
        yield from _defaults_of(part, section)


def _merge_settings(parts: Sequence[ManifestPart], faults: Faults) -> Settings:
    first: SourceMark | None = None
    settings = Settings()
    for part in parts:
        value = part.document.get("settings")
        if not isinstance(value, MarkedDict):
            continue
        mark = part.document.mark_of("settings")
        if first is not None:
            problem = f"settings are declared once in the tree; first at {first}"
            faults.error(Rule.DUPLICATE_SECTION, "settings", problem, remedy="move them there", mark=mark)
            continue
        first, settings = mark, _settings_of(value)
    return settings


def _settings_of(value: MarkedDict) -> Settings:
    try:
        return Settings.model_validate(value)
    except ValidationError:
        return Settings()  # every fault in them was already reported with its file


def _merge_section(
    section: str, parts: Sequence[ManifestPart], defaults: _Defaults | None, faults: Faults
) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    folded: dict[str, Entry] = {}
    for part in parts:
        inherited = defaults.of(part, section) if defaults else ()
        for entry in _entries_of(part, section, inherited):
            first = folded.setdefault(entry.key.casefold(), entry)
            if first is entry:
                entries[entry.key] = entry
            else:
                _report_second(section, first, entry, faults)
    return entries


def _entries_of(part: ManifestPart, section: str, inherited: tuple[MarkedDict, ...]) -> Iterator[Entry]:
    found = part.section(section)
    for key, said in found.items():
        value = MarkedDict(file=part.file, marks=found.marks[:1]) if said is None else said
        if isinstance(value, MarkedDict):
            yield Entry(key, value, found.mark_of(key), inherited)


def _report_second(section: str, first: Entry, second: Entry, faults: Faults) -> None:
    what = section.removesuffix("s")
    if first.key == second.key:
        problem = f"the {what} {second.key!r} is declared twice; first at {first.mark}"
    else:
        problem = f"the {what} {second.key!r} differs only in case from {first.key!r} at {first.mark}"
    faults.error(Rule.DUPLICATE_KEY, f"{section}.{second.key}", problem, remedy="keep one of them", mark=second.mark)


def _check_previous(section: str, entries: Mapping[str, Entry], faults: Faults) -> None:
    claimed: dict[str, Entry] = {}
    declared = {key.casefold(): entry for key, entry in entries.items()}
    for entry in entries.values():
        for key in _texts(entry.value.get("previously")):
            _check_declared(section, entry, key, declared.get(key.casefold()), faults)
            first = claimed.setdefault(key.casefold(), entry)
            if first is not entry:
                problem = f"the earlier key {key!r} is also claimed by {first.key!r} at {first.mark}"
                mark = entry.value.mark_of("previously")
                remedy = "one of them was somebody else"
                faults.error(Rule.CLAIMED_TWICE, f"{section}.{entry.key}.previously", problem, remedy=remedy, mark=mark)


def _check_declared(section: str, entry: Entry, key: str, still: Entry | None, faults: Faults) -> None:
    """An earlier key that is declared as well would give one person's account to another."""
    if still is None:
        return
    faults.error(
        Rule.CLAIMED_TWICE,
        f"{section}.{entry.key}.previously",
        f"the earlier key {key!r} is still declared at {still.mark}",
        remedy="take it out there, or out of `previously`",
        mark=entry.value.mark_of("previously"),
    )


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


class _Defaults:
    """The defaults of directories, looked up once for each directory and kind."""

    def __init__(self, parts: Sequence[ManifestPart], faults: Faults) -> None:
        self._by_directory: dict[PurePosixPath, ManifestPart] = {}
        self._found: dict[tuple[str, str], tuple[MarkedDict, ...]] = {}
        for part in parts:
            if part.is_defaults:
                self._add(part, faults)

    def _add(self, part: ManifestPart, faults: Faults) -> None:
        first = self._by_directory.setdefault(PurePosixPath(part.directory), part)
        if first is not part:
            problem = f"this directory already has defaults, in {first.file}"
            mark = SourceMark(part.file, 1)
            faults.error(Rule.DUPLICATE_SECTION, "defaults", problem, remedy="put them into one file", mark=mark)

    def of(self, part: ManifestPart, section: str) -> tuple[MarkedDict, ...]:
        """For the entries of a file: the outermost directory first, the file's own last."""
        own = _defaults_of(part, section) if not part.is_defaults else ()
        place = (part.directory, section)
        if place not in self._found:
            directory = PurePosixPath(part.directory)
            above = [self._by_directory.get(each) for each in (*reversed(directory.parents), directory)]
            self._found[place] = tuple(each for found in above if found for each in _defaults_of(found, section))
        return (*self._found[place], *own)


def _defaults_of(part: ManifestPart, section: str) -> tuple[MarkedDict, ...]:
    found = part.section("defaults").get(section)
    return (found,) if isinstance(found, MarkedDict) else ()
