"""PATCH (RFC 7644 §3.5.2): carried out on plain documents, written as messages, rewritten without paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from reconciler.scim import urns
from reconciler.scim.lookup import get_ignoring_case, key_ignoring_case
from reconciler.scim.patch_rules import PatchError, changed_attribute, is_unassigned
from reconciler.scim.paths import Path, PathError, parse_path

if TYPE_CHECKING:
    from reconciler.scim.attributes import ResourceSchema

__all__ = ["PatchError", "PatchOperation", "apply_patch", "patch_body", "without_paths"]

PatchOperation: TypeAlias = dict[str, Any]
"""`{"op": "add" | "remove" | "replace", "path": str, "value": Any}`; path and value as the operation needs
them.
"""

_OPERATIONS = ("add", "remove", "replace")


def patch_body(operations: Sequence[PatchOperation]) -> dict[str, Any]:
    """The PatchOp message for some operations."""
    return {"schemas": [urns.PATCH_OP], "Operations": [dict(each) for each in operations]}


def apply_patch(
    document: Mapping[str, Any], operations: Sequence[PatchOperation], schema: ResourceSchema
) -> dict[str, Any]:
    """The document after the operations, in their order. The given one stays as it is; untouched parts are
    shared.

    Raises `PatchError` with the scimType that RFC 7644 §3.12 has for the fault.
    """
    result = dict(document)
    for operation in operations:
        op = operation.get("op")
        # Entra sends "Add", "Replace" and "Remove".
        if not isinstance(op, str) or op.lower() not in _OPERATIONS:
            raise PatchError("invalidSyntax", f"{op!r} is not one of {', '.join(_OPERATIONS)}")
        if op.lower() != "remove" and "value" not in operation:
            # "The operation MUST contain a "value" member" (§3.5.2.1)
            raise PatchError("invalidValue", f"{op.lower()} needs a value")
        _Patch(result, schema, op.lower()).apply(operation.get("path"), operation.get("value"))
    return result


class _Patch:
    """One operation on a document that is its own to change at the top level."""

    def __init__(self, document: dict[str, Any], schema: ResourceSchema, op: str) -> None:
        self._document = document
        self._schema = schema
        self._op = op

    def apply(self, text: Any, value: Any) -> None:
        if text is None or text == "":
            self._spread(None, value)
            return
        path = self._path(text)
        if path.attribute:
            self._refuse_read_only(path)
            self._change(path, value)
        else:
            self._change_schema(path.urn or "", value)

    def _path(self, text: Any) -> Path:
        if not isinstance(text, str):
            raise PatchError("invalidPath", "the path is no text")
        is_held = text.lower().startswith("urn:") and key_ignoring_case(self._document, text) is not None
        if is_held or text.lower() in self._schema.extensions:
            return Path(text, "")
        try:
            return parse_path(text)
        except PathError as fault:
            raise PatchError("invalidPath", f"{text}: {fault}") from None

    def _change_schema(self, urn: str, value: Any) -> None:
        """A path or key that names a whole schema: the resource's own, or an extension."""
        if urn.lower() == self._schema.urn.lower():
            self._spread(None, value)
        elif self._op == "remove" or (self._op == "replace" and is_unassigned(value)):
            extension = get_ignoring_case(self._document, urn)
            remover = _Patch(self._document, self._schema, "remove")
            for name in list(extension) if isinstance(extension, Mapping) else ():
                remover._change(Path(urn, name), None)
        else:
            self._spread(urn, value)

    def _spread(self, urn: str | None, value: Any) -> None:
        """The attributes of a value without a path.

        §3.5.2.1: "If omitted, the target location is assumed to be the resource itself. The "value" parameter
        contains a set of attributes to be added to the resource." Entra writes whole paths as keys.
        """
        if self._op == "remove":
            # §3.5.2.2: "If "path" is unspecified, the operation fails with HTTP status code 400 and a
            # "scimType" error code of "noTarget"."
            raise PatchError("noTarget", "remove needs a path")
        if not isinstance(value, Mapping):
            raise PatchError("invalidValue", "without the path of an attribute the value is an object")
        for key, each in value.items():
            path = self._path(key)
            if not path.attribute:
                self._change_schema(path.urn or "", each)
            elif path.urn is None:
                self._change(replace(path, urn=urn), each)
            else:
                self._change(path, each)

    def _refuse_read_only(self, path: Path) -> None:
        """An operation on a "readOnly" target fails (§3.5.2); a value that repeats what is there does not."""
        definitions = (self._schema.parent(path), self._schema.attribute(path))
        if any(each is not None and each.mutability == "readOnly" for each in definitions):
            raise PatchError("mutability", f"{path} is readOnly")

    def _change(self, path: Path, value: Any) -> None:
        if path.urn is None or path.urn.lower() == self._schema.urn.lower():
            self._change_in(self._document, path, value)
            return
        known = self._schema.extensions.get(path.urn.lower())
        urn = key_ignoring_case(self._document, path.urn) or (known.urn if known is not None else path.urn)
        held = self._document.get(urn)
        extension = dict(held) if isinstance(held, Mapping) else {}
        self._change_in(extension, path, value)
        self._keep_extension(urn, extension)

    def _change_in(self, container: dict[str, Any], path: Path, value: Any) -> None:
        definition = self._schema.parent(path)
        key = key_ignoring_case(container, path.attribute)
        if key is None:
            key = definition.name if definition is not None else path.attribute
        changed = changed_attribute(container.get(key), self._op, path, value, definition)
        if changed is None or changed in ([], {}):
            container.pop(key, None)
        else:
            container[key] = changed

    def _keep_extension(self, urn: str, extension: dict[str, Any]) -> None:
        if not extension:
            self._document.pop(urn, None)
            return
        self._document[urn] = extension
        # RFC 7643 §3: "schemas" holds the URIs of "the schemas present in the current resource".
        schemas = self._document.get("schemas")
        if isinstance(schemas, list) and urn.lower() not in {str(each).lower() for each in schemas}:
            self._document["schemas"] = [*schemas, urn]


