"""What of Reddit may be selected: communities, words and submissions, never a person."""

import re
from typing import NamedTuple

from contract.charter import Select
from contract.errors import FixSettings

_COMMUNITY = re.compile(r"(?:/?r/)?([A-Za-z0-9]\w{1,20})/?", re.ASCII)
_PROFILE = re.compile(r"/?(?:u|user)/.*|(?:/?r/)?u_.*", re.IGNORECASE)
_EVERYWHERE = frozenset({"all", "popular", "friends", "mod", "random", "randnsfw", "home"})
_SUBMISSION = re.compile(r"(?:t3_)?([0-9a-z]{1,13})", re.ASCII)
# `author:` and `user:` are fields of Reddit's search; `u/` finds who is spoken of, `url:` too.
_PERSON = re.compile(
    r"""\b(?:author\w*|user(?:name)?|redditor|from|to)\s*:|/u(?:ser)?/\w|(?<![\w/])u(?:ser)?/\w|\bu_\w""",
    re.IGNORECASE,
)


class Selected(NamedTuple):
    """Communities by their names, a query, submissions by their bare ids."""

    communities: tuple[str, ...]
    query: str | None
    threads: tuple[str, ...]


def checked(name: str, select: Select) -> Selected:
    """Return what is selected; raises FixSettings for what is none, everything or a person."""
    at = f"sources.{name}.select"
    if not (select.communities or select.query or select.threads):
        raise FixSettings(f"{at}: is empty; needed are communities, query or threads")
    if select.query and (person := _PERSON.search(select.query)):
        raise FixSettings(f"{at}.query: {person[0]!r} asks for a person; allowed are words")
    return Selected(
        tuple(dict.fromkeys(_community(at, given) for given in select.communities)),
        select.query,
        tuple(dict.fromkeys(_submission(at, given) for given in select.threads)),
    )


def _community(at: str, given: str) -> str:
    if _PROFILE.fullmatch(given):
        raise FixSettings(f"{at}.communities: {given!r} is a person's page; allowed are r/names")
    match = _COMMUNITY.fullmatch(given)
    if match is None or match[1].lower() in _EVERYWHERE:
        raise FixSettings(f"{at}.communities: {given!r} is no one community; allowed are r/names")
    return match[1].lower()


def _submission(at: str, given: str) -> str:
    match = _SUBMISSION.fullmatch(given)
    if match is None:
        raise FixSettings(f"{at}.threads: {given!r} is no submission's id; allowed: 1abcde")
    return match[1]
