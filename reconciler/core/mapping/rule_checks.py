"""Mapping rules against the schema and the manifests: paths that no resource has, people whom nobody declares."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from reconciler.core.comparing.attributes import EXTERNAL_ID
from reconciler.core.desired.composition import Desired
from reconciler.core.desired.reference_checks import References
from reconciler.core.manifests import Manifests, Rule
from reconciler.core.mapping.layering import check_extends, compile_layers, mapping_order, own_layers
from reconciler.core.mapping.mapped import rule_path
from reconciler.core.mapping.rules import Rules
from reconciler.core.marked import MarkedList
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults, SourceMark, did_you_mean
from reconciler.scim.attributes import Attribute, ResourceSchema
from reconciler.scim.paths import Path, parse_path
from reconciler.scim.rfc7643 import RFC_GROUP, RFC_USER

SCHEMAS = {Kind.USER: RFC_USER, Kind.GROUP: RFC_GROUP}


def check_mappings(manifests: Manifests, desired: Desired, faults: Faults) -> None:
    """Every mapping of the manifests by itself, whether a target uses it or not."""
    check_extends(manifests.mappings, manifests, faults)
    references = References(desired, faults)
    for entry in manifests.mappings.values():
        for rules in compile_layers([own_layers(entry)], manifests, faults).values():
            check_rule_references(rules, references)


def check_rule_references(rules: Rules, references: References) -> None:
    """`id_of` of somebody whom nobody declares."""
    for rule in rules.rules:
        for ref in rule.template.references:
            references.check(ref, rule_path(rule, rules.kind), rule.mark)


def check_paths(rules: Rules, faults: Faults) -> None:
    """Attribute paths that the target's resources do not have, in the rules of the manifests."""
    for rule in rules.rules:
        if rule.mark is not None:
            _check_path(rules.kind, rule.path, rule_path(rule, rules.kind), rule.mark, faults)


def check_match(name: str, manifests: Manifests, faults: Faults) -> None:
    """Attribute paths under `match` that the target's resources do not have, in a mapping and all that it extends."""
    entries = [manifests.mappings[each] for each in mapping_order(name, manifests) if each in manifests.mappings]
    for entry, kind in product(entries, Kind):
        side = entry.value.get(f"{kind}s") or {}
        match = side.get("match") or MarkedList()
        for at, written in enumerate(match):
            where = f"mappings.{entry.key}.{kind}s.match"
            _check_path(kind, parse_path(written), where, match.mark_of(at), faults)


def _check_path(kind: Kind, path: Path, where: str, mark: SourceMark, faults: Faults) -> None:
    """Extensions other than the enterprise user are for the endpoint's own discovery to judge."""
    schema = SCHEMAS[kind]
    own = path.urn is None or path.urn.casefold() in (schema.urn.casefold(), *schema.extensions)
    if not own or schema.attribute(path) is not None:
        return
    parent = schema.parent(path)
    misspelt = path.attribute if parent is None else path.sub or ""
    remedy = did_you_mean(misspelt, _siblings(path, schema) if parent is None else _names(parent.sub_attributes))
    problem = f"a SCIM {kind} has no attribute {str(path)!r}"
    faults.error(Rule.UNKNOWN_ATTRIBUTE, where, problem, remedy=remedy, mark=mark)


def _siblings(path: Path, schema: ResourceSchema) -> list[str]:
    extension = schema.extensions.get((path.urn or "").lower())
    return [EXTERNAL_ID, *_names(schema.attributes)] if extension is None else _names(extension.attributes)


def _names(attributes: Mapping[str, Attribute]) -> list[str]:
    return [each.name for each in attributes.values()]
