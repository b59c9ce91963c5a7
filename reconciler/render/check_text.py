"""A connection test in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.mapping.checking import DOCUMENTS, EndpointCheck
from reconciler.core.resources import Kind
from reconciler.render.counting import counted
from reconciler.render.neutral import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.platforms.capabilities import Value

_OFFERS = {True: "yes", False: "no", None: "not said"}


def render_check(check: EndpointCheck) -> str:
    """Lines of what the endpoint is and can do, then what is missing."""
    return "".join(f"{visible(line)}\n" for line in _lines(check))


def _lines(check: EndpointCheck) -> Iterator[str]:
    config = check.discovery.config
    yield f"{check.target} ({check.platform}, {check.url}): reachable, credentials accepted"
    for kind in Kind:
        if kind in check.totals:
            total = check.totals[kind]
            yield f"  {counted(total, str(kind)) if total is not None else f'{kind}s can be read'}"
        else:
            yield f"  no {kind}s"
    offers = {"PATCH": config.patch, "filters": config.filter, "bulk": config.bulk, "ETags": config.etag}
    yield "  offers: " + ", ".join(f"{name} {_OFFERS[value]}" for name, value in offers.items())
    if config.max_results is not None:
        yield f"  at most {config.max_results:,} results in an answer"
    missing = [name for name in DOCUMENTS if name not in check.discovery.announced]
    yield "  discovery: " + (f"without {', '.join(missing)}" if missing else "complete")
    for kind, paths in check.lacking.items():
        for path in paths:
            yield f"  {kind}s have no {path} here: it is left out"
    for difference in check.differences:
        yield f"  differs: {difference}"
    for name, (before, after) in check.overridden.items():
        yield f"  {name}: {_said(after)} by the target, {_said(before)} by the profile"
    for problem in (*check.discovery.problems, *check.warnings):
        yield f"  ! {problem}"


def _said(value: Value | None) -> str:
    return _OFFERS[value] if value is None or isinstance(value, bool) else str(value)
