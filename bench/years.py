"""Invented years: posts as refine loads them, ties as link stores them, and their sums.

The same for the same number of posts, but for the day they end on. They are made batch by batch, so
that a million need no more memory than five thousand.
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

import pandas as pd
from msgspec.structs import replace

from bench.agency import Agency, Site
from bench.words import Vocabulary, spoken, vocabulary
from contract.keys import post_key, stable_key
from contract.post import Link, Post, Tag
from transforms.frame import frame_of
from transforms.keys import add_keys
from transforms.near_duplicates import sketch
from transforms.pseudonyms import pseudonymise
from transforms.search import fold_words
from warehouse.calendar import week_of
from warehouse.load import Part

BATCH_POSTS: Final = 5_000
"""What refine loads at once."""
_COPIES: Final = 0.05
_REMOVED: Final = 0.01
_SHARES: Final = {"en": 0.8, "de": 0.06, "fr": 0.05, "es": 0.05, "uk": 0.04}
_TIES: Final = {"topic": (0.12, 0.25, 0.3, 0.2, 0.13), "dataset": (0.75, 0.2, 0.05),
                "entity": (0.91, 0.08, 0.01)}  # fmt: skip
"""How often a post has none, one, two ... ties of a kind: 2, 0.3 and 0.1 of them on average."""
_FEWEST_TO_COPY: Final = 12
"""Words; two short posts are alike by accident."""
_COPIED: Final = 2_000
"""Posts back that people copy from."""
_SEEN_GONE_AFTER: Final = 4_000
"""Posts later that a removal is seen."""
_LONGEST: Final = 3_000
_METHODS: Final = {"topic": ("label", "label", "altlabel"), "dataset": ("retrieval", "link"),
                   "entity": ("name",)}  # fmt: skip
_KEY: Final = b"of an invented agency"


class Batch(NamedTuple):
    """What `load_batch` and then `store_ties` take: posts, their files, and ties of each kind.

    The first `written` posts are new; those after them are seen again, removed.
    """

    posts: pd.DataFrame
    written: int
    parts: list[Part]
    ties: list[pd.DataFrame]


class Tie(NamedTuple):
    """A tie of a post, as a person may review it."""

    post_key: str
    target: str
    target_key: str
    method: str


@dataclass(slots=True)
class Tally:
    """What was made; all but records, posts, and copies without what is a copy or was removed."""

    records: int = 0
    posts: int = 0
    copies: int = 0
    counted: int = 0
    weeks: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Posts by week and purpose."""
    ties: dict[str, Counter[str]] = field(default_factory=lambda: {k: Counter() for k in _TIES})
    """Ties by kind, then by what they lead to."""
    unmet: int = 0
    """Ties to topics of posts without a dataset that one could be ranked for."""
    tags: int = 0
    sample: list[Tie] = field(default_factory=list)
    """Ties of some hundredth of the posts."""
    shown: str = ""
    """Key of a post that is counted and has tags and all kinds of ties."""
    title: str = ""
    """Its title."""


class _Written(NamedTuple):
    """A post, how many words it has, and the targets of its ties."""

    post: Post
    words: int
    ties: dict[str, tuple[str, ...]]


