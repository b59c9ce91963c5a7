from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.client.endpoints import below_base
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError
from reconciler.platforms.registry import load_profile
from reconciler.scim.provider import DEFAULT_DISCOVERY
from reconciler.scim.urns import GROUP, USER

CONFIG = {"patch": {"supported": True}, "filter": {"supported": True, "maxResults": 50}}
USER_SCHEMA = {"id": USER, "name": "User", "attributes": [{"name": "userName", "type": "string"}]}
TYPES = [
    {"id": "User", "name": "User", "endpoint": "/Users", "schema": USER},
    {"id": "Group", "name": "Group", "endpoint": "/Groups", "schema": GROUP},
]
NAMES = frozenset({"ServiceProviderConfig", "Schemas", "ResourceTypes"})


def listed(rows: list[Any]) -> Any:
    return {"totalResults": len(rows), "Resources": rows}


def discovering(**instead: Any) -> Any:
    """A server with complete discovery and an empty /Users, but for the documents given."""
    documents = {
        "ServiceProviderConfig": (200, CONFIG),
        "Schemas": (200, listed([USER_SCHEMA])),
        "ResourceTypes": (200, listed(TYPES)),
        "Users": (200, listed([])),
        **instead,
    }

    def answer(asked: Any) -> Any:
        found = documents.get(asked.path.rpartition("/")[2], (404, None))
        if isinstance(found, Exception):
            raise found
        return found

    return answer


def discover(directory: Any) -> Any:
    return directory.discover()


def test_everything_that_is_announced_is_read_at_once(fake: Any) -> None:
    server = fake(discovering())
    found = server.run(discover)
    assert found.announced == NAMES
    assert found.config.patch is True
    assert found.config.max_results == 50
    assert found.endpoints == {"User": "/Users", "Group": "/Groups"}
    assert found.problems == ()
    assert sorted(server.calls) == ["GET /ResourceTypes", "GET /Schemas", "GET /ServiceProviderConfig"]


USELESS = [
    (401, {"detail": "not for you"}),
    (403, None),
    (404, b"<html><h1>Not found</h1></html>", {"content-type": "text/html"}),
    (500, b"oops"),
    (501, None),
    (200, b"<!doctype html><title>Log in</title>", {"content-type": "text/html"}),
    (200, None),
    (200, "text"),
    (200, []),
    (200, 7),
    (200, {}),
    (302, None, {"location": "https://login.example/"}),
    httpx.ReadError("reset"),
]


@pytest.mark.parametrize("useless", USELESS, ids=str)
@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_document_that_cannot_be_had_is_noted_and_done_without(fake: Any, name: str, useless: Any) -> None:
    found = fake(discovering(**{name: useless})).run(discover)
    assert found.announced == NAMES - {name}
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"no usable {name}: ")


@pytest.mark.parametrize("useless", USELESS[:-1], ids=str)
def test_an_endpoint_without_discovery_has_the_defaults(fake: Any, useless: Any) -> None:
    server = fake(discovering(**dict.fromkeys(NAMES, useless)))
    found = server.run(discover)
    assert (found.config, found.endpoints) == (DEFAULT_DISCOVERY.config, DEFAULT_DISCOVERY.endpoints)
    assert found.schemas == DEFAULT_DISCOVERY.schemas
    assert found.announced == frozenset()
    assert len(found.problems) == 3
    assert (server.calls[-1], server.asked[-1].query) == ("GET /Users", {"count": "1"})


def test_where_nothing_but_users_answers_and_refuses_count_it_is_still_an_endpoint(fake: Any) -> None:
    def answer(asked: Any) -> Any:
        if not asked.path.endswith("/Users"):
            return 404, None
        return (400, None) if "count" in asked.query else (200, listed([]))

    assert fake(answer).run(discover).announced == frozenset()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((401, None), "GET https://scim.example/scim/v2/Users answered 401: .*check the target's token"),
        ((403, None), "answered 403: .*check its permissions"),
        ((404, None), "answered 404: .*is the base URL complete, such as …/scim/v2?"),
        ((200, b"<html>", {"content-type": "text/html"}), "a web page came instead of SCIM .is the base URL"),
        ((200, {"hello": 1}), "no SCIM list"),
        ((302, None, {"location": "https://login.example/"}), "a redirect to the host login.example"),
    ],
)
def test_an_endpoint_where_nothing_answers_usably_is_an_error_with_a_remedy(
    fake: Any, answer: Any, sentence: str
) -> None:
    error = fake(lambda _: answer).failure(discover)
    assert isinstance(error, EndpointError)
    with pytest.raises(EndpointError, match=sentence):
        raise error


def test_an_unreachable_endpoint_is_told_at_once(fake: Any) -> None:
    server = fake(discovering(**dict.fromkeys(NAMES, httpx.ConnectError("connection refused"))))
    assert "cannot be reached: connection refused" in str(server.failure(discover))
    assert len(server.asked) == 6


def test_discovery_that_keeps_failing_costs_one_repetition(fake: Any) -> None:
    server = fake(discovering(Schemas=(500, None)))
    server.run(discover)
    assert server.calls.count("GET /Schemas") == 2


