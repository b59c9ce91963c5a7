"""The parameters of the vendor's page "Synchronize IDaaS accounts to an application by using SCIM" as target settings,
each in a test named after it, and the page's limits and table of platforms.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from branches import TOKEN, Branch, branch
from planning_kit import signs
from platforms.centers import done, requests
from workplace import results

from reconciler.cli.main import run
from reconciler.core.vocabulary import DropReason
from reconciler.platforms.registry import WITHOUT_SCIM, load_profile, platform_names

RAM, CLOUDSSO = "alibaba-ram", "alibaba-cloudsso"
PEOPLE = """
users:
  ann.lee: {displayName: Ann Lee, title: Boss, custom: {city: Hangzhou}}
  bob.ray: {displayName: Bob Ray}
groups:
  eng: {displayName: Engineering, members: [ann.lee]}
"""
MAPPING = """
mappings:
  ours:
    extends: %s
    users:
      attributes:
        displayName: "{{ user.displayName }} ({{ user.key }})"
        %s
"""


def sent(place: Branch, method: str = "POST", start: str = "/Users") -> list[dict[str, Any]]:
    return [each.body for each in requests(place, method, start)]


class TestScimBaseUrl:
    def test_of_ram_is_fixed(self) -> None:
        console = load_profile(RAM).console
        assert console is not None
        assert console.example == "https://scim.aliyun.com"

    def test_is_where_requests_go(self, tmp_path: Path) -> None:
        """RAM has no path of its own in front of /Users."""
        made = branch(tmp_path, RAM, PEOPLE)
        made.apply()
        assert {each.request.base_url for each in made.vendor.log if each.request.kind} == {"http://sandbox.example"}


class TestAuthorization:
    def test_oauth_client_mode(self, tmp_path: Path) -> None:
        made = branch(tmp_path, RAM, PEOPLE)
        done(made, "user:ann.lee create", "user:bob.ray create")
        assert [each.path for each in requests(made, "POST", "/v1")] == ["/v1/token"] * 3

    def test_key_mode(self, tmp_path: Path) -> None:
        made = branch(tmp_path, CLOUDSSO, PEOPLE)
        made.apply()
        keys = {each.request.headers.get("authorization") for each in made.vendor.log}
        assert keys <= {f"Bearer {TOKEN}", None}

    @pytest.mark.parametrize(
        ("platform", "line", "problem"),
        [
            (RAM, 'auth: {bearer: "${TOKEN}"}', "alibaba-ram takes no bearer tokens (use auth.oauth2)"),
            (
                CLOUDSSO,
                'auth: {oauth2: {clientId: a, clientSecret: "${SECRET}", tokenUrl: "https://login.example/token"}}',
                "alibaba-cloudsso takes no OAuth2 clients (use auth.bearer)",
            ),
        ],
    )
    def test_in_the_mode_that_the_application_does_not_take_is_a_fault(
        self, tmp_path: Path, platform: str, line: str, problem: str
    ) -> None:
        [fault] = branch(tmp_path, platform, PEOPLE, line).faults()
        assert fault.startswith("manifests/targets.yaml:")
        assert fault.endswith(problem)


class TestOperationsToInvoke:
    """`manage`: what is not invoked is shown, and nothing is sent."""

    CHANGED = """
users:
  ann.lee: {displayName: Ann Li}
  cy.day: {displayName: Cy Day}
groups:
  eng: {displayName: Engines, members: [cy.day]}
