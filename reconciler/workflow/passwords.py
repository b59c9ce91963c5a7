"""First passwords of users that are created: looked for before anything is sent, put into the POST and nowhere else."""

from __future__ import annotations

from typing import Any

from reconciler.core.desired.catalog import Catalog
from reconciler.core.manifests import Rule
from reconciler.core.mapping.password_sources import PasswordError
from reconciler.core.mapping.targets import Target
from reconciler.core.plan import Operation, Plan
from reconciler.core.planning.passwords import brings_password, is_secret
from reconciler.core.requests import Request
from reconciler.diagnostics import Faults
from reconciler.workflow.ports import Passwords


def check_passwords(plan: Plan, target: Target, catalog: Catalog, passwords: Passwords | None) -> None:
    """Raises `ManifestError` naming every user whom the plan creates and who would get no usable first password."""
    faults = Faults()
    for each in filter(brings_password, plan.operations):
        obstacle = passwords.obstacle(each.key) if passwords is not None else None
        if obstacle is not None:
            whose = f"the first password of {each.key} ({catalog.desired.users[each.key].mark})"
            path = f"targets.{target.name}.passwords"
            problem = f"{whose} {obstacle.problem}"
            faults.error(Rule.UNUSABLE_PASSWORD, path, problem, remedy=obstacle.remedy, mark=target.passwords_mark)
    faults.raise_errors()


def creation_request(
    operation: Operation, collection: tuple[str, ...], body: dict[str, Any], passwords: Passwords | None
) -> Request:
    """The POST of a new object, with the first password in its marker's place. Raises `PasswordError`."""
    if not brings_password(operation):
        return Request("POST", collection, body)
    if passwords is None:
        raise PasswordError("nothing here tells its first password")
    password = passwords.password(operation.key)
    filled = {name: password if is_secret(value) else value for name, value in body.items()}
    return Request("POST", collection, filled, secrets=(password,))
