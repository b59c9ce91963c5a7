"""Testing a connection: discovery, and one resource of each kind to prove that the credentials work."""

from __future__ import annotations

from reconciler.core.mapping.checking import EndpointCheck, expiry_warnings, lacking_attributes
from reconciler.core.mapping.conformity import overridden_capabilities, profile_differences
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError
from reconciler.workflow.planning import Job


async def check_endpoint(job: Job) -> EndpointCheck:
    """Raises `EndpointError` where the endpoint cannot be reached or refuses the credentials."""
    discovery = await job.directory.discover()
    totals: dict[Kind, int | None] = {Kind.USER: await job.directory.peek(Kind.USER)}
    warnings = list(expiry_warnings(job.endpoint, job.clock.now().date()))
    if job.target.profile.groups is not None:
        try:
            totals[Kind.GROUP] = await job.directory.peek(Kind.GROUP)
        except EndpointError as error:
            warnings.append(f"groups cannot be read: {error}")
    return EndpointCheck(
        target=job.target.name,
        platform=job.target.profile.name,
        url=job.target.settings.url,
        totals=totals,
        discovery=discovery,
        lacking=lacking_attributes(job.target, discovery),
        warnings=tuple(warnings),
        differences=profile_differences(job.target, discovery),
        overridden=overridden_capabilities(job.target),
    )
