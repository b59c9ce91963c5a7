"""A target's endpoint from its settings: `${NAME}` and `${file:PATH}` resolved, for this target alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.core.endpoint import BearerToken, Endpoint, OAuth2
from reconciler.core.manifests.parsing import Rate, parse_rate
from reconciler.core.manifests.targets import TargetSettings, Token
from reconciler.core.manifests.variables import VARIABLE
from reconciler.errors import RunError
from reconciler.platforms.profile import OAuth2Profile, Profile

DEFAULT_CONCURRENCY = 8


class Variables(Protocol):
    """What `${…}` may stand for."""

    def variable(self, name: str) -> str | None:
        """An environment variable; None where it is not set."""

    def file(self, path: str) -> str | None:
        """A file's text without its last line break; None where it cannot be read."""


@dataclass(slots=True)
class _Resolver:
    """Collects everything that is not set, so that one run names it all."""

    variables: Variables
    missing: list[str] = field(default_factory=list)

    def text(self, written: str) -> str:
        """The text with every variable filled in; what is missing or empty is noted."""
        return VARIABLE.sub(
            lambda found: self._value(found["file"], found["name"]) or self._miss(found.group()), written
        )

    def unset(self, written: str) -> list[str]:
        """The variables of a text that are missing or empty."""
        return [each.group() for each in VARIABLE.finditer(written) if not self._value(each["file"], each["name"])]

    def _value(self, is_file: str | None, name: str) -> str | None:
        return self.variables.file(name) if is_file else self.variables.variable(name)

    def _miss(self, variable: str) -> str:
        self.missing.append(variable)
        return ""


def connect(settings: TargetSettings, profile: Profile, variables: Variables, hosts: frozenset[str] | None) -> Endpoint:
    """The endpoint of a target. Raises `RunError` naming every variable that is not set or empty."""
    resolver = _Resolver(variables)
    tokens = _tokens(settings, resolver)
    oauth2 = _oauth2(settings, profile, resolver)
    headers: Mapping[str, str] = {name: resolver.text(value) for name, value in settings.headers.items()}
    endpoint = Endpoint(
        url=resolver.text(settings.url).rstrip("/"),
        tokens=tokens,
        oauth2=oauth2,
        headers=headers,
        hosts=hosts,
        concurrency=settings.pace.concurrency or DEFAULT_CONCURRENCY,
        rates=rates_of(settings, profile),
        profile=profile,
    )
    if resolver.missing:
        raise RunError(_missing(list(dict.fromkeys(resolver.missing))))
    return endpoint


def rates_of(settings: TargetSettings, profile: Profile) -> tuple[Rate, ...]:
    """How many requests may go in a time: the target's own pace, else what its platform is known to bear."""
    own = tuple(each for each in (settings.pace.rate, settings.pace.budget) if each is not None)
    return own or tuple(map(parse_rate, profile.rates))


def _missing(names: list[str]) -> str:
    """What to do about variables and files that give nothing."""
    files = [each for each in names if each.startswith("${file:")]
    variables = [each for each in names if each not in files]
    sentences = []
    if variables:
        sentences.append(f"{', '.join(variables)} is not set or empty (set it in the environment of this command)")
    if files:
        where = "relative paths start at the directory above the manifests"
        sentences.append(f"{', '.join(files)} cannot be read or is empty ({where})")
    return "; ".join(sentences)


def _tokens(settings: TargetSettings, resolver: _Resolver) -> tuple[BearerToken, ...]:
    bearer = settings.auth.bearer
    if bearer is None:
        return ()
    written = [bearer] if isinstance(bearer, str) else bearer
    lines = [each if isinstance(each, Token) else Token(token=each) for each in written]
    unset = [resolver.unset(each.token) for each in lines]
    usable = [each for each, lacking in zip(lines, unset, strict=True) if each.token and not lacking]
    if not usable:
        # A token's own text may stand beside its variables: only these are named.
        resolver.missing.extend([name for lacking in unset for name in lacking] or ["auth.bearer"])
    return tuple(BearerToken(resolver.text(each.token), each.expires) for each in usable)


def _oauth2(settings: TargetSettings, profile: Profile, resolver: _Resolver) -> OAuth2 | None:
    """The client as the target names it; what it leaves out is the platform's."""
    client = settings.auth.oauth2
    if client is None:
        return None
    usual = profile.authentication.oauth2 or OAuth2Profile(token_url="")
    token_url = client.token_url or usual.token_url
    if not token_url:
        resolver.missing.append("auth.oauth2.tokenUrl")
    return OAuth2(
        token_url=resolver.text(token_url),
        client_id=resolver.text(client.client_id),
        client_secret=resolver.text(client.client_secret),
        scope=usual.scope if client.scope is None else client.scope,
        send=client.send or usual.send,
        parameters=usual.parameters,
    )


def parse_hosts(text: str | None) -> frozenset[str] | None:
    """`RECONCILER_HOSTS`: names separated by commas or spaces; None where it is not set."""
    if text is None:
        return None
    return frozenset(text.replace(",", " ").casefold().split())