def without_paths(
    operations: Sequence[PatchOperation], document: Mapping[str, Any], schema: ResourceSchema
) -> list[PatchOperation]:
    """Operations of the same effect on that document, for endpoints that take no paths: at most one replace.

    Its value holds every attribute that changes, whole: [] where a multi-valued one is emptied, null where
    another is removed. Sub-attributes that go are null as well, since a replace leaves alone what it does not
    name. Raises `PatchError` as `apply_patch` does.
    """
    after = apply_patch(document, operations, schema)
    value = dict(_replacements(document, after, schema, None))
    return [{"op": "replace", "value": value}] if value else []


def _replacements(
    before: Mapping[str, Any], after: Mapping[str, Any], schema: ResourceSchema, urn: str | None
) -> Iterator[tuple[str, Any]]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        definition = schema.parent(Path(urn, name))
        if old == new or (definition is not None and definition.mutability == "readOnly"):
            continue
        if urn is None and _is_extension(name, schema):
            yield name, dict(_replacements(old or {}, new or {}, schema, name))
        elif urn is not None or name.lower() != "schemas" or not _is_implied(old, new, after):
            yield (
                name,
                _replacement(old, new, multi_valued=definition is not None and definition.multi_valued),
            )


def _is_extension(name: str, schema: ResourceSchema) -> bool:
    return name.lower() in schema.extensions or name.lower().startswith("urn:")


def _is_implied(old: Any, new: Any, after: Mapping[str, Any]) -> bool:
    """Whether `schemas` only gained URNs of extensions, which it gains by itself when they are written."""
    if not isinstance(old, list) or not isinstance(new, list) or new[: len(old)] != old:
        return False
    return all(isinstance(after.get(each), Mapping) for each in new[len(old) :])


def _replacement(old: Any, new: Any, *, multi_valued: bool) -> Any:
    if new is None:
        return [] if multi_valued or isinstance(old, list) else None
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        names = dict.fromkeys([*old, *new])
        return {name: new.get(name) for name in names if old.get(name) != new.get(name)}
    return new
