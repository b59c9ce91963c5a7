"""The sandbox over HTTP: uvicorn on 127.0.0.1, in this thread or in one beside it."""

from __future__ import annotations

import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from reconciler.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from reconciler.sandbox import AsgiApp

_HOST = "127.0.0.1"
_STOPPING_SECONDS = 5


def serve_until_signal(app: AsgiApp, port: int, ready: Callable[[str], None]) -> None:
    """See `reconciler.sandbox.serve`."""
    with _listening(port) as listener:
        _Server(app, ready).run(sockets=[listener])


@contextmanager
def served_in_thread(app: AsgiApp) -> Iterator[str]:
    """`app` on a free port in a thread of its own; yields the base URL, and joins the thread on exit."""
    urls: list[str] = []
    settled = threading.Event()

    def ready(url: str) -> None:
        urls.append(url)
        settled.set()

    def run(listener: socket.socket) -> None:
        try:
            server.run(sockets=[listener])
        finally:
            settled.set()

    server = _Server(app, ready)
    with _listening(0) as listener:
        thread = threading.Thread(target=run, args=(listener,), name="sandbox", daemon=True)
        thread.start()
        try:
            settled.wait()
            if not urls:
                raise RunError("the sandbox did not start")
            yield urls[0]
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """Says when it listens, and returns on SIGINT and SIGTERM instead of passing them on."""

    def __init__(self, app: AsgiApp, ready: Callable[[str], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=_STOPPING_SECONDS,
            )
        )
        self._ready = ready
        self._base_path = getattr(app, "base_path", "/v2")

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        (listener,) = sockets or []
        self._ready(f"http://{_HOST}:{listener.getsockname()[1]}{self._base_path}")

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        stopping = (signal.SIGINT, signal.SIGTERM)
        before = {each: signal.signal(each, self.handle_exit) for each in stopping}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms more for every answer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, port))
        except (OSError, OverflowError) as error:
            raise RunError(f"the sandbox cannot listen on {_HOST}:{port}: {error}") from error
        yield listener
