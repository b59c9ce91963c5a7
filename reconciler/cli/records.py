"""What is recorded of which targets: chosen, listed and shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from reconciler.cli.edges import SystemClock
from reconciler.cli.options import Output, TargetChoice
from reconciler.cli.output import tell, write_result
from reconciler.core.desired.scopes import globs
from reconciler.core.known import LESSONS_LAST, Known, Learnt
from reconciler.core.resources import Kind, Ref
from reconciler.diagnostics import did_you_mean
from reconciler.errors import ManifestError, RunError, UsageError
from reconciler.render.state_view import ObjectView, TargetView

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.core.failures import Failure, Refusal
    from reconciler.core.manifests import Manifests
    from reconciler.storage.state.nothing import NoState
    from reconciler.storage.state.store import SqlState

    Store: TypeAlias = SqlState | NoState

NOTHING_RECORDED = (
    "nothing is recorded here yet: the state store is empty, or there is none (--state, RECONCILER_STATE)"
)


def parse_subject(text: str) -> Ref:
    """`user:KEY` or `group:KEY`. Raises `UsageError`."""
    from reconciler.core.deciding.references import parse_reference

    try:
        return parse_reference(text)
    except ValueError:
        raise UsageError(f"{text!r} names nobody: write user:KEY or group:KEY") from None


def list_records(context: Context, store: Store, choice: TargetChoice, output: Output, *, pending: bool) -> None:
    """Prints what is owned and known on each chosen target; without a choice, on all of them. `pending`: only who is
    due to be deleted.
    """
    from reconciler.render.state_text import list_text
    from reconciler.render.state_view import list_document

    if not store.targets():
        tell(NOTHING_RECORDED)
    manifests = _settings(context, needed=output.redact)
    views = []
    for name in choose(context, store, choice) if store.targets() else ():
        records = _masked(name, sorted(store.known(name), key=_users_first), manifests, output)
        deletions = _deletions(name, records, manifests)
        declared = name in manifests.targets if manifests is not None else None
        last = next(iter(store.runs(name)), None)
        views.append(TargetView(name, declared, store.fingerprint(name), records, last, deletions, pending))
    write_result(list_document(store.lineage, views) if output.form == "json" else list_text(views))


def list_failing(context: Context, store: Store, choice: TargetChoice, output: Output) -> None:
    """Prints what failed at its last attempt on each chosen target; without a choice, on all of them."""
    from reconciler.render.failing_text import failing_document, failing_text

    failing = {name: _failures(store, name, output) for name in choose(context, store, choice)}
    if output.form == "json":
        write_result(failing_document(failing))
    else:
        write_result(failing_text(failing, SystemClock().now()))


def show_records(context: Context, store: Store, ref: Ref, choice: TargetChoice, output: Output) -> None:
    """Prints everything that is recorded of one object, target by target."""
    from reconciler.render.state_text import show_text
    from reconciler.render.state_view import show_document

    names = choose(context, store, choice)
    manifests = _settings(context, needed=True) if output.redact else None
    views = []
    for name in names:
        records = _masked(name, [known for known in store.known(name) if _is(known, ref)], manifests, output)
        failures = [each for each in _failures(store, name, output) if _is(each.refusal, ref)]
        if records or failures:
            record, failure = next(iter(records), None), next(iter(failures), None)
            views.append(ObjectView(name, record, _lessons(store, name, ref, output), failure))
    if not views:
        knowing(ref, names, store)
    write_result(show_document(views) if output.form == "json" else show_text(views, SystemClock().now()))


def choose(context: Context, store: Store, choice: TargetChoice) -> list[str]:
    """The chosen ones of the targets that something is recorded of; all of them where nothing is chosen.

    Raises `UsageError` for a name without records, `RunError` where there are none at all.
    """
    recorded = store.targets()
    if not recorded:
        raise RunError(NOTHING_RECORDED)
    if choice.environment is not None:
        from reconciler.cli.wiring import choose_targets, load_valid

        of_environment = choose_targets(choice, load_valid(context).manifests)
        return [name for name in recorded if name in of_environment]
    for name in choice.names:
        if not any(map(globs([name]), recorded)):
            raise UsageError(f"nothing is recorded of a target {name!r}{hint(name, recorded)}")
    fits = globs(choice.names)
    return [name for name in recorded if fits(name) or not choice.names]


def knowing(ref: Ref, targets: Iterable[str], store: Store) -> list[str]:
    """The targets on which an object is recorded. Raises `UsageError` with the nearest key where there is none."""
    known = {target: store.known(target) for target in targets}
    found = [target for target, records in known.items() if any(_is(each, ref) for each in records)]
    if not found:
        keys = {each.key for records in known.values() for each in records if each.kind is ref.kind}
        raise UsageError(f"nothing is recorded of {ref}{hint(ref.key, keys)}")
    return found


def chosen_for(context: Context, store: Store, ref: Ref, choice: TargetChoice) -> list[str]:
    """The targets on which an object's record is to be changed. Raises `UsageError` where several could be meant."""
    found = knowing(ref, choose(context, store, choice), store)
    if len(found) > 1 and choice == TargetChoice():
        raise UsageError(f"{ref} is recorded on {', '.join(found)}: name the target, or --all")
    return found


