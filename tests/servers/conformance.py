"""The SCIM servers that the tests talk to over real HTTP, and what they have in common."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from servers.processes import running

from reconciler.sandbox import SandboxStore, create_app, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.sandbox import AsgiApp

TOKEN = "a-token-for-tests"
_HERE = Path(__file__).parent
_SCIMMY = _HERE / "scimmy"
_DJANGO = _HERE / "django_scim2_server"


@dataclass(frozen=True)
class Server:
    """A SCIM endpoint: `url` is its base URL, `token` the bearer token that it asks for."""

    name: str
    url: str
    token: str = TOKEN
    reset: Callable[[], None] = field(repr=False, compare=False, default=lambda: None)

    def client(self) -> httpx.Client:
        """A plain HTTP client, to look at the server behind the reconciler's back; close it after use."""
        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"},
            timeout=30,
        )


@contextmanager
def sandbox_server() -> Iterator[Server]:
    """scim2-server as the sandbox serves it, in a thread."""
    with ExitStack() as stores:
        apps: list[AsgiApp] = []

        async def newest(scope: Any, receive: Any, send: Any) -> None:
            await apps[-1](scope, receive, send)

        def reset() -> None:
            stores.close()
            apps[:] = [create_app(stores.enter_context(SandboxStore()), TOKEN)]

        reset()
        with running_sandbox(newest) as url:
            yield Server("scim2-server", url, reset=reset)


@contextmanager
def scimmy_server(directory: Path) -> Iterator[Server]:
    """scimmy-routers on Express 4, in a node process; installs its packages on first use."""
    install_scimmy()
    command = ["node", str(_SCIMMY / "server.mjs")]
    with running(command, {"TOKEN": TOKEN}, directory / "scimmy.log") as url:
        yield Server("scimmy", url, reset=_post_reset(url))


@contextmanager
def django_server(directory: Path) -> Iterator[Server]:
    """django-scim2 on gunicorn with one worker and a SQLite file."""
    command = [sys.executable, "-m", "gunicorn", "--chdir", str(_DJANGO)]
    command += ["--config", str(_DJANGO / "gunicorn.conf.py"), "wsgi:application"]
    environment = {"TOKEN": TOKEN, "DATABASE": str(directory / "django.sqlite3"), "PYTHONWARNINGS": "ignore"}
    with running(command, environment, directory / "django.log") as url:
        yield Server("django-scim2", url, reset=_post_reset(url))


def install_scimmy() -> None:
    """Install the npm packages beside server.mjs, unless they are there.

    Where they cannot be: fails the test under CI=true, skips it elsewhere, with the reason in both cases.
    """
    if shutil.which("node") is None:
        _missing("node is not installed")
    # Workers of one run start together; only one of them may install.
    with (Path(tempfile.gettempdir()) / f"scimmy-install-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (_SCIMMY / "node_modules" / "scimmy-routers").is_dir():
            return
        if shutil.which("npm") is None:
            _missing("npm is not installed, and the npm packages are not either")
        command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--prefix", str(_SCIMMY)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
        if done.returncode:
            _missing(f"`{' '.join(command)}` failed:\n{done.stderr}")


def _missing(reason: str) -> None:
    sentence = f"the conformance server scimmy needs node and its npm packages: {reason}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def _post_reset(url: str) -> Callable[[], None]:
    def reset() -> None:
        httpx.post(httpx.URL(url).join("/__reset"), timeout=10).raise_for_status()

    return reset
