"""Which filters are understood (RFC 7644 §3.4.2.2): comparisons by `eq` with the attributes that can be looked up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciler.platforms.profile import FilterProfile, Profile
from reconciler.sandbox.exchange import Forward, Quirk, Refusal, Reply, Request
from reconciler.scim.filters import And, Comparison, Filter, FilterError, parse_filter


def known_filters(profile: Profile) -> Quirk:
    """400 for every other filter. What is kept in lower case is compared in lower case."""
    filters = profile.filters
    lower = {name.lower() for name, each in profile.users.attributes.items() if each.lower}
    known = {"User": _lowered(filters.users), "Group": _lowered(filters.groups)}

    async def check(request: Request, forward: Forward) -> Reply:
        text = request.query.get("filter")
        if text is None or not request.lists or request.kind is None:
            return await forward(request)
        comparisons = [_comparison(each, known[request.kind]) for each in _parts(parsed_filter(text), filters)]
        if request.kind == "User":
            comparisons = [_in_lower_case(each, lower) for each in comparisons]
        asked = " and ".join(map(str, comparisons))
        return await forward(replace(request, query={**request.query, "filter": asked}))

    return check


def parsed_filter(text: str) -> Filter:
    """Raises Refusal for what is no filter."""
    try:
        return parse_filter(text)
    except FilterError as error:
        raise Refusal(400, f"no filter: {error}", "invalidFilter") from None


def equality(condition: Filter) -> Mapping[str, str]:
    """Attribute in lower case → value of one comparison by `eq`, or of some that `and` joins; {} for others."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    found: dict[str, str] = {}
    for each in parts:
        if not isinstance(each, Comparison) or each.op != "eq" or not isinstance(each.value, str):
            return {}
        found[str(each.path).lower()] = each.value
    return found if len(found) == len(parts) else {}


def _lowered(names: Collection[str] | None) -> frozenset[str]:
    return frozenset(each.lower() for each in names or ())


def _parts(condition: Filter, filters: FilterProfile) -> tuple[Filter, ...]:
    return condition.parts if isinstance(condition, And) and filters.joined else (condition,)


def _comparison(condition: Filter, known: Collection[str]) -> Comparison:
    if isinstance(condition, Comparison) and condition.op == "eq" and str(condition.path).lower() in known:
        return condition
    raise Refusal(400, f"this filter is not supported: {condition}", "invalidFilter")


def _in_lower_case(comparison: Comparison, lower: Collection[str]) -> Comparison:
    if isinstance(comparison.value, str) and str(comparison.path).lower() in lower:
        return replace(comparison, value=comparison.value.lower())
    return comparison
