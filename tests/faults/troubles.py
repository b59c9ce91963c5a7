"""What may go wrong between us and a server, by name, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from faults.edits import Edited, edits
from hypothesis import HealthCheck
from hypothesis import strategies as st
from servers.faults import (
    On,
    answer,
    answer_html,
    answer_nothing,
    drop_after,
    drop_before,
    error_after,
    repeat_first_page,
    shrink_total,
    truncate_listing,
)
from servers.faulty import Fault, FaultyServer
from servers.listings import (
    cut_in_the_middle,
    dwindling_total,
    empty_page,
    first_rows,
    hide,
    is_listing,
    keep_to,
    listing_of,
    small_pages,
    untold_total,
    without_ids,
)

LIES: dict[str, Callable[[], Fault]] = {
    "truncated, the total tells": lambda: truncate_listing(3),
    "truncated, the total agrees": lambda: first_rows(3),
    "no total": untold_total,
    "a total like the page": shrink_total,
    "a total that shrinks": dwindling_total,
    "nobody, 0 of them": lambda: empty_page(0),
    "nobody, untold": lambda: empty_page(None),
    "the first page again": repeat_first_page,
    "no ids": without_ids,
    "some of them hidden": lambda: hide("u1", "u2", "g"),
    "only some of them": lambda: keep_to("u0", "u3", "h"),
}
"""Pages that look like an answer."""
BREAKS: dict[str, Callable[[], Fault]] = {
    "503": lambda: answer(503, retry_after="0"),
    "500": lambda: answer(500),
    "429": lambda: answer(429, retry_after="0"),
    "200 without a body": lambda: answer_nothing(200),
    "204": lambda: answer_nothing(204),
    "a web page": lambda: answer_html(200),
    "cut in the middle": cut_in_the_middle,
    "no answer": drop_before,
}
"""What cannot be taken for an answer to any question."""
ON_READS = LIES | BREAKS
ON_WRITES: dict[str, Callable[[], Fault]] = {
    "503": lambda: answer(503, retry_after="0"),
    "done, and 500": lambda: error_after(500),
    "done, and no answer": drop_after,
    "no answer": drop_before,
}


@dataclass(frozen=True)
class Trouble:
    """A fault on some requests; `skip` and `times` count them, `times` None is for good."""

    where: str
    kind: str
    skip: int
    times: int | None

    def inject(self, server: FaultyServer) -> None:
        collection, what = self.where.split(" ")
        chosen: dict[str, Any] = {"skip": self.skip, "times": self.times}
        if what == "pages":
            server.inject(listing_of(collection, **chosen), ON_READS[self.kind]())
        elif what == "searches":
            server.inject(
                On("GET", collection, when=lambda each: not is_listing(each), **chosen), ON_READS[self.kind]()
            )
        elif what == "objects":
            server.inject(On("GET", f"{collection}/*", **chosen), ON_READS[self.kind]())
        else:
            server.inject(On(what, f"{collection}*", **chosen), ON_WRITES[self.kind]())


def troubles(what: str, kinds: Iterable[str]) -> st.SearchStrategy[Trouble]:
    where = st.sampled_from([f"/Users {what}", f"/Groups {what}"])
    return st.builds(Trouble, where, st.sampled_from(sorted(kinds)), st.integers(0, 2), st.sampled_from([None, 1, 2]))


BROKEN = st.one_of(
    troubles("pages", BREAKS),
    troubles("objects", BREAKS),
    troubles("searches", BREAKS),
    *(troubles(method, ON_WRITES) for method in ("POST", "PATCH", "DELETE")),
)


def shown_by(server: FaultyServer) -> set[str]:
    """Ids that some listing brought."""
    replies = (reply for request, reply in server.log if is_listing(request) and reply)
    return {str(row.get("id")) for reply in replies for row in reply.rows}


@dataclass(frozen=True)
class Scene:
    """What the manifests say by now, what goes wrong at the same time, and how many rows a page has."""

    edited: Edited
    troubles: Sequence[Trouble]
    rows: int

    def inject(self, server: FaultyServer) -> None:
        for each in self.troubles:
            each.inject(server)
        server.inject(listing_of("/*"), small_pages(self.rows))


def scenes(*kinds: st.SearchStrategy[Trouble]) -> st.SearchStrategy[Scene]:
    """One trouble of each of these kinds."""
    return st.builds(Scene, edits(), st.tuples(*kinds), st.sampled_from([2, 3, 100]))


UNHURRIED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
"""Each example is several runs, and begins from the same organisation."""
