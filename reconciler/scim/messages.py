"""Lenient readers of SCIM messages (RFC 7644 §3.4.2, §3.12; RFC 7643 §5, §6)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.scim.lookup import elements_of, get_ignoring_case
from reconciler.scim.provider import ProviderConfig, ResourceTypeInfo
from reconciler.scim.values import read_boolean, read_integer

MAX_DETAIL: Final = 300
_MAX_TEXT: Final = 20_000

_INVISIBLE: Final = re.compile(r"<(script|style|head)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_TITLE: Final = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


class MessageError(ValueError):
    """An answer that is not the SCIM message it should be."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a listing. `resources` are of whatever type; None is what the page does not say."""

    resources: list[Any]
    total: int | None = None
    items_per_page: int | None = None
    start_index: int | None = None
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ScimFault:
    """An error answer. `detail` is at most 300 readable characters on one line."""

    status: int
    scim_type: str | None
    detail: str


def read_list(body: Any) -> ListPage:
    """A ListResponse, or a bare JSON list. Raises `MessageError` for anything else."""
    if isinstance(body, list):
        return ListPage(body)
    if not isinstance(body, Mapping):
        raise MessageError(f"a ListResponse is a JSON object, this is {_kind_of(body)}")
    resources = get_ignoring_case(body, "Resources")
    total = read_integer(get_ignoring_case(body, "totalResults"))
    if resources is None and total == 0:
        resources = []
    if not isinstance(resources, list):
        problem = "has no Resources" if resources is None else f"has Resources that are {_kind_of(resources)}"
        raise MessageError(f"the ListResponse {problem}")
    cursor = get_ignoring_case(body, "nextCursor")
    return ListPage(
        resources,
        total,
        read_integer(get_ignoring_case(body, "itemsPerPage")),
        read_integer(get_ignoring_case(body, "startIndex")),
        str(cursor) if isinstance(cursor, str | int) and not isinstance(cursor, bool) and cursor != "" else None,
    )


def _kind_of(value: Any) -> str:
    names = {
        "dict": "an object",
        "list": "a list",
        "str": "a text",
        "NoneType": "empty",
        "bool": "true or false",
    }
    return names.get(type(value).__name__, "a number")


def read_error(status: int, body: bytes | str | Mapping[str, Any] | None, content_type: str | None = None) -> ScimFault:
    """An error answer, whatever it is made of: SCIM's own JSON, another JSON shape, HTML, text or nothing."""
    text = body.decode("utf-8-sig", "replace") if isinstance(body, bytes | bytearray) else body
    parsed = _json_object(text) if isinstance(text, str) else text
    if isinstance(parsed, Mapping):
        scim_type = get_ignoring_case(parsed, "scimType")
        known_type = scim_type if isinstance(scim_type, str) and scim_type else None
        return ScimFault(status, known_type, _readable(_detail_of(parsed)) or _without_detail(status))
    plain = text[:_MAX_TEXT] if isinstance(text, str) else ""
    if "html" in (content_type or "").lower() or plain.lstrip()[:1] == "<":
        plain = _text_of_markup(plain)
    return ScimFault(status, None, _readable(plain) or _without_detail(status))


def _json_object(text: str) -> Mapping[str, Any] | None:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(parsed, list) and parsed:
        parsed = parsed[0]
    return parsed if isinstance(parsed, Mapping) else None


def _detail_of(body: Mapping[str, Any]) -> str:
    """The sentence in a JSON error: SCIM's `detail`, or what other error formats call it, one level deep."""
    for name in (
        "detail",
        "message",
        "error_description",
        "errorMessage",
        "title",
        "error",
        "errors",
        "Errors",
    ):
        first = next(iter(elements_of(get_ignoring_case(body, name))), None)
        if isinstance(first, str) and first.strip():
            return first
        if isinstance(first, Mapping):
            inner = (get_ignoring_case(first, each) for each in ("detail", "description", "message"))
            found = next((each for each in inner if isinstance(each, str) and each.strip()), None)
            if found:
                return found
    return ""


def _text_of_markup(markup: str) -> str:
    title = _TITLE.search(markup)
    body = _TAG.sub(" ", _INVISIBLE.sub(" ", markup))
    return html.unescape(body).strip() or (html.unescape(title.group(1)) if title else "")


def _readable(text: str) -> str:
    line = " ".join(_CONTROL.sub(" ", text).split())
    return line if len(line) <= MAX_DETAIL else line[: MAX_DETAIL - 1].rstrip() + "…"


def _without_detail(status: int) -> str:
    return f"the endpoint answered {status} without saying why"


def read_provider_config(body: Any) -> ProviderConfig:
    """A ServiceProviderConfig; whatever is missing or of a wrong type is None. Never raises."""

    def said(feature: str, name: str) -> Any:
        part = get_ignoring_case(body, feature) if isinstance(body, Mapping) else None
        return get_ignoring_case(part, name) if isinstance(part, Mapping) else None

    def supported(feature: str) -> bool | None:
        return read_boolean(said(feature, "supported"))

    return ProviderConfig(
        patch=supported("patch"),
        bulk=supported("bulk"),
        bulk_max_operations=_positive(said("bulk", "maxOperations")),
        bulk_max_payload=_positive(said("bulk", "maxPayloadSize")),
        filter=supported("filter"),
        max_results=_positive(said("filter", "maxResults")),
        etag=supported("etag"),
        sort=supported("sort"),
        cursor_paging=read_boolean(said("pagination", "cursor")),
        index_paging=read_boolean(said("pagination", "index")),
        default_page_size=_positive(said("pagination", "defaultPageSize")),
        max_page_size=_positive(said("pagination", "maxPageSize")),
        cursor_timeout=_positive(said("pagination", "cursorTimeout")),
    )


def _positive(value: Any) -> int | None:
    number = read_integer(value)
    return number if number is not None and number > 0 else None


def read_resource_types(body: Any) -> list[ResourceTypeInfo]:
    """The usable rows of /ResourceTypes: a ListResponse, a bare list or a single one. Never raises."""
    try:
        rows = read_list(body).resources
    except MessageError:
        rows = [body]
    found = (_resource_type(each) for each in rows if isinstance(each, Mapping))
    return [each for each in found if each is not None]


def _resource_type(row: Mapping[str, Any]) -> ResourceTypeInfo | None:
    name, endpoint, schema = (get_ignoring_case(row, each) for each in ("name", "endpoint", "schema"))
    if not (isinstance(name, str) and isinstance(endpoint, str) and isinstance(schema, str) and name):
        return None
    extensions = (
        each if isinstance(each, str) else get_ignoring_case(each, "schema")
        for each in elements_of(get_ignoring_case(row, "schemaExtensions"))
        if isinstance(each, str | Mapping)
    )
    return ResourceTypeInfo(name, endpoint, schema, tuple(each for each in extensions if isinstance(each, str)))
