"""A target whose URL leads elsewhere than at its last apply."""

from __future__ import annotations

from house import House, target
from servers.conformance import TOKEN, Server, sandbox_server

PEOPLE = "users: {ann: {title: A}, bob: {title: B}, cyd: {title: C}}\n"


def test_another_endpoint_under_a_known_target_is_refused(tmp_path, capsys, monkeypatch, sandbox_url: str):
    """Nothing is sent and nothing is recorded: everybody there would be created anew."""
    monkeypatch.setenv("TOKEN_THERE", TOKEN)
    house = House(tmp_path, capsys)
    house.write("people.yaml", PEOPLE)
    house.write("targets.yaml", target(Server("first", sandbox_url)))
    house.apply()
    with sandbox_server() as other:
        house.write("targets.yaml", target(other))
        for command in (("plan",), ("apply", "--yes"), ("drift",)):
            ran = house.run(*command)
            assert ran.code == 3
            assert "another endpoint than at its last apply, and only 0 of 3 recorded objects are there" in ran.err
        with other.client() as client:
            assert client.get("/Users").json()["totalResults"] == 0


def test_the_same_objects_under_another_url_are_the_same_target(tmp_path, capsys, monkeypatch, sandbox_url: str):
    monkeypatch.setenv("TOKEN_THERE", TOKEN)
    house = House(tmp_path, capsys)
    house.write("people.yaml", PEOPLE)
    house.write("targets.yaml", target(Server("first", sandbox_url)))
    house.apply()
    house.write("targets.yaml", target(Server("first", sandbox_url.replace("127.0.0.1", "localhost"))))
    house.settled()
