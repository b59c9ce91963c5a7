"""JSON Schemas (2020-12) of the documents that people and scripts write and read, made from the models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

from reconciler.core.manifests.document import manifest_adapter
from reconciler.core.manifests.scalars import KEY_PATTERN
from reconciler.platforms.facts import PLAIN, Certainty
from reconciler.platforms.profile import Profile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_INHERITED: Final = ("Allow", "OAuth2Client")
"""Parts of a target that may leave to a parent what they require."""

_NAMED: Final = ("$defs", "properties", "patternProperties")

_CITATIONS: Final = {
    "Source": {
        "type": "string",
        "pattern": rf"^([\w-]+[, ]\s*)+({'|'.join(Certainty)})$",
        "description": "Keys of `sources`, then how sure it is; for everything beside and below that names none.",
    },
    "Note": {"type": "string", "description": "What else a reader should know."},
}
_CITED: Final = {"source": {"$ref": "#/$defs/Source"}, "note": {"$ref": "#/$defs/Note"}}
_HELP: Final = ("ConsoleProfile", "OptionProfile", "BuiltInMapping")
"""Parts of a profile that are no facts about an endpoint."""


def manifest_schema() -> dict[str, Any]:
    """What a manifest file may hold; for editors, through `# yaml-language-server: $schema=…`."""
    schema = _published(manifest_adapter(), "Manifest")
    for name in _INHERITED:
        schema["$defs"][name].pop("required", None)
    return schema


def document_schema(model: type[BaseModel]) -> dict[str, Any]:
    """What a document of this model holds."""
    return _published(TypeAdapter(model), model.__name__)


def profile_schema() -> dict[str, Any]:
    """What the file of a platform profile may hold: the model, each fact with its source where one likes."""
    schema = document_schema(Profile)
    definitions: dict[str, Any] = schema["$defs"]
    facts = [schema, *(each for name, each in definitions.items() if name not in _HELP and "properties" in each)]
    for each in facts:
        own = {key: _with_sources(key, value, definitions) for key, value in each["properties"].items()}
        each["properties"] = {**own, **_CITED}
    definitions |= _CITATIONS
    sources = {"type": "object", "additionalProperties": {"type": "string"}, "description": "What each key stands for."}
    schema["properties"]["sources"] = {"title": "sources", **sources}
    return schema


def _with_sources(key: str, schema: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    if key in PLAIN:
        return schema
    if "additionalProperties" in schema:
        return {**schema, "properties": _CITED}
    return schema if _is_mapping(schema, definitions) else _citing(schema)


def _is_mapping(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> bool:
    """Whether it describes an object, in which sources stand further down."""
    named = [schema, *schema.get("anyOf", ())]
    found = [definitions[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in named]
    return any(each.get("type") == "object" for each in found)


def _citing(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A fact alone, or as `{is: …, source: …, note: …}`."""
    help = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    alone = {key: each for key, each in schema.items() if key not in help}
    wrapped = {
        "type": "object",
        "properties": {"is": alone, **_CITED},
        "required": ["is"],
        "additionalProperties": False,
    }
    return {**help, "anyOf": [alone, wrapped]}


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
    tidy = {
        key: _tidied_names(each) if key in _NAMED else _tidied(each) for key, each in node.items() if key != "examples"
    }
    if "examples" in node:
        tidy["examples"] = node["examples"]
    if tidy.get("default", "") in (None, {}) or isinstance(tidy.get("default"), dict):
        del tidy["default"]
    if KEY_PATTERN in tidy.get("patternProperties", ()):
        tidy["additionalProperties"] = False
    if isinstance(tidy.get("properties"), Mapping):
        tidy["properties"] = {key: _titled(key, each) for key, each in tidy["properties"].items()}
    return tidy


def _tidied_names(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Schemas by names of people's choosing, which are no keywords: an attribute may be called `default`."""
    return {name: _tidied(each) for name, each in schemas.items()}


def _titled(key: str, schema: Any) -> Any:
    """The key itself is the title that an editor shows."""
    return {"title": key, **{name: each for name, each in schema.items() if name != "title"}}


SCHEMAS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {"manifest": manifest_schema, "profile": profile_schema}
"""The published schemas by name; `schemas/NAME.schema.json` holds each."""
