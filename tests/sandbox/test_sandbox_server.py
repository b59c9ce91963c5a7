"""The sandbox over HTTP: starting, stopping, being killed."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.errors import RunError
from reconciler.sandbox import SandboxStore, create_app, running_sandbox, serve
from reconciler.scim.urns import USER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVING = """
import sys
from pathlib import Path
from reconciler.sandbox import SandboxStore, create_app, serve
with SandboxStore(Path(sys.argv[1])) as store:
    serve(create_app(store), 0, lambda url: print(url, flush=True))
print("stopped", flush=True)
"""
SCIM = {"Content-Type": "application/scim+json"}


@contextmanager
def sandbox_process(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen([sys.executable, "-c", SERVING, str(data)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def create(url: str, name: str) -> httpx.Response:
    return httpx.post(f"{url}/Users", json={"schemas": [USER], "userName": name}, headers=SCIM)


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    for number in range(2):
        with sandbox_process(data) as (process, url):
            assert create(url, f"user{number}").status_code == 201
            process.kill()
            process.wait()
    with SandboxStore(data) as store, running_sandbox(create_app(store)) as url:
        found = httpx.get(f"{url}/Users").json()["Resources"]
    assert {each["userName"] for each in found} == {"user0", "user1"}


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_serving_and_serve_returns(tmp_path: Path, ending: signal.Signals) -> None:
    with sandbox_process(tmp_path / "data.db") as (process, url):
        with httpx.Client(base_url=url) as kept_open:
            assert kept_open.get("/Users").status_code == 200
            process.send_signal(ending)
            out, _ = process.communicate(timeout=10)
        assert out == "stopped\n"
        assert process.returncode == 0


def test_a_running_sandbox_is_empty_and_leaves_no_thread_and_no_port() -> None:
    before = threading.active_count()
    with running_sandbox() as url:
        assert httpx.get(f"{url}/Users").json()["totalResults"] == 0
        assert create(url, "ann").headers["Location"].startswith(f"{url}/Users/")
    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_running_sandbox_ends_with_the_error_of_its_caller() -> None:
    with pytest.raises(ZeroDivisionError), running_sandbox():
        _ = 1 / 0


def test_a_port_that_is_taken_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, SandboxStore() as store:
        port = taken.getsockname()[1]
        with pytest.raises(RunError, match=f"cannot listen on 127.0.0.1:{port}"):
            serve(create_app(store), port, lambda _: None)


def test_a_port_that_cannot_be_is_an_error() -> None:
    with SandboxStore() as store, pytest.raises(RunError, match="cannot listen"):
        serve(create_app(store), 70_000, lambda _: None)


@pytest.mark.parametrize(
    ("missing", "call"),
    [
        ("scim2_server", "create_app(None)"),
        ("uvicorn", "serve(None, 0, print)"),
        ("scim2_models", "create_app(None)"),
    ],
)
def test_without_the_extra_the_error_says_what_to_install(missing: str, call: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from reconciler.sandbox import *; {call}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "RunError: the sandbox needs the extra: pip install 'scim-reconciler[sandbox]'" in done.stderr


def test_importing_the_sandbox_imports_nothing_of_the_extra() -> None:
    code = "import sys, reconciler.sandbox; print({'uvicorn', 'scim2_models', 'httpx'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