"""

    @pytest.mark.parametrize(
        ("users", "expected"),
        [
            ("[create]", {"user:cy.day create"}),
            ("[update]", {"user:ann.lee update"}),
            ("[disable]", {"user:bob.ray disable"}),
            ("[create, update, disable]", {"user:cy.day create", "user:ann.lee update", "user:bob.ray disable"}),
            ("[]", set()),
        ],
    )
    def test_on_users(self, tmp_path: Path, users: str, expected: set[str]) -> None:
        made = branch(tmp_path, CLOUDSSO, PEOPLE)
        made.apply()
        made.people, made.target = self.CHANGED, (f"manage: {{users: {users}, groups: []}}",)
        planned = made.plan()
        assert set(signs(planned.plan.operations)) == expected
        assert {str(each.reason) for each in planned.plan.withheld} <= {"unmanaged_operation"}
        made.vendor.clear_log()
        made.apply(planned)
        assert len([each for each in made.vendor.log if each.request.method != "GET"]) == len(expected)
        assert made.plan().plan.operations == ()

    @pytest.mark.parametrize(
        ("groups", "expected"),
        [
            ("[update]", {"group:eng update"}),
            ("[members]", {"group:eng add_members", "group:eng remove_members"}),
            ("[]", set()),
        ],
    )
    def test_on_groups(self, tmp_path: Path, groups: str, expected: set[str]) -> None:
        made = branch(tmp_path, CLOUDSSO, PEOPLE + "  ops: {displayName: Operations}\n")
        made.apply()
        made.people, made.target = self.CHANGED, (f"manage: {{groups: {groups}}}",)
        planned = made.plan()
        assert {each for each in signs(planned.plan.operations) if each.startswith("group:")} == expected

    def test_hold_in_every_run_alike(self, tmp_path: Path) -> None:
        """The selected operations apply to incremental and full synchronization: there is one kind of run here."""
        made = branch(tmp_path, CLOUDSSO, PEOPLE, "manage: {users: [create], groups: [create]}")
        made.apply()
        made.replace("Ann Lee", "Ann Li")
        for choice in ({}, {"only": ["user:ann.lee"]}):
            assert made.plan(**choice).plan.operations == ()


class TestFullPushScope:
    def test_accounts_only(self, tmp_path: Path) -> None:
        people = PEOPLE + "scopes:\n  accounts: {groups: {include: []}}\n"
        made = branch(tmp_path, CLOUDSSO, people, "scope: accounts")
        done(made, "user:ann.lee create", "user:bob.ray create")
        assert made.groups() == {}

    def test_accounts_and_groups(self, tmp_path: Path) -> None:
        made = branch(tmp_path, CLOUDSSO, PEOPLE)
        done(made, "user:ann.lee create", "user:bob.ray create", "group:eng create")
        assert made.members("Engineering") == {"ann.lee"}

    def test_narrowed_from_groups_to_accounts_leaves_the_groups_where_they_are(self, tmp_path: Path) -> None:
        made = branch(tmp_path, CLOUDSSO, PEOPLE + "scopes:\n  accounts: {groups: {include: []}}\n")
        made.apply()
        made.target = ("scope: accounts",)
        done(made, withheld=(("eng", "left_scope"),))
        assert made.members("Engineering") == {"ann.lee"}

    def test_of_some_accounts(self, tmp_path: Path) -> None:
        people = PEOPLE + 'scopes:\n  bosses: {users: {where: title eq "Boss"}}\n'
        made = branch(tmp_path, CLOUDSSO, people, "scope: bosses")
        done(made, "user:ann.lee create", "group:eng create")


class TestFieldMapping:
    def test_extends_the_platforms_own(self, tmp_path: Path) -> None:
        people = PEOPLE + MAPPING % (CLOUDSSO, 'title: "{{ user.title }}"')
        made = branch(tmp_path, CLOUDSSO, people, "mapping: ours")
        done(made, "user:ann.lee create", "user:bob.ray create", "group:eng create")
        ann = made.users()["ann.lee"]
        assert (ann["displayName"], ann["title"], ann["externalId"]) == ("ann lee (ann.lee)", "Boss", "ann.lee")

    def test_of_a_field_that_the_application_does_not_have_is_a_fault(self, tmp_path: Path) -> None:
        people = PEOPLE + MAPPING % (RAM, 'title: "{{ user.title }}"')
        [fault] = branch(tmp_path, RAM, people, "mapping: ours").faults()
        assert fault.startswith("manifests/people.yaml:")
        assert "title" in fault

    def test_leaves_a_field_out(self, tmp_path: Path) -> None:
        people = PEOPLE + MAPPING.replace('        displayName: "{{ user.displayName }} ({{ user.key }})"\n', "") % (
            RAM,
            "displayName: null",
        )
        made = branch(tmp_path, RAM, people, "mapping: ours")
        done(made, "user:ann.lee create", "user:bob.ray create")
        assert all("displayName" not in each for each in sent(made))


class TestAccountFieldValuesInLowerCase:
    @pytest.mark.parametrize("platform", [RAM, CLOUDSSO])
    def test_are_what_is_sent(self, tmp_path: Path, platform: str) -> None:
        made = branch(tmp_path, platform, PEOPLE.replace("ann.lee:", "Ann.LEE:").replace("[ann.lee]", "[Ann.LEE]"))
        made.apply()
        made.converged()
        texts = [body[name] for body in sent(made) for name in ("userName", "externalId", "displayName")]
        assert texts == [each.lower() for each in texts]

    @pytest.mark.parametrize("platform", sorted({*platform_names()} - {RAM, CLOUDSSO, "generic"}))
    def test_are_for_these_two_alone(self, platform: str) -> None:
        assert not any(each.lower for each in load_profile(platform).users.attributes.values())


class TestLimits:
    def test_organization_sync_is_not_supported(self, tmp_path: Path) -> None:
        """SCIM has no organisations: one that a user names is no object, and is sent nowhere but to IDaaS."""
        people = PEOPLE.replace("title: Boss", "title: Boss, organization: cn-east")
        made = branch(tmp_path, CLOUDSSO, people)
        made.apply()
        made.converged()
        assert not [body for body in sent(made) if "cn-east" in json.dumps(body)]

    @pytest.mark.parametrize(("platform", "groups"), [(RAM, False), (CLOUDSSO, True)])
    def test_group_sync_depends_on_the_target_application(self, tmp_path: Path, platform: str, groups: bool) -> None:
        made = branch(tmp_path, platform, PEOPLE)
        planned = made.plan()
        assert ("group:eng create" in signs(planned.plan.operations)) is groups
        dropped = [(each.what, each.reason, each.count) for each in planned.plan.dropped]
        assert dropped == ([] if groups else [("groups", DropReason.NO_GROUPS, 1)])
        assert {*results(made.apply(planned)).values()} == {"done"}


TABLE = """
| Alibaba Cloud RAM | Supported | Supported | Not supported | Not supported |
| Alibaba Cloud CloudSSO | Support | Not supported | Not supported | Supported (Implicitly supported through the CloudSSO overwrite logic for identical names) |
| Huawei Cloud IAM | Not supported |
| Huawei Cloud IAM Identity Center | Supported | Supported | Supported | Supported |
| Tencent Cloud CAM | Not supported |
| Tencent Cloud Group Management | Supported | Supported | Support | Supported (Username cannot be changed) |
| Volcengine IAM | Not supported |
| Volcengine Cloud Identity Center | Supported | Not supported | Not supported | Not supported |
| AWS/International Site IAM | Not supported |
| AWS/International Site IAM Identity Center | Supported | Supported | Supported | Supported |
"""  # noqa: E501
"""Platform, SCIM support, supports retrieving existing users, supports modifying them, existing users associated."""

NAMES = {
    "Alibaba Cloud RAM": "alibaba-ram",
    "Alibaba Cloud CloudSSO": "alibaba-cloudsso",
    "Huawei Cloud IAM": "huawei-iam",
    "Huawei Cloud IAM Identity Center": "huawei-identity-center",
    "Tencent Cloud CAM": "tencent-cam",
    "Tencent Cloud Group Management": "tencent-identity-center",
    "Volcengine IAM": "volcengine-iam",
    "Volcengine Cloud Identity Center": "volcengine-identity-center",
    "AWS/International Site IAM": "aws-iam",
    "AWS/International Site IAM Identity Center": "aws-identity-center",
}


def table() -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("row", table(), ids=lambda row: row[0])
def test_scim_support_by_platform(row: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["platforms", "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    name, (scim, *existing) = NAMES[row[0]], row[1:]
    shown = {each["name"]: each for each in document["platforms"]}
    if scim == "Not supported":
        assert name not in shown
        assert name in {each["name"] for each in document["withoutScim"]}
        return
    users = shown[name]["existingUsers"]
    told = [users[column] for column in ("retrieve", "modify", "associate")]
    assert [each["value"] for each in told] == [each.startswith("Support") for each in existing]
    assert {each["certainty"] for each in told} == {"table"}
    assert shown[name]["users"]["rename"]["value"] is False or "Username cannot be changed" not in row[-1]


def test_every_platform_that_is_known_stands_in_the_table_but_the_service_itself() -> None:
    known = {*platform_names(), *WITHOUT_SCIM}
    assert {NAMES[row[0]] for row in table()} == known - {"generic", "alibaba-idaas"}
