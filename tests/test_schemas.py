"""The published schemas are those of the models, and they accept what the program accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from reconciler.core.json_schema import SCHEMAS, document_schema, manifest_schema
from reconciler.core.manifests import Settings
from reconciler.diagnostics import Faults
from reconciler.storage.yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
MANIFESTS = Path(__file__).parent / "core" / "manifests"


def load(file: Path) -> Any:
    faults = Faults()
    document = read_yaml(file.read_bytes(), file.name, faults)
    faults.raise_errors()
    return document


@pytest.mark.parametrize("name", SCHEMAS)
def test_published_schema_is_that_of_the_models(name: str, golden: Callable[[Path, str], None]) -> None:
    text = json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"
    golden(ROOT / "schemas" / f"{name}.schema.json", text)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_a_schema(name: str) -> None:
    schema = SCHEMAS[name]()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]


def properties(schema: Any, path: str = "") -> list[tuple[str, Any]]:
    found = []
    if isinstance(schema, dict):
        for key, each in (schema.get("properties") or {}).items():
            found.append((f"{path}.{key}", each))
        for key, each in schema.items():
            found += properties(each, f"{path}.{key}")
    return found


def test_every_key_tells_an_editor_what_it_is() -> None:
    schema = manifest_schema()
    definitions = schema["$defs"]

    def described(each: dict[str, Any]) -> bool:
        reference = each.get("$ref", "").removeprefix("#/$defs/")
        return "description" in each or bool(reference and "description" in definitions[reference])

    raised = {f".$defs.RaisedLimits.{name}" for name in definitions["RaisedLimits"]["properties"]}
    silent = [path for path, each in properties(schema) if not described(each) and path not in raised]
    assert silent == []


@pytest.mark.parametrize("file", sorted((MANIFESTS / "example").rglob("*.yaml")), ids=lambda file: file.name)
def test_example_of_the_language_is_valid(file: Path) -> None:
    jsonschema.Draft202012Validator(manifest_schema()).validate(load(file))


SHAPES = {
    "unknown key": {"users": {"ann": {"titel": "Engineer"}}},
    "number for text": {"users": {"ann": {"employeeNumber": 12345}}},
    "key with a space": {"users": {"ann lee": {}}},
    "members null": {"groups": {"eng": {"members": None}}},
    "neither user nor group": {"groups": {"eng": {"members": [{"until": "2026-12-31"}]}}},
    "element without a list": {"users": {"ann": {"emails": {"value": "ann@example.com"}}}},
    "unknown state": {"users": {"ann": {"state": "gone"}}},
    "not a rate": {"targets": {"idaas": {"pace": {"rate": "10"}}}},
}


@pytest.mark.parametrize("name", SHAPES)
def test_schema_refuses(name: str) -> None:
    assert not jsonschema.Draft202012Validator(manifest_schema()).is_valid(SHAPES[name])


def test_target_may_leave_everything_to_its_parents() -> None:
    partial = {"auth": {"oauth2": {"scope": "/acs/scim"}}, "safety": {"allow": {"reason": "CHG-1"}}}
    jsonschema.Draft202012Validator(manifest_schema()).validate({"targets": {"idaas": partial}})


def test_schema_of_any_model_is_a_schema() -> None:
    schema = document_schema(Settings)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == "Settings"
