"""The sandbox against scim2-tester, which writes and reads every attribute that a server announces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.sandbox import SandboxStore, create_app, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

tester = pytest.importorskip("scim2_tester", reason="the check needs scim2-tester")


def test_every_check_of_scim2_tester_succeeds() -> None:
    from scim2_client.engines.wsgi import WSGISCIMClient

    with (
        SandboxStore() as store,
        running_sandbox(create_app(store, "secret")) as url,
        httpx.Client() as http,
    ):
        client = WSGISCIMClient(over_http(http, url), url, {"Authorization": "Bearer secret"})
        results = tester.check_server(client)
    assert len(results) > 100
    assert [(each.title, each.reason) for each in results if each.status is not tester.Status.SUCCESS] == []


def over_http(http: httpx.Client, url: str) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that asks the server at `url`: scim2-client comes with no engine for httpx."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name[:5] == "HTTP_"}
        headers["Content-Type"] = environ.get("CONTENT_TYPE", "")
        asked = httpx.URL(url).join(environ["PATH_INFO"]).copy_with(query=environ["QUERY_STRING"].encode())
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = http.request(environ["REQUEST_METHOD"], asked, headers=headers, content=content)
        start_response(f"{answer.status_code} {answer.reason_phrase}", list(answer.headers.items()))
        return [answer.content]

    return application
