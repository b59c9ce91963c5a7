"""The sandbox's SCIM endpoint: scim2-server with a bearer token, custom attributes and quick listings."""

from __future__ import annotations

import hmac
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson
from scim2_models import Schema, SchemaExtension, ScimProvider, UnauthorizedException
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

from reconciler.sandbox.listing import ListingService, ListingStorage
from reconciler.sandbox.storage import WriteThroughStorage

if TYPE_CHECKING:
    from scim2_server.applications.asgi import Send
    from scim2_server.requests import ScimRequest
    from scim2_server.responses import ScimResponse

    from reconciler.sandbox.store import SandboxStore


class SandboxApplication(ASGIApplication):
    """The endpoint over the rows of `store`; a None `token` accepts every request."""

    def __init__(self, store: SandboxStore, token: str | None) -> None:
        provider = sandbox_provider(asks_token=token is not None)
        storage = ListingStorage(WriteThroughStorage(store, provider))
        super().__init__(storage, provider, ListingService(provider))
        self._token = token

    def check_auth(self, request: ScimRequest) -> None:
        """Raises UnauthorizedException unless the request carries the token (RFC 6750 §2.1)."""
        if self._token is None:
            return
        scheme, _, given = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._token.encode()):
            raise UnauthorizedException

    @staticmethod
    async def send_response(response: ScimResponse, send: Send) -> None:
        body = b"" if response.body is None else orjson.dumps(response.body)
        headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
        if body:
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": int(response.status), "headers": headers})
        await send({"type": "http.response.body", "body": body})


@cache
def sandbox_provider(*, asks_token: bool) -> ScimProvider:
    """RFC 7643's User and Group with the enterprise extension, and one extension more: customfield.json.

    Kept, as making its models takes longer than starting a sandbox; nothing changes it afterwards.
    """
    custom = Schema.model_validate(read_schema("customfield.json"))
    resource_types = load_default_resource_types()
    user = resource_types["User"]
    extension = SchemaExtension.model_validate({"schema": custom.id, "required": False})
    user.schema_extensions = [*(user.schema_extensions or []), extension]
    config = load_default_service_provider_config()
    if asks_token:
        config.authentication_schemes = [BEARER_TOKEN_SCHEME]
    schemas = [*load_default_schemas().values(), custom]
    return ScimProvider.from_discovery(schemas, resource_types.values(), config=config)


def read_schema(name: str) -> Any:
    """A schema of this package, as JSON."""
    return json.loads((files("reconciler.sandbox") / "schemas" / name).read_text(encoding="utf-8"))
