"""Going on where a run was interrupted: its journal is read, and what is in doubt is looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.deciding.matching import values_at
from reconciler.core.journal import Entry
from reconciler.core.known import Known
from reconciler.core.mapping.targets import Target
from reconciler.core.planning.drafts import PlanInput
from reconciler.core.planning.questions import ByMatch, with_replies
from reconciler.core.planning.resuming import Resumed, doubtful_creates, resume
from reconciler.core.resources import Kind, Ref
from reconciler.core.vocabulary import Action
from reconciler.workflow.asking import Asking, ask_all

TIME_TO_SHOW = timedelta(seconds=5)
"""So long after a POST a listing or a filter may not show yet what came of it."""


def wait_to_see(unfinished: Iterable[Entry], now: datetime) -> float:
    """Seconds until what was sent just now can be seen: a run may begin right after another one was killed."""
    doubtful = [each.at for each in unfinished if each.action is Action.CREATE and each.id is None]
    waits = [min(TIME_TO_SHOW, at + TIME_TO_SHOW - now).total_seconds() for at in doubtful]
    return max(0.0, *waits) if waits else 0.0


@dataclass(slots=True)
class Resumption:
    """The unfinished entries of one target's journal, beside the records as the store holds them.

    Nothing here writes the store: a plan that takes the journal into account leaves it as it is.
    """

    target: Target
    began_with: PlanInput
    unfinished: Sequence[Entry]
    views: Mapping[Kind, AttributeView] = field(init=False)

    def __post_init__(self) -> None:
        schemas = self.target.schemas(self.began_with.discovery.schemas)
        self.views = {Kind.USER: AttributeView(schemas["User"]), Kind.GROUP: AttributeView(schemas["Group"])}

    @property
    def recorded(self) -> Sequence[Known]:
        return self.began_with.known

    def of(self, given: PlanInput) -> Resumed:
        return resume(self.unfinished, self.recorded, given.listings, self.views)

    def resume(self, given: PlanInput) -> PlanInput:
        """The input with the records that the journal adds, by what has been read so far."""
        return replace(given, known=self.of(given).known) if self.unfinished else given

    async def look_up(self, given: PlanInput, asking: Asking, failed: list[str]) -> PlanInput:
        """Asks for every object that may have been created and that no listing shows: listings may lag behind."""
        doubtful = [each for each in doubtful_creates(self.unfinished, self.of(given)) if self._is_offered(given, each)]
        questions = [found for each in doubtful if (found := self._question(each)).keys]
        if not questions:
            return given
        return self.resume(with_replies(given, await ask_all(asking, questions, failed)))

    def _is_offered(self, given: PlanInput, entry: Entry) -> bool:
        return given.listings[entry.kind].offered

    def _question(self, entry: Entry) -> ByMatch:
        view, filters = self.views[entry.kind], self.target.profile.filters
        possible = filters.users if entry.kind is Kind.USER else filters.groups
        asked = [each for each in self.target.rules[entry.kind].match if possible is None or each in possible]
        keys = tuple((path, str(value)) for path in asked for value in values_at(entry.values, path, view))
        return ByMatch(Ref(entry.kind, entry.key), keys)