class Years:
    """Posts of so many weeks until a day, by rising time; `tally` is whole once all are made."""

    def __init__(self, posts: int, weeks: int, agency: Agency, until: datetime) -> None:
        self.posts = posts
        self.tally = Tally()
        self._agency = agency
        self._since = until - timedelta(weeks=weeks)
        self._step = timedelta(weeks=weeks) / (posts + 1)
        self._dice = Random(1)  # noqa: S311  # the same posts each time
        self._words: dict[str, Vocabulary] = {
            lang: vocabulary(lang, self._dice) for lang in _SHARES
        }
        self._targets = {
            "topic": _Skewed(agency.topic_uris),
            "dataset": _Skewed(agency.dataset_keys),
            "entity": _Skewed(agency.entity_keys),
        }
        self._to_copy: deque[_Written] = deque(maxlen=_COPIED)
        self._going: deque[Post] = deque()

    def batches(self) -> Iterator[Batch]:
        """Yield all posts in batches; removals come as posts seen again, mostly in later ones."""
        for start in range(0, self.posts, BATCH_POSTS):
            numbers = range(start, min(start + BATCH_POSTS, self.posts))
            written = [self._write(number) for number in numbers]
            is_last = numbers.stop == self.posts
            gone = list(self._gone(numbers.stop, everything=is_last))
            yield self._batch(start // BATCH_POSTS, written, gone)

    def _write(self, number: int) -> _Written:
        dice = self._dice
        site = dice.choices(self._agency.sites, cum_weights=self._agency.shares)[0]
        created = self._since + self._step * (number + 1)
        is_copy = bool(self._to_copy) and dice.random() < _COPIES
        written = dice.choice(self._to_copy) if is_copy else self._own_words(number)
        is_going = not is_copy and dice.random() < _REMOVED
        post = _post(number, site, created, written.post, dice)
        written = written._replace(post=post)
        if is_going:
            self._going.append(post)
        elif not is_copy and written.words >= _FEWEST_TO_COPY:
            self._to_copy.append(written)
        self._note(written, site, is_copy=is_copy, is_going=is_going)
        return written

    def _own_words(self, number: int) -> _Written:
        dice = self._dice
        lang = dice.choices(list(_SHARES), list(_SHARES.values()))[0]
        count = min(_LONGEST, 5 + int(dice.lognormvariate(3.5, 1.0)))
        said = " ".join(spoken(self._words[lang], count + 6, dice))
        words = said.split(" ")
        # The number keeps two short posts from saying the same by accident.
        text = f"{' '.join(words[6:])} {number}".capitalize()
        title = " ".join(words[:6]).capitalize()
        tags = _tags(self._words[lang], dice)
        ties = {kind: self._targets[kind].some(_TIES[kind], dice) for kind in _TIES}
        post = Post(
            platform="", native_id="", kind="post", title=title, text=text, lang=lang,
            lang_score=0.99, tags=tags, text_signature=stable_key("text", text),
        )  # fmt: skip
        return _Written(post, count, ties)

    def _gone(self, now: int, *, everything: bool) -> Iterator[Post]:
        while self._going:
            number = int(self._going[0].native_id.rpartition("/")[2])
            if not everything and number > now - _SEEN_GONE_AFTER:
                return
            post = self._going.popleft()
            seen = (post.observed_at or self._since) + self._step * _SEEN_GONE_AFTER
            yield replace(post, observed_at=seen, removed_at=seen, removal_reason="deleted")

    def _note(self, written: _Written, site: Site, *, is_copy: bool, is_going: bool) -> None:
        tally = self.tally
        tally.posts += 1
        tally.copies += is_copy
        if is_copy or is_going:
            return
        tally.counted += 1
        tally.weeks[week_of(_created(written.post)), site.purpose] += 1
        for kind, targets in written.ties.items():
            tally.ties[kind].update(targets)
        # The datasets are in English: of other posts nobody can say that none fits.
        is_unmet = not written.ties["dataset"] and written.post.lang in (None, "en")
        tally.unmet += len(written.ties["topic"]) if is_unmet else 0
        tally.tags += len(written.post.tags)
        if written.post.tags and all(written.ties.values()):
            tally.shown = post_key(site.platform, written.post.native_id)
            tally.title = written.post.title or ""

    def _batch(self, number: int, written: Sequence[_Written], gone: Sequence[Post]) -> Batch:
        counts: Counter[str] = Counter()
        posts = []
        for post in (*(one.post for one in written), *gone):
            counts[post.source] += 1
            landing = f"{post.source}/{number:06}.jsonl#{counts[post.source]}"
            posts.append(replace(post, landing=landing))
        self.tally.records += len(posts)
        frame = sketch(fold_words(pseudonymise(add_keys(frame_of(posts)), _KEY)))
        frame = frame.assign(
            content_hash=[
                stable_key("content", post.native_id, post.text, str(post.removed_at is None))
                for post in posts
            ]
        )
        parts = [
            Part(f"{source}/{number:06}.jsonl", stable_key(source, str(number)) * 2, source,
                 pages=-(-count // 20), records=count)
            for source, count in sorted(counts.items())
        ]  # fmt: skip
        keys = frame["post_key"].tolist()[: len(written)]
        ties = [self._tie_frame(kind, keys, written) for kind in _TIES]
        return Batch(frame, len(written), parts, ties)

    def _tie_frame(self, kind: str, keys: list[str], written: Sequence[_Written]) -> pd.DataFrame:
        rows = [
            (key, target, 0.9, _METHODS[kind][len(target) % len(_METHODS[kind])], {"words": [kind]})
            for key, one in zip(keys, written, strict=True)
            for target in one.ties[kind]
        ]
        if kind == "topic":
            self.tally.sample += [Tie(r[0], kind, r[1], r[3]) for r in rows[::200]]
        names = ["post_key", "target", "score", "method", "evidence"]
        return pd.DataFrame(rows, columns=pd.Index(names)).astype({"score": "float64"})


class _Skewed:
    """Targets of which few are met often and most seldom."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = targets
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(targets))))

    def some(self, shares: Sequence[float], dice: Random) -> tuple[str, ...]:
        """Return different targets, as many as the shares say."""
        count = dice.choices(range(len(shares)), shares)[0]
        found = dice.choices(self._targets, cum_weights=self._weights, k=count) if count else ()
        return tuple(dict.fromkeys(found))


def _post(number: int, site: Site, created: datetime, said: Post, dice: Random) -> Post:
    """Return what was said as a post of the site."""
    writer = int(dice.paretovariate(0.7)) % 60_000
    links = _links(site, dice)
    community = f"{site.source}/{min(site.communities, int(dice.paretovariate(0.8)))}"
    return replace(
        said,
        source=site.source,
        platform=site.platform,
        kind="comment" if number % 3 else "post",
        native_id=f"{site.source}/{number}",
        url=f"{site.url}/{number}",
        community_id=community,
        community_name=f"Board {community}",
        author_id=str(writer),
        author_kind="organisation" if writer % 97 == 0 else "person",
        author_name=f"Writer {writer}",
        root_id=f"{site.source}/{number // 8 * 8}",
        parent_id=f"{site.source}/{number - 1}" if number % 3 else None,
        created_at=created,
        observed_at=created + timedelta(minutes=dice.randint(1, 300)),
        likes=dice.randint(0, 40),
        replies=dice.randint(0, 9),
        views=dice.randint(1, 900) if site.platform != "feed" else None,
        links=links,
    )


def _tags(words: Vocabulary, dice: Random) -> tuple[Tag, ...]:
    count = dice.choice((0, 1, 1, 2))
    found = dict.fromkeys(spoken(words, count, dice))
    return tuple(Tag(tag=word.title(), normalised=word) for word in found)


def _links(site: Site, dice: Random) -> tuple[Link, ...]:
    if dice.random() >= 0.4:
        return ()
    url = f"https://news.example/{dice.randint(2000, 2026)}/{dice.randint(1, 99_999)}"
    return (Link(url=url, canonical_url=url, domain="news.example"),)


def _created(post: Post) -> datetime:
    if post.created_at is None:
        raise ValueError("an invented post has a time")
    return post.created_at
