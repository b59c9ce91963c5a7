"""Other targets on the endpoint of one: what they own and desire there, and what passes from one to the other."""

from __future__ import annotations

from reconciler.core.deciding.neighbours import Neighbourhood
from reconciler.core.desired.catalog import Catalog
from reconciler.core.endpoint import Endpoint
from reconciler.core.known import Holding
from reconciler.core.mapping.targets import Target
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.rivals import find_rivals
from reconciler.core.planning.yielding import taken_since
from reconciler.core.resources import Kind
from reconciler.workflow.ports import StateStore


def neighbourhood_of(target: Target, endpoint: Endpoint, store: StateStore, catalog: Catalog) -> Neighbourhood:
    """What else is at work on a target's endpoint. Raises `ManifestError` where a target there cannot be made ready."""
    beside = store.targets_beside(target.name, endpoint.fingerprint)
    return Neighbourhood(
        holdings=store.holdings_beside(target.name, endpoint.fingerprint),
        rivals=find_rivals(target, catalog, endpoint.fingerprint, beside),
        emergencies=frozenset((name, each.key.casefold()) for name in beside for each in store.emergencies(name)),
    )


def lost_to_others(draft: Draft, target: str, endpoint: Endpoint, store: StateStore) -> dict[tuple[Kind, str], Holding]:
    """What another target has come to own since the plan was made, of what several desire."""
    if not draft.shared:
        return {}
    return taken_since(draft.shared, store.holdings_beside(target, endpoint.fingerprint))


def end_surrendered(draft: Draft, target: str, store: StateStore) -> None:
    """Ends other targets' records of what is this target's now: an object has one owner."""
    if not draft.surrendered:
        return
    owned = {(each.kind, each.id) for each in store.known(target) if each.owned}
    for label in sorted(owned & draft.surrendered.keys()):
        for each in draft.surrendered[label]:
            store.forget(each.target, each.kind, each.key)
