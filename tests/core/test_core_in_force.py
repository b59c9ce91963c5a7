"""What the language has and this version does not carry out is said, with its place."""

from __future__ import annotations

from house import House

TARGET = """
    targets:
      base:
        abstract: true
        safety: {protect: ["break-glass*"]}
      there:
        extends: base
        platform: generic
        url: https://scim.example/v2
        lifecycle: {onRemove: disable, deleteAfter: 30d, deleteAdopted: true, cannotDisable: keep}
        capabilities: {user.delete: false}
        pace: {concurrency: 4, rate: 10/s}
"""


def test_each_setting_without_effect_is_a_warning_at_its_line(tmp_path, capsys):
    house = House(tmp_path, capsys)
    house.write("targets.yaml", TARGET)
    ran = house.run("validate")
    assert ran.code == 0
    said = [line for line in ran.out.splitlines() if "no effect in this version" in line]
    assert [line.split(": ")[:2] for line in said] == [
        ["manifests/targets.yaml:12:28", "targets.there.pace.rate"],
    ]


def test_what_is_carried_out_is_not_warned_about(tmp_path, capsys):
    house = House(tmp_path, capsys)
    house.write(
        "targets.yaml",
        "targets: {t: {platform: generic, url: https://scim.example/v2, pace: {concurrency: 2},"
        " passwords: {onCreate: random}}}",
    )
    ran = house.run("validate")
    assert "no effect" not in ran.out + ran.err
