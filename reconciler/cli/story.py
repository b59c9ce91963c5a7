"""The demo: the example manifests, a sandbox that lives as long as the story, and the real commands."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from reconciler.cli.output import write_result
from reconciler.errors import ExitCode, InterruptedRun, RunError
from reconciler.sandbox import SandboxStore, create_app, running_sandbox

if TYPE_CHECKING:
    from reconciler.cli.context import Color

VICTIM = "alice.nguyen"
"""Whose account is edited behind the manifests' back."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A directory of its own with the example manifests, and a sandbox."""

    directory: Path
    url: str
    token: str
    color: Color

    def run(self, *arguments: str, expect: ExitCode = ExitCode.DONE) -> None:
        """Shows a command line and runs it. Raises `RunError` where it does not end as the story needs."""
        from reconciler.cli.main import run

        write_result(f"\n$ reconciler {shlex.join(arguments)}\n")
        with chdir(self.directory):
            code = run(["--color", self.color.value, *arguments])
        if code == ExitCode.INTERRUPTED:
            raise InterruptedRun("the demo was stopped; its sandbox and its files are gone")
        if code != expect:
            raise RunError(f"the demo expected exit code {int(expect)} here, and the command ended with {code}")
        if code:
            write_result(f"(exit code {code})\n")

    def say(self, sentence: str) -> None:
        write_result(f"\n# {sentence}\n")


def tell_story(color: Color) -> None:
    """Plan, apply, an edit behind its back, drift, repair. Raises `RunError` where one goes wrong."""
    with _stage(color) as stage:
        stage.say("The example manifests: three engineers, two people in operations, three groups.")
        stage.run("validate")
        stage.say("What would an apply do? Nothing is written yet.")
        stage.run("plan", "--out", "plan.json")
        stage.say("Exactly this plan is applied.")
        stage.run("apply", "plan.json", "--yes")
        stage.say("Everything is as the manifests want it.")
        stage.run("plan", "--exit-code")
        _edit_behind_its_back(stage)
        stage.run("drift", expect=ExitCode.PENDING)
        stage.say("The manifests win.")
        stage.run("apply", "--yes")
        stage.run("plan", "--exit-code")
    write_result("\n# The end. The sandbox is stopped and its files are gone.\n")


@contextmanager
def _stage(color: Color) -> Iterator[Stage]:
    token = token_urlsafe(24)
    with TemporaryDirectory(prefix="reconciler-demo-") as name, SandboxStore() as store:
        directory = Path(name)
        with _examples() as examples:
            shutil.copytree(examples, directory / "manifests")
        with running_sandbox(create_app(store, token)) as url, _environment(SCIM_URL=url, SCIM_TOKEN=token):
            yield Stage(directory, url, token, color)


@contextmanager
def _examples() -> Iterator[Path]:
    """The example manifests, from the installed package or from the source tree beside it."""
    installed = files("reconciler").joinpath("examples", "manifests")
    if installed.is_dir():
        with as_file(installed) as path:
            yield path
        return
    beside = Path(__file__).parents[2] / "manifests"
    if not beside.is_dir():
        raise RunError("the example manifests are not installed: install the package again")
    yield beside


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Sets variables for the commands of the story; those of the caller that would steer them are out of the way."""
    ours = {**dict.fromkeys(("RECONCILER_MANIFESTS", "RECONCILER_STATE", "RECONCILER_HOSTS")), **variables}
    before = {name: os.environ.get(name) for name in ours}
    _set_environment(ours)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _edit_behind_its_back(stage: Stage) -> None:
    """What an administrator might do in the console of the target."""
    import httpx

    stage.say(f"Somebody edits {VICTIM} on the target: another title, and out of the group On Call.")
    headers = {"Authorization": f"Bearer {stage.token}", "Content-Type": "application/scim+json"}
    with httpx.Client(base_url=stage.url, headers=headers, trust_env=False) as client:
        user = _find(client, "/Users", f'userName eq "{VICTIM}"')
        group = _find(client, "/Groups", 'displayName eq "On Call"')
        _patch(client, f"/Users/{user}", {"op": "replace", "path": "title", "value": "Chief Everything Officer"})
        _patch(client, f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user}"]'})


def _find(client: Any, path: str, condition: str) -> str:
    answer = client.get(path, params={"filter": condition}).raise_for_status().json()
    return str(answer["Resources"][0]["id"])


def _patch(client: Any, path: str, operation: dict[str, str]) -> None:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    client.patch(path, json=body).raise_for_status()
