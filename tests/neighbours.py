"""Several targets on one endpoint, with one store between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planning_kit import URL
from workplace import Workplace

from reconciler.core.known import Known
from reconciler.sandbox import SandboxStore, create_app


@dataclass
class Neighbour(Workplace):
    """One of the targets of an `Estate`: it reads the manifests of all."""

    estate: Estate | None = None

    @property
    def _tree(self) -> Mapping[str, str]:
        assert self.estate is not None
        return {"people.yaml": self.estate.people, "targets.yaml": self.estate.targets_text}


@dataclass
class Estate:
    """`targets` holds the further keys of each target, by its name; `people` all other manifests."""

    folder: Path
    people: str
    targets: dict[str, Sequence[str]]
    state: str | None = None
    app: Any = field(default_factory=lambda: create_app(SandboxStore()))
    _known: dict[str, Neighbour] = field(default_factory=dict)

    def at(self, name: str) -> Neighbour:
        """The target of a name, also one that the manifests no longer have."""
        if name not in self._known:
            self._known[name] = Neighbour(self.folder, "", app=self.app, state=self.state, name=name, estate=self)
        return self._known[name]

    def __getitem__(self, name: str) -> Neighbour:
        return self.at(name)

    @property
    def targets_text(self) -> str:
        keys = {
            name: [
                f"url: {URL}",
                *([] if any(each.startswith("platform") for each in more) else ["platform: generic"]),
                *more,
            ]
            for name, more in self.targets.items()
        }
        lines = [line for name, each in keys.items() for line in (f"  {name}:", *(f"    {key}" for key in each))]
        return "\n".join(["targets:", *lines, ""])

    def owners(self) -> dict[tuple[str, str], list[str]]:
        """The targets that have each object on record as their own, by kind and id."""
        found: dict[tuple[str, str], list[str]] = {}
        for name in self._known:
            for each in self.records(name).values():
                if each.owned:
                    found.setdefault((str(each.kind), each.id), []).append(name)
        return found

    def records(self, name: str) -> dict[str, Known]:
        return self.at(name).known
