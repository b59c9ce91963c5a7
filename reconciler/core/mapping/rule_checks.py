"""Mapping rules against the platform and the manifests: paths that no resource has, people whom nobody declares."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.comparing.attributes import EXTERNAL_ID
from reconciler.core.desired.composition import Desired
from reconciler.core.desired.reference_checks import References
from reconciler.core.manifests import Manifests, Rule
from reconciler.core.mapping.layering import check_extends, compile_layers, mapping_order, own_layers
from reconciler.core.mapping.mapped import rule_path
from reconciler.core.mapping.rules import Rules
from reconciler.core.mapping.targets import Target
from reconciler.core.marked import MarkedList
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults, SourceMark, did_you_mean
from reconciler.scim.attributes import Attribute, ResourceSchema
from reconciler.scim.paths import Path, parse_path


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


class PathChecker:
    """Attribute paths of mappings against what the resources of a target's platform have."""

    def __init__(self, target: Target, kind: Kind, faults: Faults) -> None:
        side = target.profile.users if kind is Kind.USER else target.profile.groups
        self.kind = kind
        self.faults = faults
        self.schema = target.schemas()["User" if kind is Kind.USER else "Group"]
        self.closed = side is not None and side.closed
        named = getattr(side, "extensions", None)
        self.known_extensions = self.closed or named is not None
        self.whose = f"on {target.profile.name} a {kind}" if self.known_extensions else f"a SCIM {kind}"

    def check_rules(self, rules: Rules) -> None:
        """The paths that rules of the manifests write; a platform's own mapping may say more than a target has."""
        for rule in rules.rules:
            if rule.mark is not None:
                where = rule_path(rule, self.kind)
                if self._check(rule.path, where, rule.mark):
                    self._check_writable(rule.path, where, rule.mark)

    def check_match(self, name: str, manifests: Manifests) -> None:
        """The paths under `match`, in a mapping and all that it extends."""
        entries = [manifests.mappings[each] for each in mapping_order(name, manifests) if each in manifests.mappings]
        for entry in entries:
            side = entry.value.get(f"{self.kind}s") or {}
            match = side.get("match") or MarkedList()
            for at, written in enumerate(match):
                self._check(parse_path(written), f"mappings.{entry.key}.{self.kind}s.match", match.mark_of(at))

    def _check(self, path: Path, where: str, mark: SourceMark) -> bool:
        """Whether there is such an attribute; where the extensions are not known, discovery is to judge of others."""
        schema = self.schema
        own = path.urn is None or path.urn.casefold() in (schema.urn.casefold(), *schema.extensions)
        if not path.attribute and path.urn is not None and path.urn.casefold() in schema.extensions:
            return True
        if not (own or self.known_extensions) or schema.attribute(path) is not None:
            return True
        parent = schema.parent(path)
        misspelt = path.attribute if parent is None else path.sub or ""
        remedy = did_you_mean(misspelt, _siblings(path, schema) if parent is None else _names(parent.sub_attributes))
        problem = f"{self.whose} has no attribute {str(path)!r}"
        self.faults.error(Rule.UNKNOWN_ATTRIBUTE, where, problem, remedy=remedy, mark=mark)
        return False

    def _check_writable(self, path: Path, where: str, mark: SourceMark) -> None:
        definitions = (self.schema.attribute(path), self.schema.parent(path))
        if self.closed and any(each is not None and each.mutability == "readOnly" for each in definitions):
            problem = f"{self.whose} has {str(path)!r} for reading only"
            self.faults.error(Rule.READ_ONLY_ATTRIBUTE, where, problem, remedy="take the rule out", mark=mark)


def _siblings(path: Path, schema: ResourceSchema) -> list[str]:
    extension = schema.extensions.get((path.urn or "").lower())
    return [EXTERNAL_ID, *_names(schema.attributes)] if extension is None else _names(extension.attributes)


def _names(attributes: Mapping[str, Attribute]) -> list[str]:
    return [each.name for each in attributes.values()]
