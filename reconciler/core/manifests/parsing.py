"""What targets write as short texts: rates, day counts, URLs, headers."""

from __future__ import annotations

import re
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainValidator, WithJsonSchema
from pydantic.alias_generators import to_camel

from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.scalars import fault

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RATE = re.compile(r"([1-9][0-9]{0,8})/([smhd])")
_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_URL = re.compile(r"https?://(?P<host>[^/?#\s]+)(?P<rest>[/?#][^\s]*)?", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Section(BaseModel):
    """A part of a target: camelCase in YAML, no unknown keys."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


class Rate(NamedTuple):
    """`amount` requests in `seconds` seconds."""

    amount: int
    seconds: int

    def __str__(self) -> str:
        unit = next(unit for unit, seconds in _SECONDS.items() if seconds == self.seconds)
        return f"{self.amount}/{unit}"


def parse_rate(value: Any) -> Rate:
    """Raises a fault for anything but a rate.

    >>> parse_rate("10/s")
    Rate(amount=10, seconds=1)
    """
    if isinstance(value, Rate):
        return value
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise fault(Rule.WRONG_VALUE, f"{value!r} is not a rate", "write it as 10/s, 600/m, 1000/h or 20000/d")
    return Rate(int(found[1]), _SECONDS[found[2]])


def parse_day_count(value: Any) -> int | None:
    """Days, or None for never.

    >>> parse_day_count("30d")
    30
    """
    if value is None or value == "never":
        return None
    found = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise fault(Rule.WRONG_VALUE, f"{value!r} is not a number of days", "write it as 30d, or never")
    return int(found[1])


def check_url(text: str) -> str:
    """Raises a fault unless it is one variable, or http(s) with a literal host and no credentials in it."""
    if _VARIABLE.fullmatch(text):
        return text
    found = _URL.fullmatch(text)
    if found is None:
        raise fault(Rule.WRONG_VALUE, f"{text!r} is not a URL", "write it as https://host/path, or as one ${NAME}")
    if "@" in found["host"]:
        raise fault(Rule.WRONG_VALUE, "a URL cannot hold credentials", "put them under auth")
    if "$" in found["host"]:
        raise fault(
            Rule.MISPLACED_VARIABLE,
            "${…} cannot be part of a host",
            "write the host out, or the whole URL as ${NAME}",
        )
    return text


def _check_header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise fault(Rule.WRONG_VALUE, f"{name!r} is not a header name", "letters, digits and hyphens")
    return name


def _check_header_value(value: str) -> str:
    if _CONTROL.search(value):
        raise fault(Rule.WRONG_VALUE, "a header cannot hold control characters", "write it on one line")
    return value


RateText = Annotated[
    Rate, PlainValidator(parse_rate), WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]*/[smhd]$"})
]
DayCount = Annotated[
    int | None,
    BeforeValidator(parse_day_count),
    WithJsonSchema({"type": "string", "pattern": "^(never|[1-9][0-9]*d)$", "default": "never"}),
]
Url = Annotated[str, AfterValidator(check_url)]
HeaderName = Annotated[str, AfterValidator(_check_header_name)]
HeaderValue = Annotated[str, AfterValidator(_check_header_value)]
