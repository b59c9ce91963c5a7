"""`reconciler state move`: nothing is lost, so that nothing is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.forgetting import require_recorded
from reconciler.cli.locking import briefly_locked
from reconciler.cli.output import tell, write_result
from reconciler.cli.records import chosen_for, hint, parse_subject, record_of
from reconciler.errors import ManifestError, UsageError
from reconciler.render.counting import counted
from reconciler.render.neutral import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.context import Context
    from reconciler.cli.options import TargetChoice
    from reconciler.cli.records import Store


def move_object(context: Context, store: Store, subjects: Sequence[str], choice: TargetChoice) -> None:
    """Gives the record of an object another key on each chosen target: `subjects` are the old and the new one."""
    old, new = map(parse_subject, subjects)
    if old.kind is not new.kind:
        raise UsageError(f"{old} and {new} are of different kinds: a record stays what it is")
    for name in chosen_for(context, store, old, choice):
        with briefly_locked(store, [name]):
            store.move(name, old.kind, record_of(store, name, old).key, new.key)
        write_result(f"{visible(name)}: the record of {visible(str(old))} is now that of {visible(str(new))}\n")


def move_target(context: Context, store: Store, old: str, new: str) -> None:
    """Gives everything of a target to another name, which must have nothing yet."""
    require_recorded(store, old)
    count = len(store.known(old))
    with briefly_locked(store, [old, new]):
        store.move_target(old, new)
    _say_if_undeclared(context, new)
    write_result(f"{counted(count, 'record')} of target {visible(old)} are now those of {visible(new)}\n")


def rebind_target(store: Store, name: str) -> None:
    """Forgets the endpoint that a target's records belong to; the next apply binds them to the one that is there."""
    require_recorded(store, name)
    with briefly_locked(store, [name]):
        store.unbind(name)
    kept = counted(len(store.known(name)), "record")
    write_result(
        f"target {visible(name)} has no endpoint any more and keeps its {kept}; the next apply binds it anew\n"
    )


def _say_if_undeclared(context: Context, name: str) -> None:
    from reconciler.cli.masking import read_settings

    try:
        declared = read_settings(context.manifests).targets
    except ManifestError:
        return
    if name not in declared:
        tell(f"the manifests have no target {name!r}{hint(name, declared)}")
