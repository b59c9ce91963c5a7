"""What is wrong with the values of one object on a platform, by the facts of its profile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.core.comparing.attributes import base_of, is_empty
from reconciler.core.comparing.elements import as_elements, get_sub
from reconciler.core.manifests.rules import Rule
from reconciler.core.mapping.platform_values import LeftOut
from reconciler.core.phones import LONGEST, calling_code, international, region_of
from reconciler.core.vocabulary import DropReason
from reconciler.platforms.profile import AttributeProfile
from reconciler.scim.paths import parse_path

LONGEST_SHOWN = 80


class Finding(NamedTuple):
    """`at`: the path of the value in whose line the fault stands. `{target}` in `problem` stands for the target."""

    rule: Rule
    path: str
    problem: str
    remedy: str
    at: str


def left_out(left: LeftOut, facts: AttributeProfile, kept: Any) -> Finding:
    """A value that the platform does not take, and that is therefore not sent. `kept`: what is sent instead."""
    attribute = base_of(parse_path(left.path))
    if left.reason is DropReason.TYPE_NOT_TAKEN:
        types = " or ".join(facts.types or ())
        problem = f"{_shown(left.value)} is not sent, since {{target}} takes {attribute} of type {types} alone"
        remedy = f"give it the type {types}, or leave it out with `on:`"
    else:
        chosen = next((_shown(each) for each in _texts(kept)), "another one")
        problem = f"{_shown(left.value)} is not sent, since {{target}} takes one value of {attribute}: {chosen}"
        remedy = "mark the one to be sent as primary"
    return Finding(Rule.LEFT_OUT_VALUE, left.path, problem, remedy, left.path)


def rejected(path: str, value: Any, facts: AttributeProfile, region: str | None) -> Iterator[Finding]:
    """What the platform refuses of a value. `region`: that of telephone numbers without `+`."""
    for text in _texts(value):
        if facts.pattern is not None and not re.fullmatch(facts.pattern, text):
            yield _refused(path, f"{{target}} does not take {_shown(text)}", f"it must match {facts.pattern}")
        if facts.max_length is not None and len(text) > facts.max_length:
            problem = f"{_shown(text)} is longer than {{target}} takes it"
            yield _refused(path, problem, f"{facts.max_length} characters at most")
        if facts.format is not None and not _is_number(text, region):
            remedy = "write it with + and country code: +86 138 0013 8000"
            yield _refused(path, f"{_shown(text)} is no telephone number, and {{target}} takes nothing else", remedy)


def _is_number(text: str, region: str | None) -> bool:
    """Whether a fitted text is a number; of one without country code nobody can tell."""
    judged = region is not None or text.strip().startswith("+")
    return not judged or international(text[:LONGEST], region) is not None


def contradictions(path: str, value: Any, facts: AttributeProfile, values: Mapping[str, Any]) -> Iterator[Finding]:
    """Where an attribute that repeats the calling code of a number says another one, or none at all."""
    if facts.region_of is None:
        return
    code = str(value).strip().removeprefix("+")
    if region_of(code) is None:
        yield _refused(path, f"{_shown(value)} is no country calling code", "write the digits of one, such as '86'")
        return
    for text in _texts(values.get(facts.region_of)):
        found = calling_code(text[:LONGEST])
        if found is not None and found != code:
            problem = f"{_shown(value)} contradicts the number {_shown(text)}, and {{target}} refuses that"
            remedy = f"its country calling code is {found}: let {path} say so, or leave {path} out"
            yield Finding(Rule.REJECTED_VALUE, path, problem, remedy, facts.region_of)


def missing(name: str, facts: AttributeProfile, values: Mapping[str, Any], kind: str) -> Iterator[Finding]:
    """What of an attribute is lacking that the platform cannot do without. `values`: by folded path, none empty."""
    folded = name.casefold()
    parts = [path for path in values if path == folded or path.startswith((f"{folded}.", f"{folded}["))]
    elements = [each for path in parts for each in as_elements(values[path]) if isinstance(each, Mapping)]
    if not parts:
        if facts.required:
            yield _lacking(name, name, kind)
        return
    for part in facts.required_sub:
        whole = all(not is_empty(get_sub(each, part)) for each in elements)
        if not (whole if elements else f"{folded}.{part.casefold()}" in values):
            yield _lacking(f"{name}.{part}", name, kind)


def _lacking(path: str, at: str, kind: str) -> Finding:
    problem = f"{{target}} takes no {kind} without {path}"
    return Finding(Rule.MISSING_REQUIRED, path, problem, f"add it to the {kind} or to its defaults", at)


def _refused(path: str, problem: str, remedy: str) -> Finding:
    return Finding(Rule.REJECTED_VALUE, path, problem, remedy, path)


def _texts(value: Any) -> Iterator[str]:
    """The texts of a value: its own, or the `value` of each of its elements."""
    for each in as_elements(value):
        text = get_sub(each, "value")
        if isinstance(text, str):
            yield text


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
