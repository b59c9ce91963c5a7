"""A platform's sandbox, spoken to in plain HTTP without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from reconciler.sandbox import SandboxOptions, SandboxStore, create_platform
from reconciler.sandbox.platform import PlatformApplication
from reconciler.scim.urns import GROUP, PATCH_OP, USER

ORIGIN = "https://sandbox.example"
TOKEN = "token"


@dataclass
class Vendor:
    """`app` is the sandbox; paths are relative to its base URL, bodies are JSON documents."""

    app: PlatformApplication
    token: str = TOKEN

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """`headers` with underscores for hyphens."""
        given = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): each for name, each in headers.items()
        }
        return self.ask(method, f"{ORIGIN}{self.app.base_path}{path}", body, given)

    def console(self, method: str, path: str, body: Any = None) -> httpx.Response:
        answer = self.ask(method, f"{ORIGIN}/console{path}", body, {})
        assert answer.is_success, answer.text
        return answer

    def ask(self, method: str, url: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app)) as client:
                return await client.request(method, url, json=body, headers=headers)

        return asyncio.run(send())

    def create(self, kind: str, document: Any) -> str:
        """The id of a new resource."""
        answer = self("POST", f"/{kind}s", document)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def group(self, name: str, *members: str) -> str:
        return self.create("Group", a_group(name, *members))

    def patch(self, path: str, *operations: dict[str, Any]) -> httpx.Response:
        return self("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    def find(self, kind: str, condition: str, extra: str = "") -> httpx.Response:
        return self("GET", f"/{kind}s?filter={quote(condition)}{extra}")

    def found(self, kind: str, condition: str) -> list[str]:
        """The ids that a filter finds."""
        answer = self.find(kind, condition)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["Resources"]]

    def read(self, path: str) -> Any:
        answer = self("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def members(self, group: str) -> list[str]:
        """Who is in a group, as the console shows it."""
        return [each["value"] for each in self.console("GET", f"/Groups/{group}").json().get("members", [])]


@contextmanager
def vendor(platform: str, **options: Any) -> Iterator[Vendor]:
    with SandboxStore() as store:
        yield Vendor(create_platform(store, platform, TOKEN, SandboxOptions(**options)))


def a_user(name: str, /, **attributes: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": name, **attributes}


def a_group(name: str, *members: str) -> dict[str, Any]:
    shown = {"members": [{"value": each} for each in members]} if members else {}
    return {"schemas": [GROUP], "displayName": name, **shown}


def refused(answer: httpx.Response, status: int = 400) -> bool:
    assert answer.status_code == status, answer.text
    return True
