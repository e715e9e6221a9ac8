"""What invented people say, one after the other, and what has to be found in it.

The same for the same number, and made while they are read: a million need no more memory than a
thousand.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from bench.invented import Holdings
from bench.words import LANGUAGES, Vocabulary, chatty, named, spoken, vocabulary

END: Final = datetime(2026, 11, 16, tzinfo=UTC)
SPAN: Final = timedelta(days=365)
_NOT_ENGLISH: Final = 0.1
_AGAIN: Final = 0.03
_EXACT, _NEAR = 0.05, 0.05
_FEWEST_TO_COPY: Final = 14
"""Words; two short posts are alike by accident."""
_COPIED: Final = 200
"""Posts back that people copy from."""
_SEEN: Final = 400
"""Posts back that come again, the older half of them: never on the same page."""
_EMOJI: Final = ("😩", "🤷\u200d♀\ufe0f", "👍", "❤\ufe0f", "🚲", "😂😂", "🌳", "🇪🇺")
_ENDS: Final = (",", ",", ".", ".", ".", "!", "?", " -", "...", "")


class Saying(NamedTuple):
    """A post of whatever platform; its `number` is the same when it comes again.

    `labels`, `entity`, `contact` and `lang` are what has to be found, or must not be; `version` is
    1 once its author has changed it.
    """

    number: int
    version: int
    is_again: bool
    created_at: datetime
    author: int
    lang: str
    words: str
    tags: tuple[str, ...]
    url: str | None
    mention: int | None
    answers: int | None
    labels: tuple[str, ...]
    entity: str | None
    contact: str | None
    copy_of: int | None
    is_near: bool


class _Tongue(NamedTuple):
    words: dict[str, Vocabulary]
    labels: Sequence[str]
    pages: Sequence[str]
    names: Sequence[str]


def moment(number: int, posts: int) -> datetime:
    """Return when the post of that number among so many was written."""
    return END - SPAN + SPAN * number / posts


def sayings(posts: int, seed: int, holdings: Holdings) -> Iterator[Saying]:
    """Yield so many, the oldest first; three in a hundred are posts that come again.

    Of copies the original is never changed, so that they stay copies.
    """
    dice = Random(seed)  # noqa: S311  # the same posts each time
    tongue = _tongue(holdings, dice)
    to_copy: deque[Saying] = deque(maxlen=_COPIED)
    seen: deque[Saying] = deque(maxlen=_SEEN)
    number = 0
    for _ in range(posts):
        if len(seen) == _SEEN and dice.random() < _AGAIN:
            yield _again(seen, dice)
            continue
        at, luck = moment(number, posts), dice.random()
        if to_copy and luck < _EXACT + _NEAR:
            said = _copy(dice.choice(to_copy), number, at, luck > _EXACT, dice)
        else:
            said = _own(number, at, tongue, dice)
            if not _may_change(said) and said.words.count(" ") >= _FEWEST_TO_COPY:
                to_copy.append(said)
        seen.append(said)
        yield said
        number += 1


def _tongue(holdings: Holdings, dice: Random) -> _Tongue:
    return _Tongue(
        {lang: chatty(vocabulary(lang, dice)) for lang in LANGUAGES},
        [label.value for topic in holdings.topics for label in topic.labels if label.lang == "en"],
        [str(dataset.landing_page) for dataset in holdings.datasets],
        [entity.name for entity in holdings.entities],
    )


def _may_change(said: Saying) -> bool:
    return said.number % 4 == 0 and said.copy_of is None


def _again(seen: deque[Saying], dice: Random) -> Saying:
    at = dice.randrange(_SEEN // 2)
    said = seen[at]
    del seen[at]
    if not _may_change(said):
        return said._replace(is_again=True)
    return said._replace(is_again=True, version=1, words=f"{said.words} Edit: it is mended now.")


def _copy(original: Saying, number: int, at: datetime, is_near: bool, dice: Random) -> Saying:
    said = original._replace(
        number=number, created_at=at, author=_author(dice), copy_of=original.number,
        is_near=is_near, answers=None,
    )  # fmt: skip
    if not is_near:
        return said
    words = said.words.split(" ")
    if dice.random() < 0.3:
        words[:0] = ["RT", f"@invented_writer_{original.author}:"]
    else:
        for _ in range(dice.randint(1, 3)):
            place = dice.randrange(len(words))
            words[place : place + 1] = dice.choice(([], ["again"], [words[place], "really"]))
    return said._replace(words=" ".join(words), labels=(), entity=None)


def _own(number: int, at: datetime, tongue: _Tongue, dice: Random) -> Saying:
    lang = "en" if dice.random() >= _NOT_ENGLISH else dice.choice(LANGUAGES[1:])
    pieces = spoken(tongue.words[lang], min(40, 6 + int(dice.gammavariate(2, 7))), dice)
    labels: tuple[str, ...] = ()
    entity = contact = url = mention = answers = None
    if lang == "en":
        if dice.random() < 0.7:
            labels = tuple(dice.choices(tongue.labels, k=dice.randint(1, 3)))
        entity = dice.choice(tongue.names) if dice.random() < 0.03 else None
        for planted in (*labels, *([entity] if entity else ())):
            pieces.insert(dice.randrange(len(pieces)), planted)
    words = _punctuated(pieces, dice)
    if dice.random() < 0.15:
        words = f"{words} {dice.choice(_EMOJI)}"
    if dice.random() < 0.02:
        contact = _contact(dice)
        words = f"{words} {contact}"
    if dice.random() < 0.45:
        url = _address(tongue.pages, dice)
    tags: tuple[str, ...] = ()
    if dice.random() < 0.4:
        tags = tuple(_tag(tongue.words[lang], dice) for _ in range(dice.randint(1, 3)))
    if dice.random() < 0.3:
        mention = _author(dice)
    if number and dice.random() < 0.2:
        answers = max(0, number - dice.randint(1, 50))
    return Saying(number, 0, False, at, _author(dice), lang, words, tags, url, mention, answers,
                  labels, entity, contact, None, False)  # fmt: skip


def _punctuated(pieces: Sequence[str], dice: Random) -> str:
    """Return them as hasty people write: mostly in lower case, with some punctuation."""
    is_neat = dice.random() < 0.6
    said: list[str] = []
    for start in range(0, len(pieces), step := dice.randint(5, 12)):
        clause = " ".join(pieces[start : start + step])
        if is_neat and (not said or said[-1][-1] in ".!?"):
            clause = clause[0].upper() + clause[1:]
        said.append(clause + dice.choice(_ENDS))
    return " ".join(said).rstrip(", -")


def _author(dice: Random) -> int:
    return min(200_000, int(dice.paretovariate(0.5)))


def _tag(words: Vocabulary, dice: Random) -> str:
    return named(words, (1, 1, 2), dice).title().replace(" ", "")


def _address(pages: Sequence[str], dice: Random) -> str:
    if dice.random() < 0.05:
        return dice.choice(pages)
    site = f"https://{dice.choice(('news', 'town', 'pictures', 'blog'))}.example"
    return f"{site}/{dice.randint(2015, 2026)}/{dice.randint(1, 99_999)}?utm_source=here"


def _contact(dice: Random) -> str:
    if dice.random() < 0.5:
        return f"nobody{dice.randint(1, 9999)}@mail.example"
    return f"07700 900{dice.randint(100, 999)}"
