"""Names and patterns that choose users, groups and targets: unknown names are faults, warnings what fits nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.desired.catalog import Catalog
from reconciler.core.desired.reference_checks import References
from reconciler.core.desired.scopes import is_glob, patterns_without_match
from reconciler.core.desired.selecting import compile_user_filter, user_document
from reconciler.core.manifests import Entry, Rule
from reconciler.core.marked import MarkedDict, MarkedList
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind, Ref, State
from reconciler.diagnostics import Faults
from reconciler.scim.filters import parse_filter


def check_selections(catalog: Catalog, faults: Faults) -> None:
    """Scopes, filters and the patterns under `on`."""
    references = References(catalog.desired, faults)
    for entry in catalog.manifests.scopes.values():
        users = _side(entry, "users")
        for at, group in enumerate(users.get("memberOf") or ()):
            path, mark = f"scopes.{entry.key}.users.memberOf", users["memberOf"].mark_of(at)
            references.check(Ref(Kind.GROUP, group), path, mark)
        for kind in Kind:
            _check_patterns(entry, kind, references, faults)
    _warn_filters(catalog, faults)
    _warn_overrides(catalog, faults)


def _side(entry: Entry, section: str) -> MarkedDict:
    found = entry.value.get(section)
    return found if isinstance(found, MarkedDict) else MarkedDict()


def _check_patterns(entry: Entry, kind: Kind, references: References, faults: Faults) -> None:
    """A key that nobody has is a fault, as every other reference is; a glob may come to fit somebody."""
    side = _side(entry, f"{kind}s")
    for word in ("include", "exclude"):
        patterns = side.get(word) or MarkedList()
        for at in patterns_without_match(patterns, references.known(kind)):
            pattern, mark, path = patterns[at], patterns.mark_of(at), f"scopes.{entry.key}.{kind}s.{word}"
            if is_glob(pattern):
                faults.warning(Rule.SELECTS_NOBODY, path, f"{pattern!r} selects nobody", mark=mark)
            else:
                references.check(Ref(kind, pattern), path, mark)


def _warn_filters(catalog: Catalog, faults: Faults) -> None:
    people = [user for user in catalog.desired.users.values() if user.state is not State.ABSENT]
    for path, holder, word in _filters(catalog):
        test = compile_user_filter(parse_filter(holder[word]), catalog.schema)
        if not any(test(user_document(user, catalog.today)) for user in people):
            faults.warning(
                Rule.SELECTS_NOBODY, f"{path}.{word}", "the filter selects nobody", mark=holder.mark_of(word)
            )


def _filters(catalog: Catalog) -> Iterator[tuple[str, MarkedDict, str]]:
    for name, entry in catalog.manifests.scopes.items():
        users = _side(entry, "users")
        if users.get("where"):
            yield f"scopes.{name}.users", users, "where"
    for name, entry in catalog.manifests.groups.items():
        if entry.value.get("membersWhere"):
            yield f"groups.{name}", entry.value, "membersWhere"


def _warn_overrides(catalog: Catalog, faults: Faults) -> None:
    """Patterns under `on` that fit no target."""
    usable = [name for name, entry in catalog.manifests.targets.items() if not entry.value.get("abstract")]
    useless: dict[str, bool] = {}
    entries: Sequence[DesiredUser | DesiredGroup] = [*catalog.desired.users.values(), *catalog.desired.groups.values()]
    for entry in entries:
        for pattern, _ in entry.overrides:
            if pattern not in useless:
                useless[pattern] = bool(patterns_without_match([pattern], usable))
            if useless[pattern]:
                section = "users" if isinstance(entry, DesiredUser) else "groups"
                path, mark = f"{section}.{entry.key}.on", entry.sources.of(f"on.{pattern}")
                remedy = "" if is_glob(pattern) else faults.suggest(pattern, usable)
                faults.warning(Rule.SELECTS_NOBODY, path, f"{pattern!r} fits no target", remedy=remedy, mark=mark)