def record_of(store: Store, target: str, ref: Ref) -> Known:
    return next(each for each in store.known(target) if _is(each, ref))


def hint(name: str, candidates: Iterable[str]) -> str:
    found = did_you_mean(name, candidates)
    return f" ({found})" if found else ""


def _deletions(name: str, records: Iterable[Known], manifests: Manifests | None) -> dict[str, date]:
    """When the users are due who were taken out of the manifests, by key; nobody where the target never deletes."""
    from reconciler.core.deciding.lifecycle import term_of
    from reconciler.core.mapping.targets import prepare_target
    from reconciler.core.vocabulary import Action
    from reconciler.diagnostics import Faults

    if manifests is None or name not in manifests.targets:
        return {}
    target = prepare_target(name, manifests, Faults())
    if target is None or target.refuses(Kind.USER, Action.DELETE) is not None:
        return {}
    term = term_of(target, Kind.USER, date.min)
    gone = (each for each in records if each.kind is Kind.USER and each.gone_since is not None)
    return {each.key: day for each in gone if (day := term.day(each)) is not None}


def _users_first(known: Known) -> int:
    return list(Kind).index(known.kind)


def _is(known: Known | Refusal, ref: Ref) -> bool:
    return known.kind is ref.kind and known.key.casefold() == ref.key.casefold()


def _failures(store: Store, target: str, output: Output) -> list[Failure]:
    from reconciler.render.redaction import redact_failure

    return [redact_failure(each) if output.redact else each for each in store.failures(target)]


def _lessons(store: Store, target: str, ref: Ref, output: Output) -> list[Learnt]:
    """What is in force of what was learnt about an object, or about all of its kind."""
    from reconciler.render.redaction import redact_lesson

    since = SystemClock().now().date() - LESSONS_LAST
    learnt = [each for each in store.learnt(target, since) if each.kind is ref.kind]
    about = [each for each in learnt if each.key.casefold() in ("", ref.key.casefold())]
    return [redact_lesson(each) for each in about] if output.redact else about


def _masked(name: str, records: list[Known], manifests: Manifests | None, output: Output) -> list[Known]:
    """With `--redact`, without what is personal. What a mapping that is gone made of it is not known: all of it is."""
    if not output.redact or manifests is None:
        return records
    from reconciler.cli.masking import personal_paths
    from reconciler.render.redaction import redact_record

    personal = personal_paths(name, manifests) if name in manifests.targets else None
    return [redact_record(each, personal) for each in records]


def _settings(context: Context, *, needed: bool) -> Manifests | None:
    """The manifests; None where they cannot be read and are not `needed`."""
    from reconciler.cli.masking import read_settings

    try:
        return read_settings(context.manifests)
    except ManifestError:
        if needed:
            raise
        tell("the manifests cannot be read (`reconciler validate`): whether a target is still in them is not known")
        return None
