"""`reconciler sandbox`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

import click

if TYPE_CHECKING:
    from reconciler.platforms.profile import Profile

_BEARER = 'auth: {bearer: "${SCIM_TOKEN}"}'
_OAUTH2 = 'auth: {{oauth2: {{tokenUrl: {url}, clientId: {client}, clientSecret: "${{SCIM_CLIENT_SECRET}}"{scope}}}}}'
_CLIENT = "sandbox"


class Served(NamedTuple):
    """What a sandbox was started with; `secret` is the token, or that of the OAuth client."""

    profile: Profile
    secret: str
    has_console: bool


@click.command("sandbox")
@click.option("--platform", metavar="NAME", default="generic", help="What it behaves like. [default: generic]")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of 127.0.0.1. [default: a free one]")
@click.option("--data", metavar="FILE", help="Keep the data in this file. [default: in memory]")
@click.option("--token", help="What requests must carry, or the OAuth client's secret. [default: a random one]")
def command(platform: str, port: int, data: str | None, token: str | None) -> None:
    """Serve a local SCIM endpoint until Ctrl-C. The platforms: `reconciler platforms`."""
    from pathlib import Path
    from secrets import token_urlsafe

    from reconciler.sandbox import GENERIC, SandboxOptions, SandboxStore, create_app, serve

    served = Served(_profile(platform), token or token_urlsafe(24), platform != GENERIC)
    options = SandboxOptions(client_id=_CLIENT, client_secret=served.secret)
    with SandboxStore(Path(data) if data else None) as store:
        serve(create_app(store, served.secret, platform, options), port, lambda url: _announce(url, served))


def _profile(name: str) -> Profile:
    """Raises `UsageError` for a platform that is not there, naming the service to use where there is another one."""
    from reconciler.errors import UsageError
    from reconciler.platforms.registry import WITHOUT_SCIM, load_profile, platform_names

    if name in WITHOUT_SCIM:
        raise UsageError(f"{name} has no SCIM interface: use {WITHOUT_SCIM[name]} instead")
    if name not in platform_names():
        raise UsageError(f"there is no platform {name!r}; there are {', '.join(platform_names())}")
    return load_profile(name)


def _announce(url: str, served: Served) -> None:
    """What a client needs on standard output, as variables to be evaluated by a shell or read by a script."""
    import shlex

    from reconciler.cli.output import tell, write_result

    variables = _variables(url, served)
    write_result("".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items()))
    tell("A target for it in the manifests:")
    for line in _target(variables, served.profile):
        tell(f"  {line}")
    if served.has_console:
        tell(f"What a person does in the vendor's console is done below {urljoin(url, '/console')}.")
    tell("Ctrl-C ends it.")


def _variables(url: str, served: Served) -> dict[str, str]:
    from urllib.parse import urlsplit

    oauth2 = served.profile.authentication.oauth2
    if oauth2 is None:
        return {"SCIM_URL": url, "SCIM_TOKEN": served.secret}
    token_url = urljoin(url, urlsplit(oauth2.token_url).path)
    client = {"SCIM_CLIENT_ID": _CLIENT, "SCIM_CLIENT_SECRET": served.secret}
    return {"SCIM_URL": url, "SCIM_TOKEN_URL": token_url, **client}


def _target(variables: dict[str, str], profile: Profile) -> list[str]:
    """Lines of manifests."""
    oauth2 = profile.authentication.oauth2
    auth = _BEARER
    if oauth2 is not None:
        scope = f", scope: {oauth2.scope}" if oauth2.scope is not None else ""
        auth = _OAUTH2.format(url=variables["SCIM_TOKEN_URL"], client=_CLIENT, scope=scope)
    examples = {name: each.example for name, each in profile.options.items() if each.example is not None}
    options = ", ".join(f'{name}: "{each}"' for name, each in examples.items())
    inner = [f"platform: {profile.name}", f"url: {variables['SCIM_URL']}", auth]
    inner += [f"options: {{{options}}}"] if options else []
    return ["targets:", "  sandbox:", *(f"    {each}" for each in inner)]
