"""What a store must hold after refine, found out slowly and by other ways than refine's own."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import blake2b
from itertools import islice
from typing import Final, NamedTuple

import sqlalchemy as sa

from bench.invented import Holdings
from bench.payloads import PLATFORMS, said, shares
from bench.place import Place
from bench.sayings import Saying
from warehouse import tables
from warehouse.store import opened

_NO_WORDS: Final = re.compile(r"https?://\S+|@[\w.@-]+|\[[a-z]+\]")
_WORD: Final = re.compile(r"[^\W_]+")
_SAMPLE: Final = 500
"""Posts whose ties to topics are looked for label by label."""
_CONTENT: Final = (
    tables.post, tables.post_tag, tables.post_link, tables.post_media, tables.post_metric,
    tables.post_words, tables.author, tables.community, *tables.TIES.values(),
)  # fmt: skip
_NOT_CONTENT: Final = frozenset({"linked_at", "number"})
"""When it was stored, and in which order."""


class Check(NamedTuple):
    """Something that must hold: what was found, what is allowed, and whether it is so."""

    name: str
    found: str
    allowed: str
    holds: bool


class _Stored(NamedTuple):
    post_key: str
    text: str
    title: str | None
    lang: str | None
    near_duplicate_of: str | None


_Posts = Mapping[str, _Stored]
_Truth = Mapping[str, Saying]


def checks(place: Place, url: str) -> list[Check]:
    """Return what was checked of the store of this URL."""
    found: list[Check] = []
    with opened(url) as engine, engine.connect() as connection:
        found.append(_counts(connection, place.posts))
        for platform, posts in shares(place.platform, place.posts).items():
            truth = _truth(platform, posts, place.holdings)
            stored = _stored(connection, platform)
            each = [_ids(truth, stored)]
            if each[0].holds:
                each += [*_newest(truth, stored), *_copies(truth, stored),
                         *_languages(truth, stored), *_contacts(truth, stored)]  # fmt: skip
                each += _topics(connection, truth, stored, place.holdings)
            found += (check._replace(name=f"{platform}: {check.name}") for check in each)
    return found


def digest(url: str) -> str:
    """Return a digest of all rows of all content, in whatever order they are."""
    total = 0
    with opened(url) as engine, engine.connect() as connection:
        for table in _CONTENT:
            columns = [column for column in table.columns if column.name not in _NOT_CONTENT]
            rows = connection.execution_options(yield_per=5_000).execute(sa.select(*columns))
            for row in rows:
                content = f"{table.name} {tuple(row)!r}".encode("utf-8", "surrogatepass")
                total += int.from_bytes(blake2b(content, digest_size=16).digest())
    return f"{total % 2**128:032x}"


def _check(name: str, found: float, allowed: float, *, is_least: bool) -> Check:
    holds = found >= allowed if is_least else found <= allowed
    word = "at least" if is_least else "at most"
    return Check(name, f"{found:.4g}", f"{word} {allowed:g}", holds)


def equal(name: str, found: object, allowed: object) -> Check:
    """Return whether what was found is what is allowed."""
    return Check(name, str(found), str(allowed), found == allowed)


def _counts(connection: sa.Connection, records: int) -> Check:
    names = ("new", "changed", "unchanged", "rejected", "skipped")
    total = " + ".join(f"posts_{name}" for name in names)
    counted = connection.scalar(sa.text(f"select sum({total}) from landing_part"))  # noqa: S608
    return equal("records in = posts + rejected + skipped", int(counted or 0), records)


def _truth(platform: str, posts: int, holdings: Holdings) -> dict[str, Saying]:
    """Return the newest version of each post by its id."""
    native_id = PLATFORMS[platform].native_id
    return {native_id(saying.number, posts): saying for saying in said(platform, posts, holdings)}


def _stored(connection: sa.Connection, platform: str) -> dict[str, _Stored]:
    rows = connection.execute(
        sa.text(
            "select native_id, post_key, text, title, lang, near_duplicate_of from post"
            " where platform = :platform"
        ),
        {"platform": platform},
    )
    return {native_id: _Stored(*rest) for native_id, *rest in rows}


def _ids(truth: _Truth, stored: _Posts) -> Check:
    missing, strange = len(truth.keys() - stored.keys()), len(stored.keys() - truth.keys())
    return equal("posts missing and unheard of", (missing, strange), (0, 0))


def _newest(truth: _Truth, stored: _Posts) -> Iterator[Check]:
    changed = [native_id for native_id, saying in truth.items() if saying.version]
    last = sum(stored[native_id].text.find("Edit: it is mended now") > 0 for native_id in changed)
    yield equal("changed posts with their newest words", last, len(changed))


_LOOKED_BACK: Final = timedelta(weeks=8)


def _copies(truth: _Truth, stored: _Posts) -> Iterator[Check]:
    """Yield how many copies point where their original does, and how many others are taken for one.

    Which of equal posts is taken for the first is not judged. Of near copies those count whose
    original is not too long ago to be looked at.
    """
    said = {saying.number: saying for saying in truth.values()}
    keys = {saying.number: stored[native_id].post_key for native_id, saying in truth.items()}
    points = {post.post_key: post.near_duplicate_of or post.post_key for post in stored.values()}
    copies = [saying for saying in truth.values() if saying.copy_of is not None]
    for what, is_near, least in (("exact", False, 1.0), ("near", True, 0.85)):
        some = [saying for saying in copies if saying.is_near is is_near]
        if is_near:
            some = [
                saying
                for saying in some
                if saying.copy_of is not None
                and saying.created_at - said[saying.copy_of].created_at < _LOOKED_BACK
            ]
        right = sum(
            points[keys[saying.number]] == points[keys[saying.copy_of]]
            for saying in some
            if saying.copy_of is not None
        )
        if some:
            yield _check(f"{what} copies found", right / len(some), least, is_least=True)
    in_copies = {number for saying in copies for number in (saying.number, saying.copy_of)}
    alone = [keys[saying.number] for saying in truth.values() if saying.number not in in_copies]
    wrong = sum(points[key] != key for key in alone)
    yield _check("originals taken for copies", wrong / len(alone), 0.005, is_least=False)


def _languages(truth: _Truth, stored: _Posts) -> Iterator[Check]:
    right = sum(stored[native_id].lang == saying.lang for native_id, saying in truth.items())
    yield _check("languages right", right / len(truth), 0.99, is_least=True)


def _contacts(truth: _Truth, stored: _Posts) -> Iterator[Check]:
    left = sum(
        saying.contact in f"{stored[native_id].title}\n{stored[native_id].text}"
        for native_id, saying in truth.items()
        if saying.contact
    )
    yield equal("mail addresses and phones left", left, 0)


def _topics(
    connection: sa.Connection, truth: _Truth, stored: _Posts, holdings: Holdings
) -> Iterator[Check]:
    """Yield how many posts of a sample are not tied to the topics whose labels stand in them.

    Inflected labels are not looked for: a tie that one makes is neither missed nor too much.
    """
    labels = [
        (words, topic.uri)
        for topic in holdings.topics
        for label in topic.labels
        if (words := _words(label.value))
    ]
    # What is one word, or shared by topics, waits for a second witness.
    shared = Counter(words for words, _ in labels)
    clear = [(words, uri) for words, uri in labels if shared[words] == 1 < len(words.split())]
    # In posts of other languages a label of one word does not count.
    english = (native_id for native_id in truth if stored[native_id].lang == "en")
    sample = [stored[native_id] for native_id in islice(english, _SAMPLE)]
    wrong = 0
    for post in sample:
        ties = connection.execute(
            sa.text("select topic_uri, method from post_topic where post_key = :key"),
            {"key": post.post_key},
        ).all()
        allowed = _labelled(post, labels)
        expected = _labelled(post, clear) & allowed
        tied = {uri for uri, _ in ties}
        by_label = {uri for uri, method in ties if method == "label"}
        wrong += not (expected <= tied and by_label <= allowed)
    yield equal(f"wrong of {len(sample)} posts tied to topics", wrong, 0)


def _labelled(post: _Stored, labels: Sequence[tuple[str, str]]) -> set[str]:
    """Return the topics with a label in the post's title or text that stands in no longer one."""
    topics: set[str] = set()
    for words_in in map(_words, (post.title or "", post.text)):
        found = [
            (start, start + len(words), uri)
            for words, uri in labels
            if words in words_in
            for start in _places(words_in, words)
        ]
        topics |= {
            uri
            for start, end, uri in found
            if not any(a <= start and end <= b and b - a > end - start for a, b, _ in found)
        }
    return topics


def _places(said: str, words: str) -> Iterator[int]:
    at = said.find(words)
    while at >= 0:
        yield at
        at = said.find(words, at + 1)


def _words(text: str) -> str:
    """Return the words with a space before and after each; "" when there are none."""
    words = _WORD.findall(_NO_WORDS.sub(" | ", text).casefold())
    return f" {' '.join(words)} " if words else ""
