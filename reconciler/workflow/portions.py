"""How many members go into one request: as many as the endpoint takes, found out by halving."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.workflow.lessons import Lessons


@dataclass(slots=True)
class Portions:
    """`left` members are still to be sent.

    A size is learnt where everybody went through in the end: then the refusal was about the number, and not about one
    of them.
    """

    lessons: Lessons
    left: int
    size: int = field(init=False)
    _halved: bool = False
    _most: int = 0

    def __post_init__(self) -> None:
        self.size = min(self.lessons.members_at_once, self.left)

    @property
    def next(self) -> int:
        return min(self.size, self.left)

    def went_through(self) -> None:
        self._most = max(self._most, self.next)
        self.left -= self.next
        if self._halved and not self.left:
            self.lessons.note_members_at_once(self._most)

    def halve(self) -> bool:
        """After a refusal that may be about the number; False where there is nothing to halve."""
        if self.next <= 1:
            return False
        self.size, self._halved = self.next // 2, True
        return True
