"""scim2-server asked in plain requests: with a platform's rules as its SCIM endpoint, without them as its console."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from reconciler.sandbox.directory import Directory, Rule, Write, member_ids
from reconciler.sandbox.exchange import Refusal, Reply, Request, Row
from reconciler.sandbox.listing import ListingService, ListingStorage

if TYPE_CHECKING:
    from scim2_models import Resource, ResourceType, ScimProvider, SearchRequest

    from reconciler.sandbox.storage import WriteThroughStorage


class RuledStorage(ListingStorage):
    """Everything that is stored goes through the rules first; who is deleted leaves every group."""

    def __init__(self, storage: WriteThroughStorage, directory: Directory, rules: Sequence[Rule]) -> None:
        super().__init__(storage)
        self._rows = storage
        self._directory = directory
        self._rules = rules

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        return await super().create(resource_type, self._ruled(resource_type, None, resource))

    async def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        before = self._directory.get(str(resource_type.name), str(resource.id))
        ruled = self._ruled(resource_type, before, resource)
        return await super().update(resource_type, ruled, expected_version=expected_version)

    async def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        await super().delete(resource_type, resource_id, expected_version=expected_version)
        for group in self._directory.rows("Group"):
            if resource_id in member_ids(group):
                left = [each for each in group["members"] if each.get("value") != resource_id]
                self._rows.replace("Group", {**group, "members": left})

    def _ruled(self, resource_type: ResourceType, before: Row | None, resource: Resource[Any]) -> Resource[Any]:
        after = resource.model_dump()
        for rule in self._rules:
            after = rule(Write(str(resource_type.name), before, after, self._directory))
        return type(resource).model_validate(after)


class _UnboundListings(ListingService):
    def _bound_count(self, search_request: SearchRequest[Any]) -> None:
        """How much a listing shows is for the quirks to say; what discovery announces bounds nothing here."""


class Endpoint(ASGIApplication):
    """Answers requests without ASGI, and shares no answer's body with whoever may change it."""

    def __init__(self, storage: ListingStorage, provider: ScimProvider) -> None:
        super().__init__(storage, provider, _UnboundListings(provider))

    async def answer(self, request: Request) -> Reply:
        headers = {name: each for name, each in request.headers.items() if name != "content-length"}
        response = await self.serve(
            ScimRequest(
                method=request.method,
                base_url=request.base_url,
                path=request.path,
                query=request.query,
                headers=headers,
                body=b"" if request.body is None else orjson.dumps(request.body),
            )
        )
        return Reply(int(response.status), response.body, response.headers)

    def handle_exception(self, request: ScimRequest, exception: Exception) -> ScimResponse:
        if isinstance(exception, Refusal):
            return _response(exception.reply)
        return super().handle_exception(request, exception)


def _response(reply: Reply) -> ScimResponse:
    return ScimResponse(HTTPStatus(reply.status), reply.body)
