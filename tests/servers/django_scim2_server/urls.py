"""The SCIM endpoint under `/scim/v2/`, and `POST /__reset`, which empties the database."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from people.models import Group, User


def reset(_: HttpRequest) -> HttpResponse:
    Group.objects.all().delete()
    User.objects.all().delete()
    return HttpResponse(status=204)


urlpatterns = [
    path("scim/v2/", include("django_scim.urls", namespace="scim")),
    path("__reset", reset),
]
