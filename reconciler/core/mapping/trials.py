"""A mapping tried on every user and group, for the faults alone: far less work than mapping them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler.core.comparing.attributes import EXTERNAL_ID, USER_NAME
from reconciler.core.expressions import ExpressionError, Template
from reconciler.core.mapping.mapped import Mapper, report_failures
from reconciler.core.mapping.rules import Rule, Rules
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind
from reconciler.diagnostics import Faults

UNIQUE = {Kind.USER: (USER_NAME, EXTERNAL_ID), Kind.GROUP: ("displayName", EXTERNAL_ID)}
"""What no two objects of a target may share."""

_PLAIN_ATTRIBUTE = re.compile(r"\{\{\s*(?:user|group)\.[A-Za-z0-9]+\s*\}\}")
"""Reading one attribute cannot fail, and most rules do nothing else."""


class Trial:
    """The rules of one kind: those whose values must be unique, and all others that may fail."""

    def __init__(self, rules: Rules, faults: Faults) -> None:
        self.rules = rules
        self.faults = faults
        self.unique: Mapping[str, Rule] = {each.text: each for each in rules.rules if each.text in UNIQUE[rules.kind]}
        self._fallible = [each.template for each in rules.rules if _may_fail(each.template)]

    def values(self, entry: DesiredUser | DesiredGroup, mapper: Mapper) -> dict[str, Any]:
        """The entry's values that must be unique; what fails is among the faults."""
        for number, context in enumerate(mapper.contexts(entry)):
            try:
                for template in self._fallible:
                    template.evaluate(context)
            except ExpressionError:
                report_failures(self.rules, entry, context, self.faults)
                return {}
            if number == 0:
                values = {path: rule.template.evaluate(context) for path, rule in self.unique.items()}
        return values


def _may_fail(template: Template) -> bool:
    if template.constant:
        return False
    return not (isinstance(template.source, str) and _PLAIN_ATTRIBUTE.fullmatch(template.source))
