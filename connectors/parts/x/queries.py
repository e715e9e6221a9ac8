"""What of a charter is asked of X's search: no person, and no longer than X reads."""

import re
from collections.abc import Sequence

from connectors.places import ALLOWED_PLACES, LEAST_METRES, is_a_home
from contract.charter import Source
from contract.errors import FixSettings

_EVERY_PLAN = {"recent": 512, "archive": 1024}
_LONGEST = 4096
"""Characters of a query, which only some plans take: X says so if not.
https://docs.x.com/x-api/posts/search/integrate/build-a-query"""

_QUOTED = re.compile(r'"[^"]*"')
_LEFT_OUT = re.compile(r"(?<![^\s(])-(?:\w+:)?@?\w+(?=[\s)]|$)")
_BY_ACCOUNT = re.compile(r"(?<!\w)(?:from|to|retweets_of):@?(\w*)", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@＠])[@＠](\w+)")
_ABOUT_PEOPLE = re.compile(
    r"(?<!\w)(context|entity|bio\w*|profile\w*|list|followers_count|following_count|"
    r"friends_count|statuses_count|tweets_count|posts_count|listed_count):",
    re.IGNORECASE,
)
# An address of X's own begins with whose post it is.
_OF_X = re.compile(r"(?<!\w)(url\w*):\S*(?:twitter\.com|(?<![\w-])x\.com)", re.IGNORECASE)
_CIRCLE = re.compile(r"(?<!\w)point_radius:\[[^]]*?([\d.]+)\s*(km|mi)\s*\]", re.IGNORECASE)
_BOX = re.compile(r"(?<!\w)bounding_box:\[([^]]*)\]", re.IGNORECASE)
_METRES = {"km": 1000.0, "mi": 1609.344}
_TAG = re.compile(r"#?(\w+)")
_ID = re.compile(r"\d{1,19}")
_ACCOUNT = re.compile(r"@?(\w{1,15})", re.ASCII)


def queries_of(name: str, source: Source) -> list[str]:
    """Return the fewest queries that find what the source selects: words, tags, conversations.

    One query for all finds, and costs, a post once. Raises FixSettings, naming the place.
    """
    select, at = source.select, f"sources.{name}.select"
    query = " ".join((select.query or "").split())
    _refuse_people(at, query, {account.lower() for account in accounts_of(name, source)})
    parts = [query] if query else []
    parts += [f"#{tag}" for tag in _each(f"{at}.tags", select.tags, _TAG, "words without spaces")]
    threads = _each(f"{at}.threads", select.threads, _ID, "conversations by id")
    parts += [f"conversation_id:{thread}" for thread in threads]
    if len(query) > _LONGEST:
        raise FixSettings(f"{at}.query: has {len(query)} characters; allowed are {_LONGEST}")
    return _joined(parts, _EVERY_PLAN["archive" if select.archive else "recent"])


def accounts_of(name: str, source: Source) -> list[str]:
    """Return the selected organisations' account names as they stand in the charter, without @."""
    at = f"sources.{name}.select.accounts"
    return _each(at, source.select.accounts, _ACCOUNT, "account names, 15 letters at most")


def lists_of(name: str, source: Source) -> list[str]:
    """Return the ids of the selected lists, which hold accounts: only organisations' may."""
    if source.select.lists and source.account_kind != "organisation":
        raise FixSettings(
            f"sources.{name}.select.lists: allowed are lists of organisations, with "
            "account_kind: organisation"
        )
    return _each(f"sources.{name}.select.lists", source.select.lists, _ID, "lists by id")


def _joined(parts: list[str], longest: int) -> list[str]:
    """Return the parts joined by OR, which binds less than the blank between words."""
    whole = [f"({part})" if " " in part and len(parts) > 1 else part for part in parts]
    queries: list[str] = []
    for part in whole:
        if queries and len(queries[-1]) + len(" OR ") + len(part) <= longest:
            queries[-1] += f" OR {part}"
        else:
            queries.append(part)
    return queries


def _refuse_people(at: str, query: str, organisations: set[str]) -> None:
    # What is left out of what is left out is looked for.
    wanted = query if "-(" in query else _LEFT_OUT.sub("", query)
    plain = _QUOTED.sub('""', wanted)
    for match in (*_BY_ACCOUNT.finditer(plain), *_MENTION.finditer(wanted)):
        if match[1].lower() not in organisations:
            operator = "@" if match[0][0] in "@＠" else match[0].partition(":")[0] + ":"
            raise FixSettings(
                f"{at}.query: found {operator}, which selects by account; allowed are words, tags "
                "and places, and the organisations of select.accounts"
            )
    if about := _ABOUT_PEOPLE.search(plain) or _OF_X.search(wanted):
        raise FixSettings(
            f"{at}.query: found {about[1]}:, which selects by who people are; allowed are words, "
            "tags and places"
        )
    circles = ((float(r), unit) for r, unit in _CIRCLE.findall(wanted) if r.count(".") < 2)
    boxes = [_numbers(sides) for sides in _BOX.findall(wanted)]
    if any(r * _METRES[unit.lower()] < LEAST_METRES / 2 for r, unit in circles) or any(
        len(sides) == 4 and is_a_home(*sides) for sides in boxes
    ):
        raise FixSettings(f"{at}.query: looks at a single home; {ALLOWED_PLACES}")


def _numbers(written: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", written)]


def _each(at: str, given: Sequence[str], pattern: re.Pattern[str], allowed: str) -> list[str]:
    found = [pattern.fullmatch(each.strip()) for each in given]
    for each, match in zip(given, found, strict=True):
        if match is None:
            raise FixSettings(f"{at}: found {each!r}; allowed are {allowed}")
    groups = (match[match.re.groups] for match in found if match)
    return list(dict.fromkeys(groups))
