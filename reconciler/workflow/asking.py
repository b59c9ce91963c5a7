"""Asking the endpoint about single objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.core.planning.questions import ById, ByMatch, Question, Reply
from reconciler.core.requests import AnsweredError, FilterNotOfferedError
from reconciler.core.resources import LiveResource
from reconciler.workflow.ports import Directory, Progress
from reconciler.workflow.workers import work_through


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom to ask, how many questions at once, and who is told of the course."""

    directory: Directory
    progress: Progress
    width: int


async def ask_all(edges: Asking, questions: Sequence[Question], failed: list[str]) -> list[Reply]:
    """One reply for each question. An error answer leaves its question open and goes to `failed`.

    Raises `EndpointError` for 401 and where no answer came.
    """
    replies: list[Reply] = []
    edges.progress.begin("looking up single objects", len(questions))

    async def ask(question: Question) -> None:
        found = None
        try:
            found = await _look_up(edges.directory, question)
        except AnsweredError as error:
            if error.status == 401:
                raise
            failed.append(str(error))
        replies.append(Reply(question, found))
        edges.progress.advance()

    await work_through(questions, ask, edges.width)
    edges.progress.end()
    return replies


async def _look_up(directory: Directory, question: Question) -> tuple[LiveResource, ...] | None:
    if isinstance(question, ById):
        found = await directory.get(question.kind, question.id)
        return (found,) if found is not None else ()
    return await _search(directory, question)


async def _search(directory: Directory, question: ByMatch) -> tuple[LiveResource, ...] | None:
    """Every match key is tried. Nothing found says nothing where one of them cannot be filtered by."""
    found: dict[str, LiveResource] = {}
    answered = bool(question.keys)
    for attribute, value in question.keys:
        try:
            rows = await directory.find(question.ref.kind, attribute, value)
        except FilterNotOfferedError:
            answered = False
            continue
        found |= {each.id: each for each in rows}
    return tuple(found.values()) if found or answered else None
