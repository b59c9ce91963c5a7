"""A local SCIM server to try things on. Never imports `core`: it must not share the planner's mistakes.

    with SandboxStore(Path("sandbox.db")) as store:
        serve(create_app(store, token="secret"), port=0, ready=print)

Needs the extra `sandbox`; nothing of it is imported before it is used.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.errors import RunError
from reconciler.sandbox.options import SandboxOptions
from reconciler.sandbox.store import SandboxStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from reconciler.sandbox.platform import PlatformApplication

    AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

__all__ = ["SandboxOptions", "SandboxStore", "create_app", "create_platform", "running_sandbox", "serve"]

GENERIC = "generic"

_EXTRA = frozenset({"scim2_models", "scim2_server", "uvicorn"})


def create_app(
    store: SandboxStore, token: str | None = None, platform: str = GENERIC, options: SandboxOptions | None = None
) -> AsgiApp:
    """The SCIM endpoint over what `store` holds, as an ASGI application; its base path is `base_path(platform)`.

    With a `token`, every request must carry it (RFC 6750) but those for documents that are public, else 401.
    Every platform but the generic one is a `PlatformApplication`, see `create_platform`.
    Raises RunError where the extra `sandbox` is not installed, KeyError for a platform that is not there.
    """
    if platform != GENERIC:
        return create_platform(store, platform, token, options)
    with _extra_installed():
        from reconciler.sandbox.app import SandboxApplication
    return SandboxApplication(store, token)


def create_platform(
    store: SandboxStore, platform: str, token: str | None = None, options: SandboxOptions | None = None
) -> PlatformApplication:
    """The sandbox that behaves as a platform does, with its log, its credentials and its console.

    `token` is one more bearer token than the options name. Raises as `create_app` does.
    """
    with _extra_installed():
        from reconciler.sandbox.platform import PlatformApplication
    chosen = options or SandboxOptions()
    tokens = chosen.tokens if token is None else (*chosen.tokens, token)
    return PlatformApplication(store, platform, replace(chosen, tokens=tokens))


def serve(app: AsgiApp, port: int, ready: Callable[[str], None]) -> None:
    """Serve `app` on 127.0.0.1 until SIGINT or SIGTERM; requests under way are answered first.

    Port 0 picks a free one. `ready` is called once with the base URL, as soon as requests are answered.
    Raises RunError where the port is taken or the extra `sandbox` is not installed.
    """
    with _extra_installed():
        from reconciler.sandbox.server import serve_until_signal
    serve_until_signal(app, port, ready)


@contextmanager
def running_sandbox(app: AsgiApp | None = None) -> Iterator[str]:
    """A sandbox on a free port, served beside the caller: yields its base URL, ends it on the way out.

    Without `app` an empty one that keeps its data in memory and asks for no token. Raises as `serve` does.
    """
    with _extra_installed():
        from reconciler.sandbox.server import served_in_thread
    if app is not None:
        with served_in_thread(app) as url:
            yield url
        return
    with SandboxStore() as store, served_in_thread(create_app(store)) as url:
        yield url


@contextmanager
def _extra_installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise RunError("the sandbox needs the extra: pip install 'scim-reconciler[sandbox]'") from error
