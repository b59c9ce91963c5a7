"""`custom`: what SCIM has no name for, checked against what `settings.custom` declares."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from reconciler.core.manifests.faults import quote_it, shown
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.scalars import ambiguous_number, quoting
from reconciler.core.manifests.sections import CustomField, Settings, compile_pattern, is_day
from reconciler.core.marked import MarkedDict
from reconciler.diagnostics import Diagnostic, SourceMark, did_you_mean
from reconciler.scim.filters import FilterError, Path, attributes_of, parse_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.core.manifests.reading import ManifestPart

_IS_OF: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "string": ("a text", lambda value: isinstance(value, str)),
    "integer": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "number": ("a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "date": ("a day such as 2026-12-31", is_day),
    "list": (
        "a list of texts",
        lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    ),
}


def check_custom(
    key: str, custom: Mapping[str, Any] | None, settings: Settings, mark: SourceMark | None = None
) -> list[Diagnostic]:
    """Faults of a user's composed `custom`: type, enum, pattern, and what is required and missing or null.

    Unknown names are no matter of this function: `merge_parts` has reported them where they stand. `mark` is
    the place of a fault whose own place `custom` does not know.
    """
    if not settings.custom:
        return []
    given = custom or {}
    found: list[Diagnostic] = []
    for name, declared in settings.custom.items():
        value = given.get(name)
        problem, remedy = _custom_problem(value, declared)
        if problem:
            place = given.mark_of(name) if isinstance(given, MarkedDict) and name in given else mark
            rule = Rule.QUOTE_IT if problem.startswith("`") else Rule.INVALID_CUSTOM
            found.append(Diagnostic(rule, f"users.{key}.custom.{name}", problem, remedy, place))
    return found


def _custom_problem(value: Any, declared: CustomField) -> tuple[str, str]:
    if value is None:
        return ("is required", "add it here or in defaults") if declared.required else ("", "")
    if value in ("", []):
        return ("is required and cannot be empty", "") if declared.required else ("", "")
    due, is_of = _IS_OF[declared.type]
    if not is_of(value):
        quoted = quote_it(value) if declared.type == "string" else None
        return (quoted.problem, quoted.remedy) if quoted else (f"must be {due}, not {shown(value)}", "")
    for each in value if isinstance(value, list) else [value]:
        if declared.enum is not None and each not in declared.enum:
            return f"{shown(each)} is not allowed here", "allowed: " + ", ".join(map(str, declared.enum))
        if declared.pattern is not None and isinstance(each, str) and not _matches(declared.pattern, each):
            return f"{shown(each)} is not allowed here", f"it must match {declared.pattern}"
    return "", ""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Callable[[str], Any]:
    return compile_pattern(pattern).validate_python


def _matches(pattern: str, text: str) -> bool:
    try:
        _compiled(pattern)(text)
    except ValidationError:
        return False
    return True


def undeclared_custom(parts: Iterable[ManifestPart], settings: Settings) -> Iterator[Diagnostic]:
    """Names under `custom`, and in filters, that `settings.custom` lacks.

    Where it declares none every name goes, but a number that looks like a text is a fault.
    """
    for part in parts:
        for path, custom in _customs(part):
            if not settings.custom:
                yield from _ambiguous_numbers(path, custom)
            elif not custom.keys() <= settings.custom.keys():
                yield from _unknown_names(path, custom, settings)
        if settings.custom:
            yield from _unknown_in_filters(part, settings)


def _customs(part: ManifestPart) -> Iterator[tuple[str, MarkedDict]]:
    for path, holder in _holders(part):
        custom = holder.get("custom")
        if isinstance(custom, MarkedDict):
            yield f"{path}.custom", custom


def _ambiguous_numbers(path: str, custom: MarkedDict) -> Iterator[Diagnostic]:
    for name, value in custom.items():
        if ambiguous_number(value):
            yield Diagnostic(Rule.QUOTE_IT, f"{path}.{name}", *quoting(value), custom.mark_of(name))


def _holders(part: ManifestPart) -> Iterator[tuple[str, Mapping[str, Any]]]:
    defaults = part.section("defaults").get("users")
    if isinstance(defaults, dict):
        yield "defaults.users", defaults
    for key, value in part.section("users").items():
        if not isinstance(value, dict):
            continue
        yield f"users.{key}", value
        exceptions = value.get("on")
        for glob, attributes in exceptions.items() if isinstance(exceptions, dict) else ():
            if isinstance(attributes, dict):
                yield f"users.{key}.on.{glob}", attributes


def _unknown_names(path: str, custom: MarkedDict, settings: Settings) -> Iterator[Diagnostic]:
    for name in custom.keys() - settings.custom.keys():
        remedy = did_you_mean(name, settings.custom) or "declare it under settings.custom"
        problem = f"settings.custom does not declare {name!r}"
        yield Diagnostic(Rule.UNKNOWN_CUSTOM, f"{path}.{name}", problem, remedy, custom.mark_of(name))


def _unknown_in_filters(part: ManifestPart, settings: Settings) -> Iterator[Diagnostic]:
    known = {name.casefold() for name in settings.custom}
    for path, holder, key in _filters(part):
        for each in _attributes(holder.get(key)):
            if each.attribute.casefold() == "custom" and each.sub and each.sub.casefold() not in known:
                remedy = did_you_mean(each.sub, settings.custom)
                problem = f"settings.custom does not declare {each.sub!r}"
                yield Diagnostic(Rule.UNKNOWN_CUSTOM, f"{path}.{key}", problem, remedy, holder.mark_of(key))


def _filters(part: ManifestPart) -> Iterator[tuple[str, MarkedDict, str]]:
    for key, group in part.section("groups").items():
        if isinstance(group, MarkedDict) and "membersWhere" in group:
            yield f"groups.{key}", group, "membersWhere"
    for key, scope in part.section("scopes").items():
        users = scope.get("users") if isinstance(scope, dict) else None
        if isinstance(users, MarkedDict) and "where" in users:
            yield f"scopes.{key}.users", users, "where"


def _attributes(text: Any) -> tuple[Path, ...]:
    try:
        return attributes_of(parse_filter(text)) if isinstance(text, str) else ()
    except FilterError:
        return ()  # reported with its file
