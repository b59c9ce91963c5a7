"""`reconciler validate` on a large organisation, as a whole process."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from organisations import write_groups, write_users

TARGETS = """
scopes:
  some: {users: {where: 'department eq "Sales" or title co "3"', exclude: ["svc-*"]}}
mappings:
  lower:
    extends: generic
    users:
      attributes:
        userName: "{{ user.userName | lower }}"
        'emails[type eq "work"].value': "{{ user.email }}"
  shouting:
    extends: generic
    users:
      attributes:
        title: {value: "{{ user.title | upper }}", sync: create}
        displayName: "{{ user.name.familyName }} {{ user.name.givenName }}"
targets:
  one: {platform: generic, url: https://one.example/v2, mapping: lower}
  two: {platform: generic, url: https://two.example/v2, mapping: shouting, scope: some}
"""

WALL_SECONDS = 12
"""Two on a machine that does nothing else; tests share theirs."""

CPU_SECONDS = 5
"""Under two on an idle machine; a busy one counts more for the same work."""


def test_ten_thousand_users_in_a_hundred_files(tmp_path: Path) -> None:
    root = tmp_path / "manifests"
    write_users(root / "users", 10_000)
    write_groups(root / "groups", 200, members=50, users=10_000)
    (root / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    assert len(list((root / "users").iterdir())) == 100
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "reconciler", "--manifests", str(root), "validate"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "valid: 10,000 users, 200 groups, 2 targets" in ended.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < CPU_SECONDS
    assert wall < WALL_SECONDS
