"""What the journal of runs that were interrupted adds to the records, once the target has been read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.core.comparing.attributes import ACTIVE, MEMBERS, AttributeView, is_empty
from reconciler.core.comparing.diff import diff_values
from reconciler.core.comparing.elements import as_elements, get_sub
from reconciler.core.deciding.references import markers_in
from reconciler.core.journal import Entry, EntryState
from reconciler.core.known import Known, Origin
from reconciler.core.planning.authorship import NAMES, bears_external_id, bears_name
from reconciler.core.planning.passwords import is_secret
from reconciler.core.resources import Kind, Listing, LiveResource
from reconciler.core.vocabulary import Action
from reconciler.scim.lookup import get_ignoring_case
from reconciler.scim.values import read_instant

CARRIED_OUT = "found carried out by a later run"
NOT_CARRIED_OUT = "found not carried out by a later run"
SEVERAL = "several objects may have come of it: {ids}"

IN_DOUBT = (EntryState.INTENDED, EntryState.IN_DOUBT)
MOST_NAMED = 3

CLOCKS_APART = timedelta(minutes=10)
"""By as much the endpoint's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """`known`: the records as they should be; `fresh`: those of them that the store does not hold so.

    `entries`: what was unfinished, as it turned out.
    """

    known: tuple[Known, ...] = ()
    fresh: tuple[Known, ...] = ()
    entries: tuple[Entry, ...] = ()


NOTHING_OPEN = Resumed()


def resume(
    unfinished: Sequence[Entry],
    known: Sequence[Known],
    listings: Mapping[Kind, Listing],
    views: Mapping[Kind, AttributeView],
) -> Resumed:
    """Settles every unfinished entry by what is there. The same input gives the same again with what it gave before."""
    if not unfinished:
        return Resumed(tuple(known))
    settling = _Settling(known, listings, views)
    entries = tuple(settling.settle(each) for each in unfinished)
    records = tuple(settling.records.values())
    before = {(each.kind, each.key.casefold()): each for each in known}
    fresh = tuple(each for each in records if before.get((each.kind, each.key.casefold())) != each)
    return Resumed(records, fresh, entries)


def doubtful_creates(unfinished: Iterable[Entry], resumed: Resumed) -> list[Entry]:
    """Creations of which no listing shows that they were carried out: a look-up has to tell."""
    told = {(each.run, each.operation) for each in resumed.entries if each.carried_out}
    return [
        each
        for each in unfinished
        if each.action is Action.CREATE and each.id is None and (each.run, each.operation) not in told
    ]


def resumption_notes(unfinished: Sequence[Entry], resumed: Resumed) -> tuple[str, ...]:
    """One sentence for each run that left anything open."""
    ended = {(each.run, each.operation): each for each in resumed.entries}
    runs = list(dict.fromkeys(each.run for each in unfinished))
    return tuple(_sentence(run, [each for each in unfinished if each.run == run], ended) for run in runs)


def _sentence(run: str, entries: Sequence[Entry], ended: Mapping[tuple[str, str], Entry]) -> str:
    doubtful = [ended[each.run, each.operation] for each in entries if each.state in IN_DOUBT]
    killed = any(each.state is not EntryState.IN_DOUBT for each in entries)
    what = f"the last run ({run}) {'was interrupted' if killed else 'did not learn all answers'}"
    if not doubtful:
        return f"{what}: nothing of it is in doubt"
    done = [each.operation for each in doubtful if each.carried_out]
    undone = [each.operation for each in doubtful if not each.carried_out]
    count = "1 request in doubt was" if len(doubtful) == 1 else f"{len(doubtful)} requests in doubt were"
    parts = (_told(done, "carried out"), _told(undone, "not carried out"))
    return f"{what}: {count} settled: {'; '.join(filter(None, parts))}"


def _told(operations: Sequence[str], ending: str) -> str:
    if not operations:
        return ""
    more = f" and {len(operations) - MOST_NAMED} more" if len(operations) > MOST_NAMED else ""
    return f"{len(operations)} {ending} ({', '.join(operations[:MOST_NAMED])}{more})"


@dataclass(slots=True)
class _Settling:
    known: Sequence[Known]
    listings: Mapping[Kind, Listing]
    views: Mapping[Kind, AttributeView]
    records: dict[tuple[Kind, str], Known] = field(init=False)
    ids: set[tuple[Kind, str]] = field(init=False)
    live: dict[tuple[Kind, str], LiveResource] = field(init=False)
    named: dict[tuple[Kind, Any], list[LiveResource]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.records = {(each.kind, each.key.casefold()): each for each in self.known}
        self.ids = {(each.kind, each.id) for each in self.known}
        self.live = {(kind, each.id): each for kind, side in self.listings.items() for each in side.resources}
        for (kind, _), each in self.live.items():
            name = self._comparable(kind, NAMES[kind], self.views[kind][NAMES[kind]].read(each.document))
            self.named.setdefault((kind, name), []).append(each)

    def settle(self, entry: Entry) -> Entry:
        if entry.action is Action.CREATE:
            return self._created(entry)
        live = self.live.get((entry.kind, entry.id or ""))
        if entry.action is Action.DELETE:
            return _ended(entry, done=live is None)
        if live is None:
            return _ended(entry, done=entry.state is EntryState.CONFIRMED)
        if entry.action in (Action.ADD_MEMBERS, Action.REMOVE_MEMBERS):
            return _ended(entry, done=self._members_are(entry, live))
        return self._updated(entry, live)

    def _created(self, entry: Entry) -> Entry:
        if entry.id is not None:
            self._own(entry, entry.id)
            return _ended(entry, done=True)
        found = self._made_by(entry)
        if len(found) == 1:
            self._own(entry, found[0].id)
            return replace(_ended(entry, done=True), id=found[0].id)
        if found:
            return replace(_ended(entry, done=False), detail=SEVERAL.format(ids=", ".join(each.id for each in found)))
        return _ended(entry, done=False)

    def _own(self, entry: Entry, id: str) -> None:
        """The object is ours and was made by us, unless the records tell of it already."""
        place = (entry.kind, entry.key.casefold())
        record = self.records.get(place)
        linked = record is not None and (record.kind, record.id) in self.live
        if linked or (entry.kind, id) in self.ids:
            return
        self.ids.add((entry.kind, id))
        applied = {
            path: value for path, value in entry.values.items() if not markers_in(value) and not is_secret(value)
        }
        name = str(entry.intent.get("name") or "")
        self.records[place] = Known(entry.kind, entry.key, id, Origin.CREATED, applied, name)

    def _made_by(self, entry: Entry) -> list[LiveResource]:
        """Objects that bear the name that was sent, and the externalId; or, where either has none, that are new."""
        kind, values = entry.kind, entry.values
        name = values.get(NAMES[kind])
        if is_empty(name):
            return []
        candidates = self.named.get((kind, self._comparable(kind, NAMES[kind], name)), [])
        return [each for each in candidates if self._is_ours(entry, each)]

    def _is_ours(self, entry: Entry, live: LiveResource) -> bool:
        view = self.views[entry.kind]
        if bears_external_id(entry.values, live, view):
            return True
        return bears_name(entry.values, live, view) and _is_new(live.document, entry.at)

    def _comparable(self, kind: Kind, path: str, value: Any) -> Any:
        return self.views[kind][path].comparable(value)

    def _updated(self, entry: Entry, live: LiveResource) -> Entry:
        """Of what was to be written, what is there now was applied."""
        view = self.views[entry.kind]
        written = {path: value for path, value in entry.values.items() if not markers_in(value)}
        differing = {each.path for each in diff_values(written, live.document, view)}
        there = {path: value for path, value in written.items() if path not in differing}
        place = (entry.kind, entry.key.casefold())
        record = self.records.get(place)
        if record is not None and record.id == live.id:
            told = {path: value for path, value in there.items() if path in record.applied or path == ACTIVE}
            self.records[place] = replace(record, applied={**record.applied, **told})
        return _ended(entry, done=not differing)

    def _members_are(self, entry: Entry, live: LiveResource) -> bool:
        elements = as_elements(self.views[Kind.GROUP][MEMBERS].read(live.document))
        there = {str(get_sub(each, "value")) for each in elements}
        ids = {self._id_of(each) for each in entry.members}
        return there.isdisjoint(ids) if entry.action is Action.REMOVE_MEMBERS else ids <= there

    def _id_of(self, member: Mapping[str, Any]) -> str:
        if member.get("id"):
            return str(member["id"])
        kind, _, key = str(member.get("key") or "").partition(":")
        record = self.records.get((Kind(kind), key.casefold())) if kind in list(Kind) else None
        return record.id if record is not None else ""


def _ended(entry: Entry, *, done: bool) -> Entry:
    if done:
        words = entry.detail if entry.state in (EntryState.CONFIRMED, EntryState.FAILED) else CARRIED_OUT
        return replace(entry, state=EntryState.SETTLED, detail=words)
    return replace(entry, state=EntryState.FAILED, detail=NOT_CARRIED_OUT)


def _is_new(document: Mapping[str, Any], since: datetime) -> bool:
    """Whether the object says of itself that it was made after a moment (RFC 7643 §3.1 `meta.created`)."""
    meta = get_ignoring_case(document, "meta")
    created = read_instant(get_ignoring_case(meta, "created")) if isinstance(meta, Mapping) else None
    return created is not None and created >= since - CLOCKS_APART
