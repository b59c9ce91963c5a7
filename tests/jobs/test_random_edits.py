"""Whatever the manifests say next: one apply brings each server there, and nothing stays pending."""

from __future__ import annotations

import random

import pytest
from house import UNLIMITED, House, target
from ruamel.yaml import YAML
from servers.conformance import Server

pytestmark = pytest.mark.servers

KEYS = [f"person{number:02d}" for number in range(12)]
GROUPS = ["ops", "eng", "all"]


def random_user(rng: random.Random, key: str) -> dict:
    """A user with a random choice of attributes in their various written forms."""
    user = {"name": {"givenName": rng.choice(["Ann", "Örjan", "小明"]), "familyName": rng.choice(["Lee", "O'Hara"])}}
    maybe = {
        "displayName": lambda: f"{key} {rng.choice('ÄB')}",
        "title": lambda: rng.choice(["Engineer", "engineer", "Chef de projet", ""]),
        "nickName": lambda: rng.choice(["Nick", "Ñandú"]),
        "userType": lambda: rng.choice(["Employee", "Contractor"]),
        "preferredLanguage": lambda: rng.choice(["de", "en-US"]),
        "emails": lambda: rng.choice(
            [
                f"{key}@example.com",
                {"work": f"{key}@example.org", "home": f"{key}@home.example"},
                [
                    {"value": f"{key}@a.example", "type": "work", "primary": True},
                    {"value": f"{key}@b.example", "type": "home"},
                ],
            ]
        ),
        "phoneNumbers": lambda: rng.choice([{"mobile": "+49 151 1234567"}, {"work": "+1 212 5550100", "mobile": ""}]),
        "addresses": lambda: {"work": {"locality": rng.choice(["Berlin", "上海"]), "country": "DE"}},
        "department": lambda: rng.choice(["Sales", "Legal"]),
        "employeeNumber": lambda: str(rng.randint(1, 999)),
        "manager": lambda: rng.choice([each for each in KEYS[:2] if each != key]),
        "state": lambda: rng.choice(["active", "disabled"]),
    }
    for name, make in maybe.items():
        if rng.random() < 0.5 and not (name == "manager" and key in KEYS[:2]):
            user[name] = make()
    user.setdefault("emails", f"{key}@example.com")
    return user


def random_organisation(rng: random.Random) -> dict:
    present = [key for key in KEYS if rng.random() < 0.85]
    absent = [key for key in KEYS if key not in present and rng.random() < 0.5]
    users = {key: random_user(rng, key) for key in present}
    for user in users.values():
        if user.get("manager") not in users:
            user.pop("manager", None)
    users |= {key: {"state": "absent"} for key in absent}
    groups = {name: {"members": [key for key in users if rng.random() < 0.5]} for name in GROUPS if rng.random() < 0.9}
    return {"users": users, "groups": groups}


@pytest.mark.parametrize("seed", range(3))
def test_one_apply_is_enough(tmp_path, capsys, monkeypatch, scim_server: Server, seed: int):
    monkeypatch.setenv("TOKEN_THERE", scim_server.token)
    house = House(tmp_path, capsys)
    house.write("targets.yaml", target(scim_server, "lifecycle: {groups: {onRemove: delete}}", UNLIMITED))
    rng = random.Random(seed)  # noqa: S311  reproducible on purpose
    for _ in range(5):
        with house.write("people.yaml", "").open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump(random_organisation(rng), file)
        applied = house.run("apply", "--yes")
        assert applied.code == 0, applied.out + applied.err
        house.settled()
