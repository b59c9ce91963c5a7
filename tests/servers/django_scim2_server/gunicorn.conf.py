"""One worker on a free port of 127.0.0.1; says which one."""

from __future__ import annotations

from typing import Any

bind = "127.0.0.1:0"
workers = 1
preload_app = True
graceful_timeout = 2
control_socket_disable = True


def when_ready(server: Any) -> None:
    port = server.LISTENERS[0].getsockname()[1]
    print(f"listening on http://127.0.0.1:{port}/scim/v2", flush=True)  # noqa: T201  the fixture reads it
