"""Members of groups that show none: an endpoint that answers filters alone, and what it may lack."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.client.rosters import MOST_PAIRS, NOBODY
from reconciler.core.resources import Kind, Roster
from reconciler.errors import EndpointError
from reconciler.platforms.profile import MemberReading
from reconciler.platforms.registry import load_profile

BY_FILTER = load_profile("aws-identity-center")

BY_GROUP = re.compile(r'groups\.value eq "([^"]*)"')
BY_USER = re.compile(r'members\.value eq "([^"]*)"')
PAIR = re.compile(r'id eq "([^"]*)" and members eq "([^"]*)"')
WAYS = {
    MemberReading.USERS_BY_GROUP: ("/Users", BY_GROUP),
    MemberReading.GROUPS_BY_USER: ("/Groups", BY_USER),
    MemberReading.PAIRS: ("/Groups", PAIR),
}


@dataclass
class People:
    """`groups`: users by group. `lacking`: ways that are answered with `refusal`; `ignored`: ways that are not looked
    at. `page`: rows on a page by cursor; `strict`: an id that nobody bears is 404.
    """

    groups: dict[str, set[str]]
    users: list[str] = field(default_factory=list)
    lacking: frozenset[MemberReading] = frozenset()
    ignored: frozenset[MemberReading] = frozenset()
    refusal: int = 400
    page: int = 100
    strict: bool = False

    def __call__(self, asked: Any) -> Any:
        for way, (path, pattern) in WAYS.items():
            found = pattern.fullmatch(asked.query["filter"])
            if found and asked.path.endswith(path):
                return self.answer(way, found, asked)
        return 400, {"detail": "no such filter"}

    def answer(self, way: MemberReading, found: Any, asked: Any) -> Any:
        if way in self.lacking:
            return self.refusal, {"detail": "unsupported"}
        everything = self.users if way is MemberReading.USERS_BY_GROUP else [*self.groups]
        if way in self.ignored:
            return self.listed(everything, asked)
        if self.strict and found[found.lastindex] not in {*self.users, *self.groups}:
            return 404, {"detail": "no such member"}
        if way is MemberReading.USERS_BY_GROUP:
            return self.listed(sorted(self.groups.get(found[1], ())), asked)
        of_user = sorted(group for group, users in self.groups.items() if found[found.lastindex] in users)
        return self.listed([each for each in of_user if way is not MemberReading.PAIRS or each == found[1]], asked)

    def listed(self, ids: list[str], asked: Any) -> Any:
        if "startIndex" in asked.query:
            return 400, {"detail": "no paging by index"}
        start = int(asked.query.get("cursor") or 0)
        end = start + min(self.page, int(asked.query.get("count", 100)))
        following = {"nextCursor": str(end)} if end < len(ids) and "cursor" in asked.query else {}
        return 200, {"Resources": [{"id": each} for each in ids[start:end]], **following}


def rosters(groups: Any, users: Any) -> Any:
    return lambda directory: directory.rosters(groups, users)


def way_of(asked: Any) -> MemberReading:
    return next(way for way, (_, pattern) in WAYS.items() if pattern.fullmatch(asked.query["filter"]))


def ways(server: Any) -> list[MemberReading]:
    """Those that were tried, in their order."""
    return list(dict.fromkeys(way_of(each) for each in server.asked))


def with_ways(*ways: MemberReading) -> Any:
    members = BY_FILTER.groups.members.model_copy(update={"read": ways})
    return BY_FILTER.model_copy(update={"groups": BY_FILTER.groups.model_copy(update={"members": members})})


GROUPS = {"g1": {"u1", "u2"}, "g2": set(), "g3": {"u2", "stranger"}}
USERS = ["u1", "u2", "u3", "u4"]
PEOPLE = {"groups": GROUPS, "users": [*USERS, "stranger"]}
WHOLE = {group: Roster(frozenset(users), whole=True) for group, users in GROUPS.items()}
ASKED = {group: Roster(frozenset(users & {*USERS}), whole=False) for group, users in GROUPS.items()}


# --- The law
# -----------------------------------------------------------------------------------------------


group_ids, user_ids = st.sampled_from(["g1", "g2", "g3", "g4"]), st.sampled_from(["u1", "u2", "u3"])
some_ways = st.frozensets(st.sampled_from(list(WAYS)))


PLACES = st.builds(
    People,
    st.dictionaries(group_ids, st.sets(user_ids), min_size=1),
    st.just(["u1", "u2", "u3"]),
    lacking=some_ways,
    ignored=some_ways,
    page=st.integers(1, 3),
    strict=st.booleans(),
)


@settings(max_examples=200, deadline=None)
@given(PLACES, st.lists(user_ids, unique=True))
def test_a_roster_is_the_truth_or_missing(fake: Any, people: Any, users: Any) -> None:
    groups = people.groups
    found = fake(people, profile=BY_FILTER).run(rosters([*groups], users))
    for group, roster in found.items():
        assert roster.users == (groups[group] if roster.whole else groups[group] & {*users})
    if users and people.lacking | people.ignored != {*WAYS}:
        assert found.keys() == groups.keys()


# --- Ways
# --------------------------------------------------------------------------------------------------


def test_users_are_asked_for_by_group_page_by_page(fake: Any) -> None:
    many = {"g1": {f"u{place}" for place in range(230)}, "g2": set()}
    server = fake(People(many, page=70), profile=BY_FILTER)
    found = server.run(rosters(["g1", "g2"], ["u1", "u2", "u3"]))
    assert found == {group: Roster(frozenset(users), whole=True) for group, users in many.items()}
    assert ways(server) == [MemberReading.USERS_BY_GROUP]
    assert server.asked[1].query["cursor"] == ""


@pytest.mark.parametrize("count", [49, 50, 51])
def test_a_group_of_as_many_as_older_listings_hold_is_read_whole(fake: Any, count: int) -> None:
    users = {f"u{place}" for place in range(count)}
    found = fake(People({"g1": users}), profile=BY_FILTER).run(rosters(["g1"], ["u1"]))
    assert found == {"g1": Roster(frozenset(users), whole=True)}


def test_users_that_may_have_been_cut_off_are_asked_for_otherwise(fake: Any) -> None:
    """An endpoint that refuses cursors stops at 50 rows."""
    people = People({"g1": {f"u{place:02}" for place in range(60)}, "g2": {"u59"}}, page=50)

    def answer(asked: Any) -> Any:
        return (400, {"detail": "cursor?"}) if "cursor" in asked.query else people(asked)

    server = fake(answer, profile=BY_FILTER)
    found = server.run(rosters(["g1", "g2"], ["u58", "u59", "u99"]))
    assert found == {
        "g1": Roster(frozenset({"u58", "u59"}), whole=False),
        "g2": Roster(frozenset({"u59"}), whole=True),
    }


def test_fewer_users_than_groups_are_asked_about_one_by_one(fake: Any) -> None:
    server = fake(People(**PEOPLE), profile=BY_FILTER)
    found = server.run(rosters([*GROUPS], ["u2"]))
    assert found == {group: Roster(frozenset({"u2"} & users), whole=False) for group, users in GROUPS.items()}
    assert ways(server) == [MemberReading.GROUPS_BY_USER]
    assert len(server.asked) == 2


def test_groups_of_which_strangers_matter_are_asked_about_whole(fake: Any) -> None:
    server = fake(People(**PEOPLE), profile=BY_FILTER)
    found = server.run(lambda directory: directory.rosters([*GROUPS], ["u2"], {"g3"}))
    assert found == {
        **{group: Roster(frozenset(GROUPS[group] & {"u2"}), whole=False) for group in ("g1", "g2")},
        "g3": WHOLE["g3"],
    }


def test_a_user_in_groups_that_were_not_asked_about_is_in_those_that_were(fake: Any) -> None:
    found = fake(People(**PEOPLE), profile=with_ways(MemberReading.GROUPS_BY_USER)).run(rosters(["g3"], USERS))
    assert found == {"g3": ASKED["g3"]}


def test_pairs_are_asked_about_where_nothing_else_is_told(fake: Any) -> None:
    server = fake(People(**PEOPLE), profile=with_ways(MemberReading.PAIRS))
    assert server.run(rosters([*GROUPS], USERS)) == ASKED
    canary, *rest = [each.query["filter"] for each in server.asked]
    assert canary == f'id eq "g1" and members eq "{NOBODY}"'
    assert sorted(rest) == sorted(f'id eq "{group}" and members eq "{user}"' for group in GROUPS for user in USERS)


def test_more_pairs_than_anybody_can_wait_for_are_not_asked_about(fake: Any) -> None:
    server = fake(People(**PEOPLE), profile=with_ways(MemberReading.PAIRS))
    assert server.run(rosters([*GROUPS], [f"u{place}" for place in range(MOST_PAIRS // 3 + 1)])) == {}
    assert len(server.asked) == 1


@pytest.mark.parametrize("refusal", [400, 405, 501])
def test_a_way_that_is_refused_is_given_up_for_the_run(fake: Any, refusal: int) -> None:
    lacking = frozenset({MemberReading.USERS_BY_GROUP})
    server = fake(People(**PEOPLE, lacking=lacking, refusal=refusal), profile=BY_FILTER)

    async def twice(directory: Any) -> Any:
        first = await directory.rosters([*GROUPS], USERS)
        assert await directory.rosters([*GROUPS], USERS) == first
        return first

    assert server.run(twice) == ASKED
    asked = [way_of(each) for each in server.asked]
    assert set(asked) == {MemberReading.USERS_BY_GROUP, MemberReading.GROUPS_BY_USER}
    assert set(asked[len(asked) // 2 + 1 :]) == {MemberReading.GROUPS_BY_USER}


def test_what_no_way_tells_is_missing(fake: Any) -> None:
    assert fake(People(**PEOPLE, lacking=frozenset(WAYS)), profile=BY_FILTER).run(rosters([*GROUPS], USERS)) == {}


@pytest.mark.parametrize("way", list(WAYS))
def test_a_filter_that_is_ignored_is_not_believed(fake: Any, way: MemberReading) -> None:
    server = fake(People(**PEOPLE, ignored=frozenset({way})), profile=with_ways(way))
    assert server.run(rosters([*GROUPS], USERS)) == {}
    assert len(server.asked) <= 2
    assert NOBODY in server.asked[-1].query["filter"]


def test_half_of_a_filter_that_is_ignored_is_not_believed(fake: Any) -> None:
    """The group is found by its id, whoever is asked about."""

    def answer(asked: Any) -> Any:
        return 200, {"totalResults": 1, "Resources": [{"id": PAIR.fullmatch(asked.query["filter"])[1]}]}

    assert fake(answer, profile=with_ways(MemberReading.PAIRS)).run(rosters([*GROUPS], USERS)) == {}


def test_a_total_without_rows_is_a_find(fake: Any) -> None:
    server = fake(lambda _: (200, {"totalResults": 7, "Resources": []}), profile=BY_FILTER)
    assert server.run(rosters(["g1"], ["u1"])) == {}


def test_an_answer_that_leaves_somebody_out_needs_no_further_proof(fake: Any) -> None:
    server = fake(People(**PEOPLE, strict=True), profile=with_ways(MemberReading.USERS_BY_GROUP))

    async def course(directory: Any) -> Any:
        directory._seen.update(USERS)
        return await directory.rosters([*GROUPS], USERS)

    assert server.run(course) == WHOLE
    assert all(NOBODY not in each.query["filter"] for each in server.asked)


def test_each_way_is_tried_out_once(fake: Any) -> None:
    server = fake(People(**PEOPLE), profile=BY_FILTER)
    server.run(rosters(["g1"], USERS), rosters(["g2"], USERS))
    assert len([each for each in server.asked if NOBODY in each.query["filter"]]) == 1


@pytest.mark.parametrize("way", list(WAYS))
def test_an_unknown_id_is_in_no_group(fake: Any, way: MemberReading) -> None:
    server = fake(People(**PEOPLE, strict=True), profile=with_ways(way))
    found = server.run(rosters([*GROUPS, "gone"], [*USERS, "unborn"]))
    assert found == (WHOLE if way is MemberReading.USERS_BY_GROUP else {**ASKED, "gone": Roster(frozenset(), False)})


@pytest.mark.parametrize("way", list(WAYS))
def test_an_endpoint_that_finds_no_id_at_all_has_no_such_filter(fake: Any, way: MemberReading) -> None:
    assert fake(lambda _: (404, None), profile=with_ways(way)).run(rosters([*GROUPS], USERS)) == {}


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
@pytest.mark.parametrize("first", [True, False])
def test_a_read_that_fails_is_an_error_and_no_empty_roster(
    fake: Any, way: MemberReading, status: int, first: bool
) -> None:
    people = People(**{**PEOPLE, "groups": {"g1": {*USERS}}}) if first else People(**PEOPLE)

    def answer(asked: Any) -> Any:
        return people(asked) if first is not (NOBODY in asked.query["filter"]) else (status, None)

    error = fake(answer, profile=with_ways(way)).failure(rosters([*people.groups], USERS))
    assert isinstance(error, EndpointError)
    assert f"answered {status}" in str(error)


def test_no_more_is_under_way_than_the_target_allows(fake: Any) -> None:
    """The fake gives up its turn before it answers, so that requests pile up as far as they may."""
    under_way, most = [0], [0]
    people = People(**PEOPLE)
    server = fake(people, profile=with_ways(MemberReading.PAIRS), concurrency=3)
    app = server.app

    async def counted(*parts: Any) -> None:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        await app(*parts)
        under_way[0] -= 1

    server.app = counted
    server.run(rosters([*GROUPS], USERS))
    assert most[0] == 3


# --- Platforms where nothing is to be asked
# ----------------------------------------------------------------


@pytest.mark.parametrize("platform", ["generic", "alibaba-idaas", "huawei-identity-center", "alibaba-ram"])
def test_where_groups_show_their_members_or_nothing_tells_nothing_is_asked(fake: Any, platform: str) -> None:
    server = fake(People(**PEOPLE), profile=load_profile(platform))
    assert server.run(rosters([*GROUPS], USERS)) == {}
    assert server.asked == []


@pytest.mark.parametrize(
    ("groups", "users", "expected"), [([], USERS, {}), (["g1"], [], {"g1": Roster(frozenset(), False)})]
)
def test_asking_about_nobody_costs_nothing(fake: Any, groups: Any, users: Any, expected: Any) -> None:
    server = fake(People(**PEOPLE), profile=with_ways(MemberReading.GROUPS_BY_USER))
    assert server.run(rosters(groups, users)) == expected
    assert len(server.asked) <= 1


@pytest.mark.parametrize("step", ["list", "find"])
def test_groups_that_never_show_members_are_not_read_for_them(fake: Any, step: str) -> None:
    rows = [{"id": "g1", "displayName": "Staff", "members": []}, {"id": "g2", "displayName": "Others"}]

    def answer(asked: Any) -> Any:
        return 200, {"Resources": rows}

    async def read(directory: Any) -> Any:
        return await (
            directory.list(Kind.GROUP) if step == "list" else directory.find(Kind.GROUP, "displayName", "Staff")
        )

    for platform in ("aws-identity-center", "huawei-identity-center"):
        server = fake(answer, profile=load_profile(platform))
        server.run(read)
        assert server.calls == ["GET /Groups"]
