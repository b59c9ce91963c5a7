"""Telephone numbers that an endpoint shows in two parts: the country's code in an attribute of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.scim.lookup import elements_of, get_ignoring_case, key_ignoring_case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.resources import LiveResource
    from reconciler.platforms.profile import AttributeProfile


class WholeNumbers:
    """Puts the parts together, `+8613800138000`, which is how such numbers are sent and compared."""

    def __init__(self, attributes: Mapping[str, AttributeProfile]) -> None:
        self._regions = [(name, own) for name, own in attributes.items() if own.region_of is not None]

    def __call__(self, live: LiveResource) -> LiveResource:
        """The resource as if the endpoint had shown whole numbers; itself where nothing is to be put together."""
        document = live.document
        for name, own in self._regions:
            code = _digits(get_ignoring_case(document, name)) or own.default
            key = key_ignoring_case(document, own.region_of or "")
            if code is not None and key is not None:
                whole = [_whole(each, code) for each in elements_of(document[key])]
                document = document if whole == document[key] else {**document, key: whole}
        return live if document is live.document else replace(live, document=document)


def _digits(said: Any) -> str | None:
    text = str(said).strip().removeprefix("+") if isinstance(said, str | int) else ""
    return text if text.isascii() and text.isdecimal() else None


def _whole(element: Any, code: str) -> Any:
    value = get_ignoring_case(element, "value") if isinstance(element, dict) else None
    if not isinstance(value, str) or not (value.isascii() and value.isdecimal()):
        return element
    return {**element, (key_ignoring_case(element, "value") or "value"): f"+{code}{value}"}
