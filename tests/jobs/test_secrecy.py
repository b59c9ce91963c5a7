"""That what looks for secrets after each test of this folder finds them, wherever and however they were given away."""

from __future__ import annotations

import json
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from commands import environment, run_reconciler
from places import Place
from secrecy import WITNESS, Witness, pytest_runtest_call

SECRET = 'a+b/"c"=secret é'
FORMS = {
    "plain": f"Bearer {SECRET}!",
    "in a URL": f"https://me:{quote(SECRET, safe='')}@scim.example",
    "in a form": urlencode({"client_secret": SECRET, "grant": "x"}),
    "in JSON": json.dumps({"detail": SECRET}),
    **{f"in base64 after {each!r}": b64encode(f"{each}{SECRET}:".encode()).decode() for each in ("", "m", "me", "me:")},
    "in base64 for URLs": urlsafe_b64encode(SECRET.encode()).decode(),
}


@pytest.fixture
def witness() -> Witness:
    made = Witness()
    made.keep(SECRET, "TOKEN_HERE")
    return made


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_found_in_what_was_said_and_in_any_file(witness: Witness, form: str, tmp_path: Path) -> None:
    witness.wrote(tmp_path)
    witness.hear("nothing of it", "")
    assert witness.given_away() == set()
    planted = FORMS[form]
    witness.hear(f"-- {planted} --")
    assert witness.given_away() == {"TOKEN_HERE in what was said"}
    file = tmp_path / "deep" / ".hidden" / "report.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff" + planted.encode() + b"\0")
    assert witness.given_away() == {"TOKEN_HERE in what was said", f"TOKEN_HERE in {file}"}
    assert SECRET not in str(witness.given_away())


def test_it_is_found_in_a_store_of_either_kind(witness: Witness, tmp_path: Path, postgres_url: str) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as lite, psycopg.connect(postgres_url) as postgres:
        for each in (lite, postgres):
            each.execute("CREATE TABLE journal (detail TEXT)")
            each.execute(f"INSERT INTO journal VALUES ('{SECRET}')")  # type: ignore[arg-type]  # noqa: S608
            each.commit()
    witness.wrote(tmp_path, postgres_url)
    assert witness.given_away() == {f"TOKEN_HERE in {tmp_path / 'state.db'}", "TOKEN_HERE in table journal"}


def test_passwords_in_files_may_stand_there_and_nowhere_else(tmp_path: Path) -> None:
    witness = Witness()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "alice").write_text("Wonder-land-1865!\n")
    witness.wrote(tmp_path)
    assert witness.given_away() == set()
    witness.hear("Wonder-land-1865!")
    assert witness.given_away() == {"the password in alice in what was said"}


def test_every_command_is_heard_with_the_secrets_of_its_moment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OLD", "the-token-of-before")
    place.house.run("validate")
    monkeypatch.delenv("TOKEN_OLD")
    run_reconciler("platforms", cwd=place.house.root)
    environment(SECRET_OF_A_CHILD="another-one-7")
    names = set(WITNESS.secrets.values())
    assert {"TOKEN_THERE", "TOKEN_OLD", "SECRET_OF_A_CHILD"} <= names
    assert any(b"alibaba-idaas" in each for each in WITNESS.said)
    assert place.house.root in WITNESS.folders


def test_a_test_that_gives_one_away_fails(place: Place, request: pytest.FixtureRequest) -> None:
    hook = pytest_runtest_call(request.node)
    next(hook)
    planted = place.house.root / "plan.json"
    planted.write_text(place.server.token)
    with pytest.raises(AssertionError, match="given away: TOKEN_THERE in"):
        next(hook)
    planted.unlink()
