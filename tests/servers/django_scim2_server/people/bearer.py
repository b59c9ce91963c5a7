"""Who asks, and under which address: what a project adds around django-scim2."""

from __future__ import annotations

import hmac
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class BearerMiddleware:
    """Names the user of a request; django-scim2 answers 401 where that one is not authenticated."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = f"Bearer {os.environ['TOKEN']}"
        given = request.headers.get("Authorization", "")
        request.user = SimpleNamespace(is_authenticated=hmac.compare_digest(given.encode(), wanted.encode()))
        return self.get_response(request)


def base_location(request: HttpRequest) -> str:
    return request.build_absolute_uri("/")
