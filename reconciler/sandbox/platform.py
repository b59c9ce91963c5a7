"""The sandbox of one platform: its SCIM endpoint, its token endpoint, and its console.

What a person does in the vendor's console, behind the reconciler's back, is done under `/console` of the same origin,
without credentials and without what the SCIM endpoint asks of a client:

    POST, GET, PUT, PATCH, DELETE /console/Users[/ID], /console/Groups[/ID]    as SCIM requests, secrets never shown
    PUT, DELETE /console/Users/ID/accessKeys                                  attach access keys, detach them
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler.platforms.registry import load_profile
from reconciler.sandbox.directory import Directory
from reconciler.sandbox.endpoint import Endpoint, RuledStorage
from reconciler.sandbox.exchange import Reply, Request, error_reply, read_request, through, write_reply
from reconciler.sandbox.options import SandboxOptions
from reconciler.sandbox.provider import console_provider, platform_provider
from reconciler.sandbox.quirks import Premises, quirks_of, rules_of
from reconciler.sandbox.quirks.credentials import TokenDesk
from reconciler.sandbox.storage import WriteThroughStorage

if TYPE_CHECKING:
    from reconciler.sandbox.store import SandboxStore

CONSOLE = "/console"
ACCESS_KEYS = "accessKeys"
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request to the SCIM or the token endpoint, and the answer."""

    request: Request
    reply: Reply

    @property
    def status(self) -> int:
        return self.reply.status


class PlatformApplication:
    """An ASGI application. `log` holds the last requests, those to the console left out; `desk` the credentials.

    `base_path` is what stands between the origin and `/Users`; `token_path` the token endpoint's path, if there is one.
    """

    def __init__(self, store: SandboxStore, platform: str, options: SandboxOptions) -> None:
        self.profile = load_profile(platform)
        self.options = options
        self.log: deque[Exchange] = deque(maxlen=_REMEMBERED)
        self.desk = TokenDesk(options, {*options.tokens}, issues="bearer" not in self.profile.authentication.methods)
        self.base_path = base_path(platform)
        oauth2 = self.profile.authentication.oauth2
        self.token_path = urlsplit(oauth2.token_url).path if oauth2 is not None else None
        self._holders: set[str] = set()
        provider = platform_provider(platform, options.custom_namespace)
        storage = WriteThroughStorage(store, provider)
        directory = Directory(storage)
        rules = list(rules_of(self.profile, options))
        self._console = Endpoint(
            RuledStorage(storage, directory, []), console_provider(platform, options.custom_namespace)
        )
        plain = Endpoint(RuledStorage(storage, directory, rules), provider)
        premises = Premises(options, self.desk, directory, self._holders)
        self._answer = through(list(quirks_of(self.profile, premises)), plain.answer)

    @property
    def refused(self) -> list[Exchange]:
        """The requests of the log that were answered by an error."""
        return [each for each in self.log if each.reply.refused]

    def clear_log(self) -> None:
        self.log.clear()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await Endpoint.serve_lifespan(receive, send)
            return
        request = await read_request(scope, receive, self.base_path)
        await write_reply(await self._reply(request), send)

    async def _reply(self, request: Request) -> Reply:
        if request.path.startswith(f"{CONSOLE}/"):
            return await self._at_console(replace(request, path=request.path.removeprefix(CONSOLE)))
        if request.path != self.token_path:
            if not request.path.startswith(f"{self.base_path}/"):
                return error_reply(self.profile.errors.unknown_tenant, f"there is nothing at {request.path}")
            request = replace(request, path=request.path.removeprefix(self.base_path))
        reply = await self._answer(request)
        self.log.append(Exchange(request, reply))
        return reply

    async def _at_console(self, request: Request) -> Reply:
        if request.segments[2:] != [ACCESS_KEYS]:
            return await self._console.answer(request)
        change = {"PUT": self._holders.add, "DELETE": self._holders.discard}.get(request.method)
        if change is None:
            return error_reply(405, "access keys are attached by PUT and detached by DELETE")
        change(str(request.id))
        return Reply(204)


def base_path(platform: str) -> str:
    """`/v2`; nothing where the platform's own base URL is an origin alone."""
    console = load_profile(platform).console
    return "/v2" if console is None or urlsplit(console.example).path.strip("/") else ""
