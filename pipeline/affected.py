"""Which posts a change of the catalogue concerns: those tied to what changed, or that may be.

These are the posts that hold a name, as it was or as it is now, of a topic or a register's row that
changed, in any form in which it is known; that link to such a dataset or row, or are a page of it;
or that share telling words with such a dataset. What shifts for other posts because a ranking
weighs words by all of the catalogue is left: their ties keep the version that made them. So is what
shifts in a topic's score because other topics have other labels: such scores hang on history.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import msgspec
import pandas as pd
import sqlalchemy as sa

from contract.catalogue import Dataset, Entity, Topic
from contract.post import Link
from pipeline.teaching import taught
from transforms.affected import (
    Sought,
    known_names,
    known_posts,
    linked_datasets,
    sought_datasets,
    sought_entities,
    sought_topics,
)
from transforms.entities import entity_matcher
from transforms.reading import read
from transforms.words import language_of, spaced_tag, words_of, words_of_tag
from warehouse import sought as held
from warehouse.catalogue import catalogue_version
from warehouse.changes import Change, pending_changes, retie_all, settle, tied_to
from warehouse.records import Kind, records
from warehouse.store import writing

_FEW: Final = 1_000
_LARGE_SHARE: Final = 0.2
"""Of all posts: when more are concerned, and not a few, every post is tied anew."""
_MOST_WORDS: Final = 9_000
"""Of a post; of longer ones not all are kept for search."""
_TYPES: Final[dict[str, Any]] = {"topic": Topic, "dataset": Dataset, "entity": Entity}


def mark_affected(engine: sa.Engine) -> None:
    """Have the posts tied anew that changes of the catalogue concern, all if they are many."""
    with engine.connect() as connection:
        changes = pending_changes(connection)
        if not changes:
            return
        most = max(_FEW, _LARGE_SHARE * held.count_posts(connection))
        keys: set[str] = set()
        is_all = _concerns_all(connection, changes)
        for found in () if is_all else _affected(connection, changes):
            keys |= found
            if is_all := len(keys) > most:
                break
    with writing(engine) as connection:
        if is_all:
            retie_all(connection, catalogue_version(connection))
        else:
            settle(connection, changes, keys)


def _concerns_all(connection: sa.Connection, changes: Sequence[Change]) -> bool:
    """Return whether the ways changed in which topics are found, of whatever topic.

    A topic with examples came or went: the others are told from it by them. Or there are labels in
    other languages than there were: in these, labels of no language are inflected too.
    """
    of_topics = [change for change in changes if change.kind == "topic"]
    if not of_topics:
        return False
    told = taught(connection)
    learnt = {example.topic for example in (*told.given, *told.agreed)}
    changed = _Changed(connection, "topic", of_topics)
    rest = {uri: topic for uri, topic in changed.every.items() if uri not in changed.after}
    found = []
    for version in changed.versions:
        used = [t for t in (rest | version).values() if not t.is_deprecated]
        langs = {language_of(label.lang) for topic in used for label in topic.labels}
        found.append((learnt.intersection(topic.uri for topic in used), langs))
    return found.count(found[0]) < len(found)


def _affected(connection: sa.Connection, changes: Sequence[Change]) -> Iterator[set[str]]:
    """Yield the posts that the changes concern, some of them more than once."""
    sought = []
    for kind, seek in _SEEK.items():
        of_kind = [change for change in changes if change.kind == kind]
        if of_kind:
            yield tied_to(connection, kind, {change.target_key for change in of_kind})
            changed = _Changed(connection, kind, of_kind)
            sought.append(seek(connection, changed))
            if kind != "topic":
                yield from _by_address(connection, changed)
    yield held.posts_without_words(connection)
    yield from _by_words(connection, sought)


_number = attrgetter("number")


class _Changed:
    """Records that changed, given in order: as they were, as they are, and all there are now."""

    def __init__(self, connection: sa.Connection, kind: Kind, changes: Sequence[Change]) -> None:
        self.kind = kind
        self.every: Mapping[str, Any] = records(connection, kind)
        keys = {change.target_key for change in changes}
        self.after = {key: self.every[key] for key in keys if key in self.every}
        self.before: list[dict[str, Any]] = []
        """All of them as they were before each load that changed some, the earliest first."""
        by_number = {number: list(some) for number, some in groupby(changes, _number)}
        held = dict(self.after)
        for number in sorted(by_number, reverse=True):
            held = dict(held)
            for change in by_number[number]:
                held.pop(change.target_key, None)
                if change.before is not None:
                    held[change.target_key] = msgspec.convert(change.before, _TYPES[kind])
            self.before.insert(0, held)

    @property
    def versions(self) -> list[dict[str, Any]]:
        """The records that changed in each form they had."""
        return [*self.before, self.after]


def _topics(connection: sa.Connection, changed: _Changed) -> Sought:
    langs = {of for lang in held.languages(connection) if (of := language_of(lang))}
    moved = _moved(changed)
    below = {uri: topic for uri, topic in changed.every.items() if uri in moved}
    versions = [list(version.values()) for version in (*changed.versions, below)]
    return sought_topics(versions, langs, list(changed.every.values()))


def _moved(changed: _Changed) -> set[str]:
    """Return the topics below those that came, went, or are below others than before.

    Where a topic stands says which others speak for it.
    """
    below: dict[str, set[str]] = {}
    for topics in (changed.every, *changed.before):
        for uri, topic in topics.items():
            for broader in topic.broader:
                below.setdefault(broader, set()).add(uri)
    forms: dict[str, set[Any]] = {}
    for version in changed.versions:
        for uri in {uri for some in changed.versions for uri in some}:
            topic = version.get(uri)
            forms.setdefault(uri, set()).add(topic and (topic.broader, topic.is_deprecated))
    moved: set[str] = set()
    follow = [uri for uri, found in forms.items() if len(found) > 1]
    while follow:
        narrower = below.get(follow.pop(), set()) - moved
        moved |= narrower
        follow += narrower
    return moved


def _datasets(connection: sa.Connection, changed: _Changed) -> Sought:
    del connection
    some = [dataset for version in changed.versions for dataset in version.values()]
    return sought_datasets(some, changed.every.values())


def _entities(connection: sa.Connection, changed: _Changed) -> Sought:
    del connection
    was = {key: row for key, row in changed.every.items() if key not in changed.after}
    was |= changed.before[0]
    return sought_entities(changed.versions, entity_matcher(was), entity_matcher(changed.every))


_SEEK: Final[dict[Kind, Callable[[sa.Connection, _Changed], Sought]]] = {
    "topic": _topics,
    "dataset": _datasets,
    "entity": _entities,
}


def _by_address(connection: sa.Connection, changed: _Changed) -> Iterator[set[str]]:
    """Yield the posts that link to what changed, and those that are a page of it."""
    urls = held.all_links(connection)
    if changed.kind == "dataset":
        some = [dataset for version in changed.versions for dataset in version.values()]
        yield held.posts_with_links(connection, linked_datasets(some, urls))
        return
    by = known_names(changed.versions)
    linked = known_posts(read(_frame([("", "", None, url) for url in urls])), by)
    yield held.posts_with_links(connection, [urls[at] for at in linked])
    for page in held.ids_of_posts(connection):
        known = known_posts(read(_frame([(*row[1:], None) for row in page])), by)
        yield {page[at][0] for at in known}


def _by_words(connection: sa.Connection, sought: Sequence[Sought]) -> Iterator[set[str]]:
    """Yield the posts that say what is sought, are tagged with it, or whose community is it."""
    for page in held.words_of_posts(connection):
        texts = [words for _, words in page]
        yield {page[at][0] for seek in sought for at in seek.meets(texts)}
        yield {key for key, words in page if words.count(" ") > _MOST_WORDS}
    tags = held.all_tags(connection)
    texts = [" ".join(words_of_tag(tag).folded) for tag in tags]
    yield held.posts_with_tags(
        connection, {tags[at] for seek in sought for at in seek.meets(texts)}
    )
    places = held.all_communities(connection)
    texts = [" ".join(words_of(spaced_tag(name)).folded) for _, name in places]
    named = {places[at][0] for seek in sought for at in seek.meets(texts)}
    yield held.posts_in(connection, named)


def _frame(rows: Sequence[tuple[str, str, str | None, str | None]]) -> pd.DataFrame:
    """Return posts that say nothing: with platform, id there, address, and the only link's."""
    links = [(Link(url=url, canonical_url=url),) if url else () for *_, url in rows]
    frame = pd.DataFrame(
        [row[:3] for row in rows], columns=["platform", "native_id", "url"], dtype="str"
    )
    said = dict.fromkeys(("post_key", "kind", "text"), "") | dict.fromkeys(("title", "lang"))
    nothing = pd.Series([()] * len(rows), dtype=object)
    return frame.assign(**said, tags=nothing, links=pd.Series(links, dtype=object))
