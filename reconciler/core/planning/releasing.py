"""What a plan will do with a user once an emergency is over."""

from __future__ import annotations

from reconciler.core.comparing.attributes import ACTIVE
from reconciler.core.desired.catalog import Catalog
from reconciler.core.known import Known
from reconciler.core.manifests.choices import Reenable
from reconciler.core.mapping.targets import Target
from reconciler.core.planning.seeking import entry_of
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action


def prospect(key: str, target: Target, catalog: Catalog, record: Known | None) -> str:
    """In words, for a user who is there and inactive."""
    entry = entry_of(key, catalog)
    if entry is None:
        return "the manifests do not have this user: nothing enables it"
    if entry.key not in catalog.scoped(target).users:
        return "the user is not in the scope of this target: nothing enables it"
    if not entry.is_active(catalog.today):
        return "the manifests give no access: nothing enables it"
    if target.refuses(Kind.USER, Action.ENABLE) is not None:
        return "nothing enables it from here: the platform cannot do it, or `manage` leaves it out"
    return _by_reenable(target.settings.lifecycle.reenable, record)


def _by_reenable(reenable: Reenable, record: Known | None) -> str:
    if reenable is Reenable.NEVER:
        return "it stays disabled: `reenable` is never"
    if reenable is Reenable.ALWAYS or (record is not None and record.applied.get(ACTIVE) is False):
        return "the next plan enables it"
    return "it stays disabled, since it is not on record that it was disabled from here: enable it there"
