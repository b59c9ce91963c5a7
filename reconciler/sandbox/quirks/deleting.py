"""DELETE of users to whom something is still attached."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.sandbox.exchange import Forward, Quirk, Refusal, Reply, Request


def keep_attached(holders: Collection[str], status: int) -> Quirk:
    """Refuses to delete the users of these ids."""

    async def delete(request: Request, forward: Forward) -> Reply:
        if request.method == "DELETE" and request.kind == "User" and request.id in holders:
            raise Refusal(status, "DeleteConflict.User.AccessKey: the user has access keys")
        return await forward(request)

    return delete
