"""What a charter may not ask for, whatever else it says: it does not load, and the duty is quoted.

Beside what a platform forbids stand the rules that are this software's own: no person is followed.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from connectors import CONNECTORS
from connectors.persons import asked_in_address, asked_in_words
from contract.charter import Charter, Source
from contract.charter_file import Misfit
from contract.terms import Kind, Terms

_OF_ACCOUNTS: Final = {
    "accounts": "accounts of organisations",
    "lists": "lists of organisations' accounts",
    "albums": "albums of organisations",
}
"""Selections that follow accounts, and what of them is allowed."""
_PROFILE: Final = re.compile(r"(?:^|[/+\s])(?:u(?:ser)?/|u_)", re.IGNORECASE)
"""A person's own page, written as a community."""
_ALLOWED: Final = "; allowed are words, tags, places and communities"
_ADMITS: Final = ("token", "key", "auth", "secret", "password", "pass", "session", "sig", "sid")
"""Names in an address whose value lets somebody in; also as the end of a longer name."""
_RANDOM: Final = re.compile(
    r"(?<!\w)private-[0-9a-f]{8,}|(?<![0-9a-z])[0-9a-f]{32,}(?![0-9a-z])|"
    r"(?<![\w-])(?=\w*\d)(?=\w*[A-Z])(?=\w*[a-z])\w{32,}(?![\w-])"
)
"""What nobody guesses, in a path: it is given to those who are to come in."""
_HEX: Final = re.compile(r"[0-9a-f]{32,}")
"""The same as a value; other long ones are ids, as of playlists."""
_WHOLE_DAYS: Final = 2
"""Posts go by whole days, and with the next comply, which comes twice in a day."""


def forbidden(charter: Charter) -> Iterator[Misfit]:
    """Yield each thing that the charter asks for and no charter may.

    A platform that there is no connector for is left to `may_listen`: nothing is asked of it.
    """
    by_platform = {connector.TERMS.platform: connector.TERMS for connector in CONNECTORS}
    for name, source in charter.sources.items():
        terms = by_platform.get(source.platform)
        if odd := [feed for feed in source.select.feeds if not _is_address(feed)]:
            said = "is no address; allowed are paths of the site, and addresses as https://…"
            yield Misfit(("sources", name, "select", "feeds"), odd, said)
            continue
        yield from _timelines(name, source, terms)
        yield from _closed_groups(name, source, terms)
        if terms is not None:
            yield from _storage(charter, name, terms)
            yield from _derived(charter, name, source, terms)
            yield from _protected_speech(charter, name, source, terms)


def _is_address(feed: str) -> bool:
    try:
        return urlsplit(feed).scheme in ("", "http", "https", "at")
    except ValueError:
        return False


def _timelines(name: str, source: Source, terms: Terms | None) -> Iterator[Misfit]:
    """Yield what would follow persons from post to post."""
    is_own = source.account_kind == "organisation"
    select, quoted = source.select, _quoted(terms, "person timeline")
    for selection, allowed in _OF_ACCOUNTS.items():
        if not is_own and (found := getattr(select, selection)):
            said = (
                f"nobody's posts are followed; allowed are {allowed}, with account_kind: "
                f"organisation{quoted}"
            )
            yield Misfit(("sources", name, "select", selection), found, said)
    said = f"asks for what one account writes{_ALLOWED}{quoted}"
    own = {account.lstrip("@").casefold() for account in select.accounts}
    words = {
        "query": (select.query or "",), "tags": select.tags, "machine_tags": select.machine_tags,
    }  # fmt: skip
    for selection, some in words.items():
        for one in (found for each in some for found in asked_in_words(source.platform, each)):
            if one.rpartition(":")[2].strip(" @").casefold() not in own:
                yield Misfit(("sources", name, "select", selection), one, said)
    if pages := [one for one in select.communities if _PROFILE.search(one)]:
        yield Misfit(("sources", name, "select", "communities"), pages, said)
    if source.platform == "feed" and not is_own:
        said = (
            f"is the feed of one account{_ALLOWED}, and an organisation's own with "
            f"account_kind: organisation{quoted}"
        )
        for at, address in _addresses(name, source):
            if account := asked_in_address(urljoin(str(source.url), address)):
                yield Misfit(at, account, said)


