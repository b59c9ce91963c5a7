"""Refusals in another form than RFC 7644 §3.12 has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from reconciler.sandbox.exchange import Forward, Reply, Request
from reconciler.scim.urns import ERROR


async def exceptions_with_ids(request: Request, forward: Forward) -> Reply:
    """`schema` beside `schemas`, an exception id, a time, and no scimType (the developer guide of the vendor)."""
    reply = await forward(request)
    if not reply.refused or not isinstance(reply.body, dict) or "detail" not in reply.body:
        return reply
    body = {
        "schema": [ERROR],
        "schemas": [ERROR],
        "detail": reply.body["detail"],
        "status": str(reply.status),
        "exceptionRequestId": str(uuid4()),
        "timeStamp": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
    }
    return replace(reply, body=body)
