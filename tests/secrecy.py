"""After each end-to-end test: no secret of its environment in anything that was said, saved or remembered.

A folder's `conftest.py` has that checked by importing `pytest_runtest_setup` and `pytest_runtest_call`.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from databases import PASSWORD, STORES
from sqlalchemy import MetaData, NullPool, create_engine, make_url, select

NAMES = re.compile(r"TOKEN|SECRET|HEADER|PASSWORD|^FIRST_|^OLD$|^NEW$")
"""Variables of which the tests' targets and first passwords are made."""
SHORTEST = 8
SECRETS = "secrets"
"""The folder with passwords in files: they may stand there."""


@dataclass
class Witness:
    """What the commands of one test said, what they were not to give away, and where they wrote.

    `secrets`: what each is, by its value.
    """

    secrets: dict[str, str] = field(default_factory=dict)
    said: list[bytes] = field(default_factory=list)
    folders: set[Path] = field(default_factory=set)
    databases: set[str] = field(default_factory=set)

    def begin(self) -> None:
        for each in (self.secrets, self.said, self.folders, self.databases):
            each.clear()
        self.keep(PASSWORD, "the database's password")

    def keep(self, value: str, name: str) -> None:
        """Has a value looked for; not one that any text may hold."""
        if len(value) >= SHORTEST and not value.isalpha() and "://" not in value:
            self.secrets[value] = name

    def read(self, variables: Mapping[str, str]) -> None:
        """Notes the secrets of an environment, as they are at this moment."""
        for name, value in variables.items():
            if NAMES.search(name):
                self.keep(value, name)

    def hear(self, *texts: str) -> None:
        self.said += [each.encode("utf-8", "surrogateescape") for each in texts if each]

    def wrote(self, folder: Path, state: str | None = None) -> None:
        """Has everything below a folder searched, and the store at a URL."""
        self.folders.add(folder)
        if state is not None and state.startswith("postgresql"):
            self.databases.add(state)

    def given_away(self) -> set[str]:
        """What each secret is that was found, and where."""
        for folder in self.folders:
            for file in _files(folder / SECRETS):
                self.keep(file.read_text(encoding="utf-8", errors="replace").strip(), f"the password in {file.name}")
        forms = {form: name for secret, name in self.secrets.items() for form in spellings(secret)}
        places = (*_named(self.said), *self._saved(), *self._remembered())
        return {f"{name} in {place}" for place, content in places for form, name in forms.items() if form in content}

    def _saved(self) -> Iterator[tuple[str, bytes]]:
        for folder in self.folders:
            for file in _files(folder):
                if SECRETS not in file.relative_to(folder).parts:
                    yield str(file), file.read_bytes()

    def _remembered(self) -> Iterator[tuple[str, bytes]]:
        for url in self.databases:
            engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
            tables = MetaData()
            with engine.connect() as connection:
                tables.reflect(connection)
                for table in tables.sorted_tables:
                    yield f"table {table}", repr(connection.execute(select(table)).all()).encode()


WITNESS = Witness()


def pytest_runtest_setup() -> None:
    """Before the fixtures, which run commands as well."""
    WITNESS.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Around the test itself: afterwards its environment, its files and its databases are still there."""
    result = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    WITNESS.read(os.environ)
    if folder is not None:
        WITNESS.wrote(folder, STORES.used(folder))
    found = WITNESS.given_away()
    assert not found, f"given away: {', '.join(sorted(found))}"
    return result


def spellings(secret: str) -> set[bytes]:
    """A secret as it is, in a URL, a form, JSON, and anywhere in a text that base64 was made of."""
    plain = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    return {each.encode() for each in plain} | set(_in_base64(secret.encode()))


def _in_base64(secret: bytes) -> Iterable[bytes]:
    """Three bytes make four letters: what of them does not depend on what stands around the secret."""
    for before in range(3):
        size = before + len(secret)
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(b"\0" * before + secret)[-(-before * 4 // 3) : size * 4 // 3]


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in folder.rglob("*") if each.is_file() and not each.is_symlink())


def _named(texts: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    return (("what was said", each) for each in texts)
