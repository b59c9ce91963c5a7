"""Whole runs against a platform's sandbox, without a network, and what the sandbox had to refuse on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from secrecy import WITNESS
from servers.inprocess import Caller
from workplace import Workplace

from reconciler.core.endpoint import Endpoint
from reconciler.core.mapping.connecting import connect
from reconciler.core.mapping.target_checks import check_target
from reconciler.core.mapping.targets import Target
from reconciler.core.plan import Plan
from reconciler.diagnostics import Faults
from reconciler.sandbox import SandboxOptions, SandboxStore, create_platform
from reconciler.sandbox.platform import Exchange

ORIGIN = "http://sandbox.example"
SECRET = "sandbox-secret"
TOKEN = "sandbox-token"
PEOPLE = """
users:
  ann.lee: {name: {givenName: Ann, familyName: Lee}, displayName: Ann Lee, emails: ann.lee@example.com}
  bob.ray: {name: {givenName: Bob, familyName: Ray}, displayName: Bob Ray, emails: bob.ray@example.com}
  cy.day: {name: {givenName: Cy, familyName: Day}, displayName: Cy Day, emails: cy.day@example.com}
groups:
  eng: {displayName: Engineering, members: [ann.lee, bob.ray]}
"""
"""People whom every platform takes."""


@dataclass
class Settings:
    """What the targets of these tests refer to."""

    variables: dict[str, str] = field(default_factory=lambda: {"TOKEN": TOKEN, "SECRET": SECRET})
    files: dict[str, str] = field(default_factory=dict)

    def variable(self, name: str) -> str | None:
        return self.variables.get(name)

    def file(self, path: str) -> str | None:
        return self.files.get(path)


@dataclass
class Branch(Workplace):
    """A workplace with a platform's own target. `vendor` is the sandbox, `lines` its target's keys beside the usual.

    A line `auth: …` takes the place of the usual one.
    """

    platform: str = "generic"
    settings: Settings = field(default_factory=Settings)
    options: SandboxOptions = field(
        default_factory=lambda: SandboxOptions(tokens=(TOKEN,), client_id="sandbox", client_secret=SECRET)
    )

    def __post_init__(self) -> None:
        self.vendor = create_platform(SandboxStore(), self.platform, options=self.options)
        self.app = self.vendor
        self.url = ORIGIN + self.vendor.base_path
        super().__post_init__()
        self.call = Caller(self.vendor)
        for name, value in self.settings.variables.items():
            WITNESS.keep(value, name)
        WITNESS.wrote(self.folder, self.state)

    @property
    def refused(self) -> list[str]:
        """What the endpoint had to refuse: `PATCH /Users/1 400 {…}`. That somebody is not there is no refusal."""
        return [_told(each) for each in self.vendor.refused if (each.request.method, each.status) != ("GET", 404)]

    def console(self, method: str, path: str, body: Any = None) -> Any:
        """What a person does in the vendor's console."""
        answer = self.call(method, f"{ORIGIN}/console{path}", body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def converged(self, *, withheld: Sequence[tuple[str, str]] = ()) -> Plan:
        """Asserts that nothing is pending or held, that only these rows are withheld (key, reason), that nothing had
        to be refused.
        """
        plan = self.settled()
        assert {(each.key or each.name, str(each.reason)) for each in plan.withheld} == set(withheld)
        assert self.refused == []
        return plan

    def faults(self) -> list[str]:
        """What `validate` says of the target, as `error users.ann.emails: …`."""
        from planning_kit import catalog_of, target_of

        catalog, faults = catalog_of(self._tree, self.clock.time.date()), Faults()
        check_target(target_of(catalog), catalog, faults)
        return [str(each) for each in faults.ordered()]

    def edit(self, name: str, **values: Any) -> None:
        """Somebody changes a user in the console."""
        live = self.users()[name]
        operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
        self.patch(f"/Users/{live['id']}", *operations)

    def patch(self, path: str, *operations: dict[str, Any]) -> int:
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}
        self.console("PATCH", path, body)
        return 200

    def _rows(self, path: str) -> list[dict[str, Any]]:
        return list(self.console("GET", f"{path}?count=1000").get("Resources") or [])

    @property
    def _tree(self) -> Mapping[str, str]:
        return {"people.yaml": self.people, "targets.yaml": self._target_text}

    @property
    def _target_text(self) -> str:
        auth = 'auth: {bearer: "${TOKEN}"}'
        if "bearer" not in self.vendor.profile.authentication.methods:
            token_url = f"{ORIGIN}{self.vendor.token_path}"
            client = f'clientId: sandbox, clientSecret: "${{SECRET}}", tokenUrl: "{token_url}"'
            auth = f"auth: {{oauth2: {{{client}}}}}"
        usual = [] if any(each.startswith("auth:") for each in self.target) else [auth]
        keys = [f"platform: {self.platform}", f"url: {self.url}", *usual, *self.target]
        return "targets:\n  there:\n" + "".join(f"    {key}\n" for key in keys)

    def _endpoint(self, target: Target) -> Endpoint:
        return connect(target.settings, target.profile, self.settings, None)


def branch(folder: Path, platform: str, people: str = PEOPLE, *lines: str, **options: Any) -> Branch:
    """A branch with the target's further keys in `lines` and the sandbox's options."""
    chosen = SandboxOptions(tokens=(TOKEN,), client_id="sandbox", client_secret=SECRET, **options)
    return Branch(folder, people, lines, platform=platform, options=chosen)


def _told(exchange: Exchange) -> str:
    request, reply = exchange.request, exchange.reply
    return f"{request.method} {request.path} {reply.status} {reply.body}"
