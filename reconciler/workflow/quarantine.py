"""Ending a run in which most calls fail, instead of burning through it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from reconciler.core.report import Result
from reconciler.core.vocabulary import Action
from reconciler.workflow.writing import Done

WINDOW = 40
"""How many of the last operations are looked at."""

MOST_FAILURES = 25
"""Failures among them that end a run: more than a few objects at its beginning that fail again and again."""

FEWEST_FAILURES = 10
"""Failures without any success that end a run which has spent `WASTE` requests on them."""

WASTE = 40

ENDING_ACCESS = frozenset((Action.DISABLE, Action.DELETE, Action.REMOVE_MEMBERS))
FAILURES = frozenset((Result.FAILED, Result.IN_DOUBT))

LONGEST_REASON = 200


@dataclass(slots=True)
class Tally:
    """What became of operations of one sort, the latest `WINDOW` of them one by one."""

    recent: deque[str] = field(default_factory=lambda: deque(maxlen=WINDOW))
    """Why each one failed; "" for success."""
    done: int = 0
    verdict: str = ""
    """Why no more of them are sent; it stays, once it is there."""

    def add(self, reason: str, requests: int) -> None:
        self.recent.append(reason)
        self.done += not reason
        self.verdict = self.verdict or self._judge(requests)

    def _judge(self, requests: int) -> str:
        failed = [each for each in self.recent if each]
        fruitless = not self.done and len(failed) >= FEWEST_FAILURES and requests >= WASTE
        if len(failed) < MOST_FAILURES and not fruitless:
            return ""
        reason, times = Counter(failed).most_common(1)[0]
        return (
            f"{len(failed)} of the last {len(self.recent)} operations failed, {times} of them with: "
            f"{reason[:LONGEST_REASON]}"
        )


@dataclass(slots=True)
class Quarantine:
    """Judges what ends access by itself: it goes on while all else fails. Where it fails, too, nothing goes on."""

    ending: Tally = field(default_factory=Tally)
    granting: Tally = field(default_factory=Tally)

    def note(self, action: Action, done: Done, requests: int) -> None:
        """`requests`: how many the run has sent so far. What sent nothing says nothing."""
        if action is Action.ADOPT or (done.result is not Result.DONE and done.result not in FAILURES):
            return
        self._tally(action).add(_reason(done) if done.result in FAILURES else "", requests)

    def stops(self, action: Action) -> str:
        """Why an operation is not sent any more; "" where it is."""
        return self.ending.verdict or self._tally(action).verdict

    @property
    def verdict(self) -> str:
        """Why the run did not send everything; "" where nothing was kept back."""
        return self.ending.verdict or self.granting.verdict

    def _tally(self, action: Action) -> Tally:
        return self.ending if action in ENDING_ACCESS else self.granting


def _reason(done: Done) -> str:
    """Without the object's own address, so that equal reasons are equal."""
    return done.detail.partition("was answered ")[2] or done.detail or "no reason"
