"""From bytes to text: UTF-8 alone, with or without a byte order mark, and no hidden characters."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from reconciler.diagnostics import SourceMark
from reconciler.storage.yaml import limits

if TYPE_CHECKING:
    from reconciler.diagnostics import Faults

_LINE_BREAK = re.compile(r"\r\n?|\n")
_NOT_ALLOWED = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_SEPARATOR = re.compile("[\x85\u2028\u2029]")
_TAG_DIRECTIVE = re.compile(r"^%TAG", re.MULTILINE)


def decode(raw: bytes, file: str, faults: Faults) -> str | None:
    """The text of `raw`; None after a fault that makes reading on pointless."""
    if len(raw) > limits.FILE_BYTES:
        problem = f"the file is more than {limits.FILE_BYTES // 2**20} MiB long"
        faults.error("yaml-too-large", "", problem, remedy="split it", mark=SourceMark(file, 1))
        return None
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw[:2]:
        remedy = "save the file as UTF-8"
        faults.error("yaml-encoding", "", "the file is UTF-16 or UTF-32", remedy=remedy, mark=SourceMark(file, 1))
        return None
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as failure:
        problem = f"the byte 0x{failure.object[failure.start]:02X} is no UTF-8"
        mark = place_in(failure.object[: failure.start].decode(), file)
        faults.error("yaml-encoding", "", problem, remedy="save the file as UTF-8", mark=mark)
        return None
    return text if _only_one_kind_of_line(text, file, faults) else None


def _only_one_kind_of_line(text: str, file: str, faults: Faults) -> bool:
    # YAML 1.1 (and libyaml) breaks lines at these, YAML 1.2 does not: one text must not have two readings
    found = None if text.isascii() else _LINE_SEPARATOR.search(text)
    if found:
        problem = f"{character_name(found[0])} ends a line in some YAML versions and not in others"
        remedy = f'remove it, or write "\\u{ord(found[0]):04x}" in double quotes'
        mark = place_in(text[: found.start()], file)
        faults.error("yaml-control-character", "", problem, remedy=remedy, mark=mark)
    # refused here and not by the parser, which compares every one of them with all others
    tag = _TAG_DIRECTIVE.search(text.replace("\r", "\n")) if "%TAG" in text else None
    if tag:
        mark = place_in(text[: tag.start()], file)
        faults.error("yaml-tag", "", "the directive %TAG is not allowed", remedy="remove it", mark=mark)
    return not (found or tag)


def report_control_character(text: str, file: str, faults: Faults) -> bool:
    """Adds a fault for the first character that YAML does not allow unescaped; False where there is none."""
    found = _NOT_ALLOWED.search(text)
    if found is None:
        return False
    problem = f"{character_name(found[0])} is not allowed"
    remedy = "remove it" if ord(found[0]) > 0xFFFF else f'remove it, or write "\\u{ord(found[0]):04x}" in double quotes'
    mark = place_in(text[: found.start()], file)
    faults.error("yaml-control-character", "", problem, remedy=remedy, mark=mark)
    return True


def character_name(character: str) -> str:
    r"""How a fault names a character that cannot be seen.

    >>> character_name("\x07")
    'a control character (U+0007)'
    """
    kind = "a line separator" if character in "\x85\u2028\u2029" else "a control character"
    return f"{kind} (U+{ord(character):04X})"


def place_in(before: str, file: str) -> SourceMark:
    """The mark of what follows the text `before`."""
    lines = _LINE_BREAK.split(before)
    return SourceMark(file, len(lines), len(lines[-1]) + 1)
