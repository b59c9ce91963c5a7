"""Telephone numbers in their international form (ITU-T E.164): `+8613800138000`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

LONGEST: Final = 251
"""Characters of a text that are looked at: phonenumbers refuses longer ones, and no cache keeps them whole."""

_NOT_OF_A_REGION: Final = frozenset(("ZZ", "001"))
"""What phonenumbers gives for calling codes that nobody has, and for those of services."""


def is_region(region: str) -> bool:
    """Whether telephone numbers are known of an ISO 3166 region: two capital letters."""
    from phonenumbers import SUPPORTED_REGIONS

    return region in SUPPORTED_REGIONS


# Parsing takes 50 µs, and the same numbers are mapped for every target.
@lru_cache(maxsize=65_536)
def international(text: str, region: str | None = None) -> str | None:
    """A number as `+4930123456`; None where it is not a possible one. Without `+` it is read as one of the region."""
    import phonenumbers

    number = _parse(text, region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=65_536)
def calling_code(text: str) -> str | None:
    """The country calling code of a number with `+`, such as `86`; None where it has none."""
    number = _parse(text, None)
    return None if number is None else str(number.country_code)


@lru_cache(maxsize=1024)
def region_of(code: str) -> str | None:
    """A region whose numbers begin with a country calling code, `CN` of `86`; None where there is none."""
    import phonenumbers

    if not (code.isascii() and code.isdecimal() and len(code) <= 3):
        return None
    region = phonenumbers.region_code_for_country_code(int(code))
    return None if region in _NOT_OF_A_REGION else region


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    import phonenumbers

    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
