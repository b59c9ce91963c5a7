"""Whether an object that was found is the one that a creation was to bring about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.comparing.attributes import EXTERNAL_ID, USER_NAME, AttributeView, is_empty
from reconciler.core.resources import Kind, LiveResource

NAMES = {Kind.USER: USER_NAME, Kind.GROUP: "displayName"}
"""What every endpoint keeps of what it is sent, and shows."""


def bears_name(values: Mapping[str, Any], live: LiveResource, view: AttributeView) -> bool:
    """Whether an object bears the name that was sent, and no other externalId."""
    facts = view[NAMES[live.kind]]
    name = values.get(NAMES[live.kind])
    if is_empty(name) or facts.comparable(facts.read(live.document)) != facts.comparable(name):
        return False
    return shows_no_external_id(values, live, view) or bears_external_id(values, live, view)


def bears_external_id(values: Mapping[str, Any], live: LiveResource, view: AttributeView) -> bool:
    """Whether an object bears the externalId that was sent."""
    facts, wanted = view[EXTERNAL_ID], values.get(EXTERNAL_ID)
    return not is_empty(wanted) and facts.comparable(facts.read(live.document)) == facts.comparable(wanted)


def shows_no_external_id(values: Mapping[str, Any], live: LiveResource, view: AttributeView) -> bool:
    """Whether nothing can be told by the externalId: none was sent, or none is shown."""
    return is_empty(values.get(EXTERNAL_ID)) or is_empty(view[EXTERNAL_ID].read(live.document))
