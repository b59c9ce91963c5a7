"""Organisations of any size, as manifests: about 350 bytes of YAML for each user."""

from __future__ import annotations

from pathlib import Path

FIRST = ("Ada", "Bjørn", "Chloé", "Dmitri", "Elif", "Farah", "Gwen", "Hiro", "Inês", "Jürgen", "小明", "Olena")
LAST = ("Nguyen", "Chen", "Müller", "Okoro", "Silva", "Díaz", "Kowalski", "Öztürk", "Haddad", "O'Neil", "王")
DEPARTMENTS = ("Engineering", "Operations", "Sales", "Finance", "Legal", "People")


def user_key(number: int) -> str:
    return f"user{number:06d}"


def write_users(directory: Path, count: int, per_file: int = 100, team: int = 10) -> None:
    """`count` users in files of `per_file`; the first of every `team` is the manager of those after it."""
    directory.mkdir(parents=True, exist_ok=True)
    for start in range(0, count, per_file):
        lines = ["users:"]
        for number in range(start, min(start + per_file, count)):
            lines.extend(_user(number, team))
        (directory / f"users-{start // per_file:05d}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _user(number: int, team: int) -> list[str]:
    first, last = FIRST[number % len(FIRST)], LAST[number % len(LAST)]
    key = user_key(number)
    lines = [
        f"  {key}:",
        f"    externalId: E{number:07d}",
        f"    userName: {key}@example.com",
        f"    name: {{givenName: {first}, familyName: {last}}}",
        f"    displayName: {first} {last} {number}",
        f"    title: Specialist {number % 17}",
        f"    department: {DEPARTMENTS[number % len(DEPARTMENTS)]}",
        f"    emails: {key}@example.com",
        f'    phoneNumbers: {{work: "+49 30 {number:07d}"}}',
        f'    employeeNumber: "{number:07d}"',
        "    preferredLanguage: de",
    ]
    if number % team:
        lines.append(f"    manager: {user_key(number - number % team)}")
    return lines


def write_groups(directory: Path, count: int, members: int, users: int) -> None:
    """`count` groups of `members` each, spread over the users."""
    directory.mkdir(parents=True, exist_ok=True)
    lines = ["groups:"]
    for number in range(count):
        chosen = ", ".join(user_key((number * 37 + step * 11) % users) for step in range(members))
        lines += [f"  group{number:04d}:", f"    displayName: Group {number}", f"    members: [{chosen}]"]
    (directory / "groups.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
