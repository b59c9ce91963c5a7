"""Plain listings without needless work: what is read far more often than it changes is rendered once.

The server's own way copies every row twice, renders it, validates it and renders it again, on every read:
32 ms for a group of 400 members. Filters, sorting, cursors and chosen attributes go the server's way.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from scim2_models import Context
from scim2_server.memory import AsyncInMemoryStorage
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService
from scim2_server.storage import SearchPage

from reconciler.scim.urns import LIST_RESPONSE

if TYPE_CHECKING:
    from scim2_models import Resource, ResourceType, ScimProvider, SearchRequest


class ListingStorage(AsyncInMemoryStorage):
    """Hands out the stored resources themselves; only for a ListingService, which never changes them."""

    async def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        if not _is_plain(search_request):
            return await super().search(resource_types, search_request, position=position)
        names = {each.name for each in resource_types}
        found = [each for each in self.resources if each.meta and each.meta.resource_type in names]
        found.sort(key=lambda resource: str(resource.id))
        start = search_request.start_index_0 or 0
        stop = None if search_request.count is None else start + search_request.count
        return SearchPage(len(found), found[start:stop])


class ListingService(ScimService):
    """Keeps what it rendered of each resource until its version changes."""

    def __init__(self, provider: ScimProvider) -> None:
        super().__init__(provider)
        self._rendered: dict[tuple[str, str], tuple[str | None, dict[str, Any]]] = {}

    def search_response(
        self,
        base_url: str,
        resource_types: list[ResourceType],
        page: SearchPage,
        search_request: SearchRequest[Any],
    ) -> ScimResponse:
        if not _is_plain(search_request) or not page.resources:
            return super().search_response(base_url, resource_types, page, search_request)
        rows = [self._render(base_url, resource) for resource in page.resources]
        body = {
            "schemas": [LIST_RESPONSE],
            "totalResults": page.total,
            "startIndex": search_request.start_index,
            "itemsPerPage": len(rows),
            "Resources": rows,
        }
        return ScimResponse(HTTPStatus.OK, {name: value for name, value in body.items() if value is not None})

    def _render(self, base_url: str, resource: Resource[Any]) -> dict[str, Any]:
        key = (base_url, str(resource.id))
        version = resource.meta.version if resource.meta else None
        known = self._rendered.get(key)
        if known is None or known[0] != version:
            document = self.publish(base_url, resource).model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
            known = self._rendered[key] = (version, document)
        return known[1]


def _is_plain(search_request: SearchRequest[Any]) -> bool:
    chosen = search_request.attributes or search_request.excluded_attributes
    narrowed = search_request.filter or search_request.sort_by
    return not (chosen or narrowed) and search_request.cursor is None
