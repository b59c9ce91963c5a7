"""First passwords on IDaaS: "Sync Password" of the vendor's page on Okta, and `password` of the user fields."""

from __future__ import annotations

import json
from random import SystemRandom
from typing import TYPE_CHECKING

import pytest
from branches import Branch, Settings, branch
from planning_kit import target_of
from workplace import results

from reconciler.core.manifests.targets import PasswordRules
from reconciler.core.mapping.password_sources import PasswordSource
from reconciler.core.passwords import password_problem
from reconciler.errors import ManifestError

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = "users:\n  ann: {displayName: Ann}\n  bob: {displayName: Bob}\n"
RULES = "rules: {minLength: 12, classes: 3}"
FROM_FILES = f'passwords: {{from: "${{file:secrets/{{key}}}}", {RULES}}}'
RANDOM = f"passwords: {{onCreate: random, length: 24, {RULES}}}"
ANN, BOB = "Wonder-land-1865", "Builders-hat-2"


def idaas_of(folder: Path, line: str | None, people: str = PEOPLE, **files: str) -> Branch:
    """IDaaS whose complexity rules ask for twelve characters."""
    idaas = branch(folder, "alibaba-idaas", people, *([line] if line else []), password_length=12)
    idaas.settings = Settings(files={f"secrets/{key}": text for key, text in files.items()})
    settings = target_of(idaas.catalog).settings.passwords
    idaas.passwords = PasswordSource(settings, idaas.settings, SystemRandom())
    return idaas


def sent(idaas: Branch) -> dict[str, str | None]:
    """By userName, the password in each POST; no other request carries one."""
    bodies = [(each.request.method, each.request.body) for each in idaas.vendor.log]
    assert not any("password" in json.dumps(body).lower() for method, body in bodies if method != "POST")
    return {body["userName"]: body.get("password") for method, body in bodies if method == "POST"}


def test_disabled_no_password_is_sent(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, None)
    idaas.apply()
    idaas.converged()
    assert sent(idaas) == {"ann": None, "bob": None}


def test_enabled_a_random_password_meets_the_complexity_rules_and_is_each_ones_own(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, RANDOM)
    idaas.apply()
    idaas.converged()
    passwords = sent(idaas)
    rules = PasswordRules.model_validate({"minLength": 12, "classes": 3})
    assert [password_problem(each or "", rules) for each in passwords.values()] == ["", ""]
    assert len(set(passwords.values())) == 2


def test_enabled_the_secret_source_of_the_manifests_gives_each_user_a_password_once(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, FROM_FILES, ann=ANN, bob=BOB)
    idaas.apply()
    idaas.converged()
    assert sent(idaas) == {"ann": ANN, "bob": BOB}
    idaas.vendor.clear_log()
    idaas.replace("displayName: Ann", "displayName: Anna")
    idaas.apply()
    idaas.converged()
    assert sent(idaas) == {}


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"ann": ANN, "bob": "Short-1"}, "is shorter than 12 characters"),
        ({"ann": ANN, "bob": "onlysmallletters"}, "holds fewer than 3 kinds of characters"),
        ({"ann": ANN}, "is missing: ${file:secrets/bob}"),
        ({"ann": ANN, "bob": ""}, "is missing: ${file:secrets/bob}"),
    ],
)
def test_a_password_that_idaas_would_refuse_is_found_before_anything_is_sent(
    tmp_path: Path, files: dict[str, str], problem: str
) -> None:
    idaas = idaas_of(tmp_path, FROM_FILES, **files)
    with pytest.raises(ManifestError) as caught:
        idaas.plan()
    [fault] = caught.value.diagnostics
    assert str(fault).startswith("manifests/targets.yaml:6:")
    assert "the first password of bob (manifests/people.yaml:3" in str(fault)
    assert problem in str(fault)
    assert "Short-1" not in str(fault)
    assert idaas.users() == {}


def test_a_password_that_is_weaker_than_the_policy_of_idaas_fails_that_user_alone_and_is_shown_nowhere(
    tmp_path: Path,
) -> None:
    """ "the Okta password policy must be at least as strict as the IDaaS password policy"."""
    weaker = FROM_FILES.replace("12", "8").replace("3", "1")
    idaas = idaas_of(tmp_path, weaker, ann=ANN, bob="weakweak")
    applied = idaas.apply()
    assert results(applied) == {"user:ann:create": "done", "user:bob:create": "failed"}
    assert "weakweak" not in applied.report.model_dump_json()
    assert set(idaas.users()) == {"ann"}


def test_an_account_that_is_adopted_keeps_its_password(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, FROM_FILES, ann=ANN)
    idaas.console("POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob"})
    idaas.apply()
    idaas.converged()
    assert sent(idaas) == {"ann": ANN}


def test_an_account_that_is_there_by_apply_time_keeps_its_password(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, FROM_FILES, ann=ANN, bob=BOB)
    planned = idaas.plan()
    idaas.console("POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob"})
    assert results(idaas.apply(planned)) == {"user:ann:create": "done", "user:bob:create": "failed"}
    assert sent(idaas) == {"ann": ANN}


def test_a_user_who_returns_after_disabling_keeps_the_password(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, FROM_FILES, ann=ANN, bob=BOB)
    idaas.apply()
    idaas.replace("{displayName: Bob}", "{state: disabled, displayName: Bob}")
    idaas.apply()
    idaas.replace("state: disabled, ", "")
    idaas.vendor.clear_log()
    idaas.apply()
    idaas.converged()
    assert sent(idaas) == {}
