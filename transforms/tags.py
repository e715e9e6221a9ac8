"""The tags on a post: the platform's own and the hashtags its author wrote."""

import re
import unicodedata
from collections.abc import Iterator

import pandas as pd
import regex

from contract.post import Tag
from transforms.links import ADDRESS
from transforms.text import clean_title

MOST_TAGS = 100
LONGEST_TAG = 100

# Letters, marks, digits and the joiners of Unicode's UAX 31 hashtags, with a letter among them.
_HASHTAG = regex.compile(
    r"(?<![\w&/#＃])[#＃]([\p{M}\p{N}_·・\u200c\u200d]*\p{L}[\p{L}\p{M}\p{N}_·・ー\u200c\u200d]*)"
)
_COLOUR = re.compile(r"(?=.*\d)[0-9a-f]{6}(?:[0-9a-f]{2})?", re.IGNORECASE)
_SEPARATORS = regex.compile(r"[\s\p{P}\p{S}]+")


def collect_tags(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `tags` filled: native tags first, then hashtags of title and text.

    Each tag stands once, whatever its case, without "#", 100 at most; numbers ("#1234") and
    colours ("#a1b2c3") are no tags, nor is what stands in an address.
    """
    columns = ["tags", "title", "text"]
    found = [
        _tags_of(given, f"{title}\n{text}" if isinstance(title, str) else text)
        for given, title, text in batch[columns].itertuples(index=False)
    ]
    return batch.assign(tags=pd.Series(found, index=batch.index, dtype=object))


def normalise_tag(tag: str) -> str:
    """Return a tag's words in lower case, so that BinDay, bin-day and bin_day are one."""
    plain = unicodedata.normalize("NFKC", tag)
    words = "".join(
        f" {letter}" if _begins_word(before, letter, after) else letter
        for before, letter, after in zip(f" {plain}", plain, f"{plain[1:]} ", strict=False)
    )
    # lower() last: folding a case makes Cherokee letters capitals
    folded = unicodedata.normalize("NFKC", words.casefold().lower())
    return " ".join(_SEPARATORS.split(folded)).strip()


def _begins_word(before: str, letter: str, after: str) -> bool:
    return letter.isupper() and (before.islower() or (before.isupper() and after.islower()))


def _tags_of(given: tuple[Tag, ...], text: str) -> tuple[Tag, ...]:
    found: dict[str, Tag] = {}
    for tag in (*given, *_hashtags(text)):
        name = clean_title(tag.tag).lstrip("#＃ ")[:LONGEST_TAG].rstrip()
        if name:
            found.setdefault(
                unicodedata.normalize("NFKC", name).casefold(),
                Tag(tag=name, normalised=normalise_tag(name), added_by=tag.added_by),
            )
    return tuple(found.values())[:MOST_TAGS]


def _hashtags(text: str) -> Iterator[Tag]:
    if "#" in text or "＃" in text:
        for match in _HASHTAG.finditer(ADDRESS.sub(" ", text)):
            if not _COLOUR.fullmatch(match[1]):
                yield Tag(tag=match[1])
