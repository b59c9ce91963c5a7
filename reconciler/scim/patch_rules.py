"""What a PATCH operation makes of one attribute, sentence by sentence (RFC 7644 §3.5.2.1 to §3.5.2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.scim.filters.evaluation import compile_element_filter
from reconciler.scim.lookup import elements_of, get_ignoring_case, key_ignoring_case
from reconciler.scim.paths import Path, element_of
from reconciler.scim.values import canonical, equal, read_boolean

if TYPE_CHECKING:
    from reconciler.scim.attributes import Attribute


class PatchError(ValueError):
    """An operation that an endpoint has to refuse, with the scimType of RFC 7644 §3.12."""

    def __init__(self, scim_type: str, problem: str) -> None:
        self.scim_type = scim_type
        self.problem = problem
        super().__init__(f"{scim_type}: {problem}")


def is_unassigned(value: Any) -> bool:
    """RFC 7643 §2.5: null, the empty list and (as no attribute is left) the empty object."""
    return value is None or value in ([], {})


def changed_attribute(old: Any, op: str, path: Path, value: Any, definition: Attribute | None) -> Any:
    """The attribute's value after the operation; None, [] or {} where it is unassigned then. Raises
    `PatchError`.
    """
    if path.filter is not None:
        new = _selected(old, op, path, value, definition)
    elif path.sub is None:
        new = _whole(old, op, value, definition)
    elif isinstance(old, list) or (definition is not None and definition.multi_valued):
        # A sub-attribute without a filter is that of every value.
        new = _in_elements(old, op, path, value, definition)
    else:
        new = _with_sub(old, op, path.sub, value, definition)
    _check_mutability(old, new, definition, str(path))
    return new


def _check_mutability(old: Any, new: Any, definition: Attribute | None, name: str) -> None:
    if definition is None or equal(old, new, definition):
        return
    if definition.mutability == "readOnly":
        # §3.5.2: "clients MAY NOT modify … readOnly" attributes: 400 with scimType mutability
        raise PatchError("mutability", f"{name} is readOnly")
    had_value = canonical(old, definition) is not None
    if definition.mutability == "immutable" and had_value:
        # §3.5.2: "A client MUST NOT modify an attribute that has mutability … "immutable". However, a client
        # MAY "add" a value to an "immutable" attribute if the attribute had no previous value."
        raise PatchError("mutability", f"{name} is immutable")
    if definition.required and had_value and canonical(new, definition) is None:
        # §3.5.2.2: "If an attribute is removed or becomes unassigned and is defined as a required attribute
        # …, the server SHALL return … "scimType" … "mutability"."
        raise PatchError("mutability", f"{name} is required")


def _whole(old: Any, op: str, value: Any, definition: Attribute | None) -> Any:
    """The attribute itself is the target."""
    several = definition.multi_valued if definition is not None else isinstance(old, list) or isinstance(value, list)
    if op == "remove":
        # §3.5.2.2: "If the target location is a single-value attribute, the attribute and its associated
        # value is removed"; "if … a multi-valued attribute and no filter is specified, the attribute and all
        # values are removed". Entra names the values to remove in "value".
        return _without(elements_of(old), elements_of(value), definition) if several and value is not None else None
    if several:
        return _values(old, op, value, definition)
    if op == "add" and value is None:
        return old
    if _is_complex(old, value, definition):
        return _merged(old, op, value, definition)
    if isinstance(value, list | Mapping) and definition is not None:
        raise PatchError("invalidValue", f"{definition.name} takes a single value")
    # §3.5.2.1: "If the target location specifies a single-valued attribute, the existing value is replaced."
    # §3.5.2.3: "If the target location is a single-value attribute, the attributes value is replaced"; "if
    # the target location path specifies an attribute that does not exist, the service provider SHALL treat
    # the operation as an "add"."
    return value


def _is_complex(old: Any, value: Any, definition: Attribute | None) -> bool:
    if definition is not None:
        return definition.type == "complex"
    return isinstance(value, Mapping) and (old is None or isinstance(old, Mapping))


def _values(old: Any, op: str, value: Any, definition: Attribute | None) -> list[Any]:
    """All values of a multi-valued attribute are the target."""
    given = [_element(each, definition) for each in elements_of(value)]
    if op == "replace":
        # §3.5.2.3: "If the target location is a multi-valued attribute and no filter is specified, the
        # attribute and all values are replaced."
        return _with_one_primary([(None, each) for each in given])
    # §3.5.2.1: "If the target location specifies a multi-valued attribute, a new value is added to the
    # attribute"; "if the target location already contains the value specified, no changes SHOULD be made".
    held = elements_of(old)
    present = {_identity(each, definition) for each in held}
    pairs: list[tuple[Any, Any]] = [(each, each) for each in held]
    for each in given:
        identity = _identity(each, definition)
        if identity not in present:
            present.add(identity)
            pairs.append((None, each))
    return _with_one_primary(pairs)


def _element(value: Any, definition: Attribute | None) -> Any:
    """A value as an element; a bare text where an object is due is its `value`."""
    if definition is None or definition.type != "complex":
        if definition is not None and isinstance(value, Mapping | list):
            raise PatchError("invalidValue", f"{definition.name} takes plain values")
        return value
    if isinstance(value, str | int):
        return {"value": value}
    if not isinstance(value, Mapping):
        raise PatchError("invalidValue", f"{definition.name} takes objects")
    return {key: each for key, each in value.items() if each is not None}


def _identity(element: Any, definition: Attribute | None) -> Any:
    """What makes two elements the same one: an immutable `value` (a member's id) alone, else everything."""
    if definition is None:
        return canonical(element, None)
    marker = definition.sub("value")
    if marker is not None and marker.mutability == "immutable":
        # Some endpoints list bare ids.
        held = get_ignoring_case(element, "value") if isinstance(element, Mapping) else element
        if held is not None:
            return canonical(held, marker)
    return canonical([element], definition)


def _without(held: Sequence[Any], unwanted: Sequence[Any], definition: Attribute | None) -> list[Any]:
    """The elements that none of the unwanted ones describes: the same identity, or all that it says is true
    of them.
    """
    identities = {_identity(each, definition) for each in unwanted}
    described = [_facts(each, definition) for each in unwanted]
    return [
        each
        for each in held
        if _identity(each, definition) not in identities
        and not any(facts and facts <= _facts(each, definition) for facts in described)
    ]


def _facts(element: Any, definition: Attribute | None) -> frozenset[Any]:
    """An element as (name, value) pairs; a plain value has none."""
    if not isinstance(element, Mapping):
        return frozenset()
    known = element.items()
    subs = ((key.lower(), definition.sub(key) if definition is not None else None, each) for key, each in known)
    return frozenset((name, canonical(each, sub)) for name, sub, each in subs)


def _merged(old: Any, op: str, value: Any, definition: Attribute | None) -> Any:
    """A complex value with the sub-attributes of another.

    §3.5.2.1, §3.5.2.3: "a set of sub-attributes SHALL be specified in the "value" parameter"; those named are
    added or replaced, and "sub-attributes that are not specified in the "value" parameter are left
    unchanged".
    """
    if value is None:
        return None
    if isinstance(value, str) and definition is not None and definition.sub("value") is not None:
        # Entra and others send a manager as a plain id.
        value = {"value": value}
    if not isinstance(value, Mapping):
        raise PatchError("invalidValue", f"{definition.name if definition is not None else 'it'} takes an object")
    result = old
    for name, each in value.items():
        result = _with_sub(result, op, name, each, definition)
    return result


def _with_sub(old: Any, op: str, name: str, value: Any, definition: Attribute | None) -> Any:
    """A complex value with one of its sub-attributes changed."""
    if definition is not None and definition.type != "complex":
        raise PatchError("invalidPath", f"{definition.name} has no sub-attributes")
    result = dict(old) if isinstance(old, Mapping) else {}
    sub = definition.sub(name) if definition is not None else None
    key = key_ignoring_case(result, name) or (sub.name if sub is not None else name)
    held = result.get(key)
    changed = _whole(held, op, value, sub)
    _check_mutability(held, changed, sub, f"{definition.name}.{key}" if definition is not None else key)
    if is_unassigned(changed):
        result.pop(key, None)
    else:
        result[key] = changed
    return result


def _in_elements(old: Any, op: str, path: Path, value: Any, definition: Attribute | None) -> list[Any]:
    held = elements_of(old)
    if not held and op != "remove":
        raise PatchError("noTarget", f"{path.attribute} has no value to change {path.sub} in")
    return _with_one_primary([(each, _changed_element(each, op, path.sub, value, definition)) for each in held])


def _selected(old: Any, op: str, path: Path, value: Any, definition: Attribute | None) -> list[Any]:
    """The values that a filter selects are the target."""
    if path.filter is None or (definition is not None and not definition.multi_valued):
        raise PatchError("invalidPath", f"{path.attribute} has one value only: no filter can select among them")
    test = compile_element_filter(path.filter, definition)
    held = elements_of(old)
    chosen = [test(each) for each in held]
    if not any(chosen):
        return _unmatched(held, op, path, value, definition)
    if op == "remove" and path.sub is None:
        # §3.5.2.2: "If the target location is a multi-valued attribute and a complex filter is specified
        # comparing a "value", the values matched by the filter are removed."
        return [each for each, is_chosen in zip(held, chosen, strict=True) if not is_chosen]
    # §3.5.2.3: "If the target location is a complex multi-valued attribute with a value selection filter
    # ("valuePath") and a specific sub-attribute (e.g., "addresses[type eq "work"].streetAddress"), the
    # matching sub-attribute of all matching records is replaced."
    return _with_one_primary(
        [
            (each, _changed_element(each, op, path.sub, value, definition) if is_chosen else each)
            for each, is_chosen in zip(held, chosen, strict=True)
        ]
    )


def _unmatched(held: list[Any], op: str, path: Path, value: Any, definition: Attribute | None) -> list[Any]:
    if op == "remove":
        # §3.5.2.2 removes "the values matched by the filter" and knows no failure where there are none.
        return held
    described = element_of(path.filter)
    if op != "add" or not described:
        # §3.5.2.3: "If the target location is a multi-valued attribute for which a value selection filter
        # ("valuePath") has been supplied and no record match was made, the service provider SHALL indicate
        # failure by returning HTTP status code 400 and a "scimType" error code of "noTarget"."
        raise PatchError("noTarget", f"no value matches {path}")
    # §3.5.2.1: "If the target location does not exist, the attribute and value are added": the value that the
    # filter describes, as Entra expects of `add emails[type eq "work"].value`.
    added = _changed_element(described, op, path.sub, value, definition)
    if path.filter is not None and not compile_element_filter(path.filter, definition)(added):
        raise PatchError("invalidValue", f"the value contradicts {path}")
    return _with_one_primary([*((each, each) for each in held), (None, added)])


def _changed_element(element: Any, op: str, sub: str | None, value: Any, definition: Attribute | None) -> Any:
    if sub is not None:
        return _with_sub(element, op, sub, value, definition)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    given = _element(value, definition)
    return _merged(element, op, given, definition) if isinstance(given, Mapping) else given


def _with_one_primary(pairs: Sequence[tuple[Any, Any]]) -> list[Any]:
    """The new elements of (old or None, new) pairs, with at most one newly marked primary.

    §3.5.2: "For multi-valued attributes, a PATCH operation that sets a value's "primary" sub-attribute to
    "true" SHALL cause the server to automatically set "primary" to "false" for any other values in the
    array."
    """
    elements = [new for _, new in pairs if not is_unassigned(new) and new != ""]
    marked = [new for old, new in pairs if _is_primary(new) and not _is_primary(old)]
    if len(marked) > 1:
        # RFC 7643 §2.4: "The primary attribute value "true" MUST appear no more than once."
        raise PatchError("invalidValue", "more than one value is marked primary")
    if not marked:
        return elements
    return [
        {**each, key_ignoring_case(each, "primary") or "primary": False}
        if each is not marked[0] and _is_primary(each)
        else each
        for each in elements
    ]


def _is_primary(element: Any) -> bool:
    return isinstance(element, Mapping) and read_boolean(get_ignoring_case(element, "primary")) is True
