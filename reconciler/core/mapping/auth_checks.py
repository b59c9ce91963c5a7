"""How a target authenticates against what its platform takes."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.manifests.extending import setting_mark
from reconciler.core.manifests.merging import Entry
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.targets import TargetSettings
from reconciler.diagnostics import Faults
from reconciler.platforms.profile import AuthenticationProfile, Profile

METHODS = {"bearer": "bearer tokens", "oauth2": "OAuth2 clients"}


def check_auth(settings: TargetSettings, profile: Profile, layers: Sequence[Entry], faults: Faults) -> None:
    """Methods that the platform does not take, tokens that it cannot have, a token URL that nobody names. Offline.

    `layers`: the target as written, weakest first.
    """
    for method, called in METHODS.items():
        if getattr(settings.auth, method) is not None and method not in profile.authentication.methods:
            path, mark = f"targets.{settings.name}.auth.{method}", setting_mark(layers, ("auth", method))
            problem = f"{profile.name} takes no {called}"
            faults.error(Rule.UNKNOWN_KEY, path, problem, remedy=_instead(profile.authentication, method), mark=mark)
            return
    _check_token_count(settings, profile, layers, faults)
    _check_token_url(settings, profile, layers, faults)


def _instead(authentication: AuthenticationProfile, method: str) -> str:
    others = [each for each in authentication.methods if each != method]
    return f"use auth.{' or auth.'.join(others)}"


def _check_token_count(settings: TargetSettings, profile: Profile, layers: Sequence[Entry], faults: Faults) -> None:
    bearer, most = settings.auth.bearer, profile.authentication.tokens
    if most is None or not isinstance(bearer, list) or len(bearer) <= most:
        return
    problem = f"{len(bearer)} tokens, but on {profile.name} only {most} can exist at a time"
    mark = setting_mark(layers, ("auth", "bearer"))
    path, remedy = f"targets.{settings.name}.auth.bearer", "take those out that are no longer valid"
    faults.warning(Rule.WRONG_VALUE, path, problem, remedy=remedy, mark=mark)


def _check_token_url(settings: TargetSettings, profile: Profile, layers: Sequence[Entry], faults: Faults) -> None:
    client, usual = settings.auth.oauth2, profile.authentication.oauth2
    if client is None or client.token_url is not None or usual is not None:
        return
    problem = f"tokenUrl is needed here: {profile.name} has none of its own"
    remedy = "the address that gives out access tokens, such as https://login.example.com/token"
    path, mark = f"targets.{settings.name}.auth.oauth2.tokenUrl", setting_mark(layers, ("auth", "oauth2"))
    faults.error(Rule.MISSING_KEY, path, problem, remedy=remedy, mark=mark)
