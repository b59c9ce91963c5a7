"""Country calling codes that stand in an attribute of their own (ITU-T E.164)."""

from __future__ import annotations

import re

from reconciler.sandbox.directory import Rule, Write, texts
from reconciler.sandbox.exchange import Refusal, Row

DEFAULT_REGION = "86"
"""That of a number without a country's code ("User fields": phoneRegion)."""

_TWO_DIGITS = re.compile(r"20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def regions_of_numbers(region: str, numbers: str) -> Rule:
    """A region that contradicts the number is refused; one that is not given is the number's."""

    def rewrite(write: Write) -> Row:
        number = next(iter(texts(write.after, numbers)), None)
        if write.kind != "User" or number is None:
            return write.after
        own = calling_code(number)
        given = write.after.get(region) if write.changes(region) or not write.changes(numbers) else None
        if given and own and str(given).removeprefix("+") != own:
            raise Refusal(400, f"{region} {given} contradicts {number}", "invalidValue")
        return {**write.after, region: given or own or DEFAULT_REGION}

    return rewrite


def calling_code(number: str) -> str | None:
    """The digits of the country in front of a number, if it begins with them.

    >>> calling_code("+8613800000000"), calling_code("+35312345"), calling_code("13800000000")
    ('86', '353', None)
    """
    if not number.startswith("+"):
        return None
    digits = number[1:]
    length = 1 if digits[:1] in {"1", "7"} else 2 if _TWO_DIGITS.match(digits) else 3
    return digits[:length]
