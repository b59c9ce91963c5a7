"""`reconciler sandbox`."""

from __future__ import annotations

import click

PLATFORMS = ("generic",)

_EXAMPLE = """\
targets:
  sandbox:
    platform: {platform}
    url: {url}
    auth: {{bearer: "${{SCIM_TOKEN}}"}}
"""


@click.command("sandbox")
@click.option("--platform", type=click.Choice(PLATFORMS), default=PLATFORMS[0], help="What it behaves like.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of 127.0.0.1. [default: a free one]")
@click.option("--data", metavar="FILE", help="Keep the data in this file. [default: in memory]")
@click.option("--token", help="What requests must carry. [default: a random one]")
def command(platform: str, port: int, data: str | None, token: str | None) -> None:
    """Serve a local SCIM endpoint until Ctrl-C."""
    from pathlib import Path
    from secrets import token_urlsafe

    from reconciler.sandbox import SandboxStore, create_app, serve

    secret = token or token_urlsafe(24)
    with SandboxStore(Path(data) if data else None) as store:
        serve(create_app(store, secret), port, lambda url: _announce(url, secret, platform))


def _announce(url: str, token: str, platform: str) -> None:
    """The two variables on standard output, to be evaluated by a shell or read by a script."""
    import shlex

    from reconciler.cli.output import tell, write_result

    write_result(f"SCIM_URL={shlex.quote(url)}\nSCIM_TOKEN={shlex.quote(token)}\n")
    tell("A target for it in the manifests:")
    for line in _EXAMPLE.format(platform=platform, url=url).splitlines():
        tell(f"  {line}")
    tell("Ctrl-C ends it.")
