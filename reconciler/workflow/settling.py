"""Finding out at once what became of a write whose answer was lost, before it is sent again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from reconciler.core.requests import Answer, InDoubtError, Request, SendingEndedError
from reconciler.errors import EndpointError
from reconciler.workflow.ports import Directory, Pause

ATTEMPTS = 4
"""How often a write is sent whose answers are lost, while looking shows each time that it was not carried out."""

ATTEMPTS_ON_500 = 2
"""500 may be a bad moment or an opinion of the request: it is an opinion when it comes again."""

CONFLICT = 409

FIRST_PAUSE = 0.5
"""Seconds; doubled each time."""

LOOKS_FOR_NEW = (0.5, 1.0, 2.0)
"""Seconds before each look for a new object: listings and filters show it late at some endpoints."""

Look = Callable[[], Awaitable[Answer | None]]
"""What the write would have been answered, if it was carried out; None where it certainly was not.

Raises `EndpointError` where that cannot be told.
"""


@dataclass(slots=True)
class Settling:
    """Sends writes until it is known what became of them."""

    directory: Directory
    pause: Pause

    async def send(self, request: Request, look: Look) -> Answer:
        """The answer, be it one that only looking gave. Raises `InDoubtError` where it cannot be told.

        RFC 9110 §9.2.2: what is not idempotent is repeated only where it was not applied.
        """
        attempt = 0
        while True:
            attempt += 1
            answer, said = await self._attempt(request)
            taken = attempt > 1 and answer is not None and answer.status == CONFLICT
            if answer is not None and not taken and not leaves_doubt(answer):
                return answer
            settled = await self._look(look, said)
            if settled is None and attempt < _attempts(answer):
                settled = await self._look_later(look, said, _pauses(request, attempt))
                if settled is None:
                    continue
            ending = settled or answer
            if ending is None:
                raise InDoubtError(said)
            return ending

    async def _attempt(self, request: Request) -> tuple[Answer | None, str]:
        """The answer, and what was answered in words; None where it was lost."""
        try:
            answer = await self.directory.send(request)
        except InDoubtError as error:
            return None, str(error)
        return answer, f"{request.method} /{'/'.join(request.path)} was answered {answer.status}"

    async def _look_later(self, look: Look, said: str, pauses: Iterable[float]) -> Answer | None:
        """What the endpoint shows may lag behind what it did."""
        for seconds in pauses:
            await self.pause(seconds)
            settled = await self._look(look, said)
            if settled is not None:
                return settled
        return None

    async def _look(self, look: Look, said: str) -> Answer | None:
        try:
            return await look()
        except SendingEndedError:
            raise
        except EndpointError as error:
            problem = f"{said}; looking did not tell whether it was carried out: {error}"
            raise InDoubtError(problem) from error


def leaves_doubt(answer: Answer) -> bool:
    """Whether the write may have been carried out all the same: 501 and 505 are answered before anything is done."""
    return answer.garbled or (answer.status >= 500 and answer.status not in (501, 505))


def _pauses(request: Request, attempt: int) -> tuple[float, ...]:
    """Seconds between the looks before a write goes again. What a second POST would double is looked for longer."""
    return LOOKS_FOR_NEW if request.method == "POST" else (FIRST_PAUSE * 2.0 ** (attempt - 1),)


def _attempts(answer: Answer | None) -> int:
    if answer is not None and answer.status == CONFLICT:
        return 0
    return ATTEMPTS_ON_500 if answer is not None and answer.status == 500 else ATTEMPTS