def test_paged_discovery_is_read_to_its_end(fake: Any) -> None:
    rows = [{"id": f"urn:x:{place}", "attributes": []} for place in range(7)] + [USER_SCHEMA]

    def answer(asked: Any) -> Any:
        if not asked.path.endswith("/Schemas"):
            return discovering()(asked)
        start = int(asked.query.get("startIndex", "1"))
        return 200, {"totalResults": 8, "Resources": rows[start - 1 : start + 2]}

    server = fake(answer)
    assert server.run(discover).schemas["User"].attributes.keys() == {"username"}
    assert server.calls.count("GET /Schemas") == 3


def test_paged_discovery_that_repeats_itself_ends(fake: Any) -> None:
    server = fake(discovering(Schemas=(200, {"totalResults": 9, "Resources": [USER_SCHEMA]})))
    assert "Schemas" in server.run(discover).announced
    assert server.calls.count("GET /Schemas") == 2


def test_a_config_wrapped_in_a_list_and_a_single_type_without_one_are_read(fake: Any) -> None:
    server = fake(discovering(ServiceProviderConfig=(200, listed([CONFIG])), ResourceTypes=(200, TYPES[0])))
    found = server.run(discover)
    assert found.announced == NAMES
    assert found.config.patch is True


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("/Users", "/Users"),
        ("Users", "/Users"),
        ("/Users/", "/Users"),
        ("/scim/v2/Users", "/Users"),
        ("scim/v2/Users", "/Users"),
        ("/v2/Users", "/Users"),
        ("https://scim.example/tenant/scim/v2/Users", "/Users"),
        ("http://internal:8080/scim/v2/People", "/People"),
        ("/scim/v2", None),
        ("", None),
        ("https://h:port/", None),
        ("/scim/v2/../../admin", None),
    ],
)
def test_endpoints_in_every_spelling_stand_below_the_base(endpoint: str, path: str) -> None:
    assert below_base(endpoint, "/tenant/scim/v2") == path


names = st.text("abcXYZ019-", min_size=1, max_size=5)


@given(base=st.lists(names, max_size=4), path=st.lists(names, min_size=1, max_size=2))
def test_the_base_path_may_be_repeated_or_left_out(base: Any, path: str) -> None:
    base_path = "".join(f"/{each}" for each in base)
    wanted = "/" + "/".join(path)
    assert below_base(f"https://h{base_path}{wanted}", base_path) == wanted


def test_another_endpoint_is_the_one_that_is_asked(fake: Any) -> None:
    types = [{"name": "User", "schema": USER, "endpoint": "https://scim.example/scim/v2/People/Staff"}]

    def answer(asked: Any) -> Any:
        return (
            (200, {"id": "a"})
            if asked.path == "/scim/v2/People/Staff/a"
            else discovering(ResourceTypes=(200, types))(asked)
        )

    server = fake(answer)
    found = server.run(discover)
    assert found.endpoints == {"User": "/People/Staff", "Group": "/Groups"}
    assert server.run(discover, lambda directory: directory.get(Kind.USER, "a")).id == "a"


def test_an_endpoint_that_is_no_path_is_noted_and_replaced(fake: Any) -> None:
    types = [{"name": "User", "schema": USER, "endpoint": "/scim/v2/"}]
    found = fake(discovering(ResourceTypes=(200, types))).run(discover)
    assert found.endpoints["User"] == "/Users"
    assert found.problems == ("the endpoint '/scim/v2/' of User is no path; /Users is used",)


# --- What a platform documents
# -------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["generic", "alibaba-ram", "huawei-identity-center", "aws-identity-center"])
def test_a_platform_is_asked_for_the_documents_that_it_has_and_lacks_none(fake: Any, platform: str) -> None:
    profile = load_profile(platform)
    server = fake(discovering(), profile=profile)
    found = server.run(discover)
    assert found.announced == {*profile.documents}
    assert found.problems == ()
    assert sorted(server.calls) == sorted(f"GET /{each}" for each in profile.documents)
    if "ServiceProviderConfig" not in profile.documents:
        assert found.config == DEFAULT_DISCOVERY.config
    if "Schemas" not in profile.documents:
        assert found.schemas == DEFAULT_DISCOVERY.schemas


@pytest.mark.parametrize(
    ("platform", "query"),
    [
        ("aws-identity-center", {"cursor": "", "count": "1"}),
        ("huawei-identity-center", {}),
        ("alibaba-ram", {"filter": 'userName eq "00000000-0000-0000-0000-000000000000"'}),
    ],
)
def test_without_any_document_users_are_asked_for_in_the_way_of_the_platform(
    fake: Any, platform: str, query: Any
) -> None:
    profile = load_profile(platform)
    server = fake(discovering(**dict.fromkeys(NAMES, (404, None))), profile=profile)
    assert len(server.run(discover).problems) == len(profile.documents)
    assert (server.calls[-1], server.asked[-1].query) == ("GET /Users", query)


def test_a_platform_that_has_no_document_at_all_is_not_asked_for_any(fake: Any) -> None:
    profile = load_profile("generic").model_copy(update={"documents": ()})
    server = fake(discovering(), profile=profile)
    assert server.run(discover) == DEFAULT_DISCOVERY
    assert server.calls == ["GET /Users"]
    assert "cannot be reached" in str(
        fake(discovering(Users=httpx.ConnectError("no")), profile=profile).failure(discover)
    )
