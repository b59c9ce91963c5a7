"""What each platform can do, one row for each: the vendor's table first, then what the interfaces are known to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from reconciler.platforms.facts import Certainty
from reconciler.platforms.profile import Profile
from reconciler.platforms.registry import Dossier

UNKNOWN: Final = "?"
_WORDS: Final[Mapping[Any, str]] = {
    True: "yes",
    False: "no",
    None: "-",
    "new": "refused",
    "upsert": "updated",
    "take_over": "adopted",
    "index": "by index",
    "cursor": "by cursor",
    "single": "one request",
    "none": "none",
    "oauth2": "OAuth",
    "patch": "PATCH",
    "put": "PUT",
}
_READING: Final = {"shown": "shown", "single": "singly", "users_by_group": "by filter"}
_REMOVAL: Final = {"filter": "singly", "values": "by list", "replace": "whole list", "put": "whole group"}


def _word(value: Any) -> str:
    return str(_WORDS.get(value, value))


class Column(NamedTuple):
    """`path`: the fact that it shows, as in `Fact.path`. `read` gives it as JSON, `word` for people."""

    key: str
    title: str
    path: str
    read: Callable[[Profile], Any]
    word: Callable[[Any], str] = _word


class Section(NamedTuple):
    key: str
    title: str
    columns: tuple[Column, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """`value` is JSON, `text` its words; `certainty` is None where no fact stands behind it."""

    value: Any
    text: str
    certainty: Certainty | None
    note: str = ""


def cells(dossier: Dossier, section: Section) -> Iterator[Cell]:
    """One platform's row of a section."""
    facts = {fact.path: fact for fact in dossier.facts}
    for column in section.columns:
        value, fact = column.read(dossier.profile), facts.get(column.path)
        certainty = fact.certainty if fact is not None else None
        text = UNKNOWN if certainty is Certainty.UNKNOWN or value == UNKNOWN else column.word(value)
        yield Cell(value, text, certainty, fact.note if fact is not None else "")


def _words(value: Iterable[str] | None) -> str:
    """A list in words; none at all where anything goes."""
    if value is None:
        return "anything"
    return ", ".join(dict.fromkeys(map(_word, value))) or "-"


def _user(operation: str) -> Callable[[Profile], Any]:
    return lambda profile: _possible(operation, profile.users)


def _group(operation: str) -> Callable[[Profile], Any]:
    return lambda profile: profile.groups is not None and _possible(operation, profile.groups)


def _possible(operation: str, side: Any) -> bool | str:
    """Whether an operation is possible, or that nobody says so."""
    return operation in side.can or (UNKNOWN if operation in side.undocumented else False)


def _policy(name: str) -> Column:
    return Column(name, name, f"users.policy.{name}", lambda profile: getattr(profile.users.policy, name))


def _shapes(profile: Profile) -> list[str]:
    return list(dict.fromkeys("put" if each == "put" else "patch" for each in profile.users.updates))


def _members(name: str) -> Callable[[Profile], Any]:
    def read(profile: Profile) -> Any:
        found = getattr(profile.groups.members, name) if profile.groups is not None else None
        return [str(each) for each in found] if isinstance(found, tuple) else found

    return read


def _read_members(value: list[str] | None) -> str:
    return "-" if value is None else _READING.get(value[0], value[0]) if value else "never"


def _remove_members(value: list[str] | None) -> str:
    return _REMOVAL[value[0]] if value else "-"


def _password(profile: Profile) -> bool | None:
    return "password" in profile.users.attributes if profile.users.closed else None


def _looked_up(kind: str) -> Callable[[Profile], Any]:
    def read(profile: Profile) -> list[str] | None:
        found: tuple[str, ...] | None = getattr(profile.filters, kind)
        return None if found is None else list(found)

    return read


def _discovered(value: bool | None) -> str:
    return "varies" if value is None else _word(value)


def _counted(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _required(profile: Profile) -> list[str]:
    return [name for name, each in profile.users.attributes.items() if each.required]


def _page_size(profile: Profile) -> int | None:
    return profile.listing.page_size if profile.listing.paging != "none" else None


SECTIONS: Final = (
    Section(
        "existingUsers",
        "Users that were there before",
        (
            _policy("retrieve"),
            _policy("modify"),
            _policy("associate"),
            Column("apiReads", "API reads", "users.can", lambda _: True),
            Column("apiModifies", "API modifies", "users.can", lambda profile: "update" in profile.users.can),
        ),
        "retrieve, modify, associate: the vendor's table of platforms; this decides until `capabilities` of a target "
        "lifts it. API: what the interface itself is documented to do.",
    ),
    Section(
        "users",
        "Users, as the interface is documented",
        (
            Column("create", "create", "users.can", _user("create")),
            Column("existing", "exists", "users.create", lambda profile: str(profile.users.create)),
            Column("update", "update", "users.updates", _shapes, _words),
            Column("rename", "rename", "users.rename", lambda profile: profile.users.rename),
            Column("disable", "disable", "users.can", _user("disable")),
            Column("delete", "delete", "users.can", _user("delete")),
        ),
        "exists: what creating a user does whose name exists; adopted: it becomes one of SCIM.",
    ),
    Section(
        "attributes",
        "Attributes of users",
        (
            Column("password", "password", "users.attributes.password", _password, _discovered),
            Column("required", "required", "users.attributes", _required, _words),
        ),
        "varies: as the endpoint's own discovery says.",
    ),
    Section(
        "groups",
        "Groups",
        (
            Column("create", "create", "groups.can", _group("create")),
            Column("delete", "delete", "groups.can", _group("delete")),
            Column("members", "members", "groups.members.read", _members("read"), _read_members),
            Column("remove", "removed", "groups.members.removals", _members("removals"), _remove_members),
            Column("largest", "at most", "groups.members.largest_request", _members("largest_request")),
            Column("nesting", "nested", "groups.members.nesting", _members("nesting")),
        ),
        "members: how they are read; shown: with the group, singly: where it is read alone. removed: how. "
        "at most: member changes in one request.",
    ),
    Section(
        "listing",
        "Listings",
        (
            Column("paging", "paging", "listing.paging", lambda profile: profile.listing.paging),
            Column("pageSize", "page", "listing.page_size", _page_size),
            Column("cap", "cut off after", "listing.cap", lambda profile: profile.listing.cap),
        ),
    ),
    Section(
        "filters",
        "Looked up by (`eq`)",
        (
            Column("users", "users", "filters.users", _looked_up("users"), _words),
            Column("groups", "groups", "filters.groups", _looked_up("groups"), _words),
        ),
    ),
    Section(
        "access",
        "Access",
        (
            Column(
                "methods",
                "credentials",
                "authentication.methods",
                lambda profile: list(profile.authentication.methods),
                _words,
            ),
            Column(
                "tokens", "tokens", "authentication.tokens", lambda profile: profile.authentication.tokens, _counted
            ),
            Column("bulk", "bulk", "bulk", lambda profile: profile.bulk, _discovered),
            Column("etag", "ETags", "etag", lambda profile: profile.etag, _discovered),
            Column("documents", "discovery", "documents", lambda profile: len(profile.documents), "{} of 3".format),
        ),
        "tokens: bearer tokens that may exist at a time. discovery: documents that there are.",
    ),
)
"""Each fits a terminal of 80 columns beside the names."""
