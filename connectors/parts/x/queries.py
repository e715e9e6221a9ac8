"""What of a charter is asked of X's search: no person, and no longer than X reads."""

import re
from collections.abc import Sequence

from contract.charter import Source
from contract.errors import FixSettings

LONGEST = {"recent": 512, "archive": 1024}
"""Characters of a query; https://docs.x.com/x-api/posts/search/integrate/build-a-query"""

_QUOTED = re.compile(r'"[^"]*"')
_LEFT_OUT = re.compile(r"(?<![^\s(])-(?:\w+:)?@?\w+(?=[\s)]|$)")
_BY_ACCOUNT = re.compile(r"(?<!\w)(?:from|to|retweets_of):@?(\w*)", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@])@(\w+)")
_ABOUT_PEOPLE = re.compile(
    r"(?<!\w)(context|entity|bio|bio_name|bio_location|list|followers_count|following_count|"
    r"tweets_count|posts_count|listed_count):",
    re.IGNORECASE,
)
_TAG = re.compile(r"#?(\w+)")
_ID = re.compile(r"\d{1,19}")
_ACCOUNT = re.compile(r"@?(\w{1,15})", re.ASCII)


def queries_of(name: str, source: Source) -> list[str]:
    """Return the fewest queries that find what the source selects: words, tags, conversations.

    One query for all finds, and costs, a post once. Raises FixSettings, naming the place.
    """
    select, at = source.select, f"sources.{name}.select"
    longest = LONGEST["archive" if select.archive else "recent"]
    query = " ".join((select.query or "").split())
    _refuse_people(at, query, {account.lower() for account in accounts_of(name, source)})
    parts = [query] if query else []
    parts += [f"#{tag}" for tag in _each(f"{at}.tags", select.tags, _TAG, "words without spaces")]
    threads = _each(f"{at}.threads", select.threads, _ID, "conversations by id")
    parts += [f"conversation_id:{thread}" for thread in threads]
    if len(query) > longest:
        raise FixSettings(f"{at}.query: has {len(query)} characters; allowed are {longest}")
    return _joined(parts, longest)


def accounts_of(name: str, source: Source) -> list[str]:
    """Return the selected organisations' account names as they stand in the charter, without @."""
    at = f"sources.{name}.select.accounts"
    return _each(at, source.select.accounts, _ACCOUNT, "account names, 15 letters at most")


def lists_of(name: str, source: Source) -> list[str]:
    """Return the ids of the selected lists."""
    return _each(f"sources.{name}.select.lists", source.select.lists, _ID, "lists by id")


def _joined(parts: list[str], longest: int) -> list[str]:
    """Return the parts joined by OR, which binds less than the blank between words."""
    whole = [f"({part})" if " " in part and len(parts) > 1 else part for part in parts]
    queries: list[str] = []
    for part in whole:
        if queries and len(queries[-1]) + len(" OR ") + len(part) <= longest:
            queries[-1] += f" OR {part}"
        else:
            queries.append(part if len(part) <= longest else part[1:-1])
    return queries


def _refuse_people(at: str, query: str, organisations: set[str]) -> None:
    wanted = _LEFT_OUT.sub("", query)
    plain = _QUOTED.sub('""', wanted)
    for match in (*_BY_ACCOUNT.finditer(plain), *_MENTION.finditer(wanted)):
        if match[1].lower() not in organisations:
            operator = "@" if match[0].startswith("@") else match[0].partition(":")[0] + ":"
            raise FixSettings(
                f"{at}.query: found {operator}, which selects by account; allowed are words, tags "
                "and places, and the organisations of select.accounts"
            )
    if about := _ABOUT_PEOPLE.search(plain):
        raise FixSettings(
            f"{at}.query: found {about[1]}:, which selects by who people are; allowed are words, "
            "tags and places"
        )


def _each(at: str, given: Sequence[str], pattern: re.Pattern[str], allowed: str) -> list[str]:
    found = [pattern.fullmatch(each.strip()) for each in given]
    for each, match in zip(given, found, strict=True):
        if match is None:
            raise FixSettings(f"{at}: found {each!r}; allowed are {allowed}")
    groups = (match[match.re.groups] for match in found if match)
    return list(dict.fromkeys(groups))
