"""JSON Schemas (2020-12) of the documents that people and scripts write and read, made from the models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

from reconciler.core.manifests.document import manifest_adapter
from reconciler.core.manifests.scalars import KEY_PATTERN

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_INHERITED: Final = ("Allow", "OAuth2Client")
"""Parts of a target that may leave to a parent what they require."""


def manifest_schema() -> dict[str, Any]:
    """What a manifest file may hold; for editors, through `# yaml-language-server: $schema=…`."""
    schema = _published(manifest_adapter(), "Manifest")
    for name in _INHERITED:
        schema["$defs"][name].pop("required", None)
    return schema


def document_schema(model: type[BaseModel]) -> dict[str, Any]:
    """What a document of this model holds."""
    return _published(TypeAdapter(model), model.__name__)


def _published(adapter: TypeAdapter[Any], title: str) -> dict[str, Any]:
    schema = _tidied(adapter.json_schema())
    return {
        "$schema": DIALECT,
        "title": title,
        **{key: each for key, each in schema.items() if key != "title"},
    }


def _tidied(node: Any) -> Any:
    """Keys as their own titles, keys closed to what their pattern allows, no defaults that say nothing."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidied(each) for key, each in node.items() if key != "examples"}
    if "examples" in node:
        tidy["examples"] = node["examples"]
    if tidy.get("default", "") in (None, {}) or isinstance(tidy.get("default"), dict):
        del tidy["default"]
    if KEY_PATTERN in tidy.get("patternProperties", ()):
        tidy["additionalProperties"] = False
    if isinstance(tidy.get("properties"), Mapping):
        tidy["properties"] = {key: _titled(key, each) for key, each in tidy["properties"].items()}
    return tidy


def _titled(key: str, schema: Any) -> Any:
    """The key itself is the title that an editor shows."""
    return {"title": key, **{name: each for name, each in schema.items() if name != "title"}}


SCHEMAS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {"manifest": manifest_schema}
"""The published schemas by name; `schemas/NAME.schema.json` holds each."""