def _addresses(name: str, source: Source) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Yield the addresses that the source is read at, and where each stands."""
    yield ("sources", name, "url"), str(source.url)
    for number, feed in enumerate(source.select.feeds):
        yield ("sources", name, "select", "feeds", number), feed


def _closed_groups(name: str, source: Source, terms: Terms | None) -> Iterator[Misfit]:
    """Yield addresses that let in whoever has them: what stands there is not public."""
    for at, address in _addresses(name, source):
        if key := _admitting(address):
            said = (
                "lets in whoever has this address, and closed groups are not read; allowed are "
                f"addresses that everybody may open{_quoted(terms, 'closed groups')}"
            )
            # The value itself is not repeated: it would stand in a log.
            yield Misfit(at, key, said)


def _admitting(address: str) -> str | None:
    """Return what of the address is a key, with the key left out."""
    parts = urlsplit(address)
    if "@" in parts.netloc:
        return "…@"
    for name, value in parse_qsl(f"{parts.query}&{parts.fragment}".replace(";", "&")):
        if value and (name.lower().endswith(_ADMITS) or _HEX.search(value)):
            return f"{name}=…"
    return "/…" if _RANDOM.search(unquote(parts.path)) else None


def _storage(charter: Charter, name: str, terms: Terms) -> Iterator[Misfit]:
    """Yield what keeps posts longer than the platform lets them be kept."""
    if terms.storage_days is None:
        return
    longest = timedelta(days=max(terms.storage_days - _WHOLE_DAYS, 0))
    for key in ("raw", "text"):
        kept = getattr(charter.retention, key)
        if kept > longest:
            said = (
                f"sources.{name} is read from {terms.title}, where a post may be kept for "
                f"{terms.storage_days} days; allowed are P{longest.days}D and less, as posts go by "
                f"whole days, or to leave the source out; {terms.title}: {terms.storage_duty}"
            )
            yield Misfit(("retention", key), f"{kept.days} days", said)


def _derived(charter: Charter, name: str, source: Source, terms: Terms) -> Iterator[Misfit]:
    """Yield what would count or score posts that may not be."""
    if terms.duty("derived metrics") is None:
        return
    said = (
        f"counts or scores the posts of sources.{name}; allowed is to leave this out, or the "
        f"source{_quoted(terms, 'derived metrics')}"
    )
    words = charter.vocabulary
    wanted: dict[tuple[str, ...], Any] = {
        ("vocabulary", "topics"): words.topics,
        ("vocabulary", "datasets"): words.datasets,
        ("vocabulary", "registers"): tuple(words.registers),
    }
    for digest, spec in charter.digests.items():
        if spec.purpose == source.purpose:
            wanted["digests", digest, "purpose"] = spec.purpose
    for at, found in wanted.items():
        if found:
            yield Misfit(at, found, said)


def _protected_speech(
    charter: Charter, name: str, source: Source, terms: Terms
) -> Iterator[Misfit]:
    """Yield digests that would watch what is said on a sensitive topic, where that is forbidden."""
    if terms.duty("protected speech") is None:
        return
    sensitive = {topic.casefold() for topic in charter.sensitive.topics}
    for digest, spec in charter.digests.items():
        watched = [topic for topic in spec.topics if topic.casefold() in sensitive]
        if watched and spec.purpose == source.purpose:
            said = (
                f"is a topic of protected speech (sensitive.topics), and sources.{name} is read "
                "for the same purpose; allowed are other topics, or a purpose of its own for the "
                f"source{_quoted(terms, 'protected speech')}"
            )
            yield Misfit(("digests", digest, "topics"), watched, said)


def _quoted(terms: Terms | None, kind: Kind) -> str:
    """Return who says so and where, to end a message with; empty where only we do."""
    duty = terms and terms.duty(kind)
    return f"; {terms.title}: {duty}" if terms and duty else ""
