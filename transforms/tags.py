"""The tags on a post: the platform's own and the hashtags its author wrote."""

import re
import unicodedata
from functools import lru_cache

import pandas as pd
import regex

from contract.post import Tag
from transforms.links import without_addresses
from transforms.text import clean_title

MOST_TAGS = 100
LONGEST_TAG = 100

# Letters, marks, digits and the joiners of Unicode's UAX 31 hashtags, with a letter among them.
# Behind a letter of other scripts it is one too, and some write "#标签#".
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}"
_HASHTAG = regex.compile(
    r"(?<![\p{Latin}\p{N}_&/])[#＃]"
    r"([\p{M}\p{N}_·・\u200c\u200d]*\p{L}[\p{L}\p{M}\p{N}_·・ー\u200c\u200d]*)"
    rf"(?:(?<=[{_UNSPACED}])[#＃])?"
)
_COLOUR = re.compile(r"(?=.*\d)[0-9a-f]{6}(?:[0-9a-f]{2})?", re.IGNORECASE)
_ON_COLOURS = re.compile(
    r"colou?r|couleur|farbe|colore\b|kleur|kolor|колір|кольор|لون|颜色|顏色|\b(?:css|rgb|hex|background)\b",
    re.IGNORECASE,
)
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])")
"""Where a word begins in a tag of plain letters and digits, of which most tags are made."""
_SEPARATORS = regex.compile(r"[\s\p{P}\p{S}]+")


def collect_tags(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `tags` filled: native tags first, then hashtags of title and text.

    Each tag stands once, whatever its case, without "#", 100 at most. No tags are numbers
    ("#1234"), colours ("#a1b2c3") where the post speaks of colours, and what stands in an address.
    """
    columns = (batch[name].tolist() for name in ("tags", "title", "text"))
    found = [
        _tags_of(given, f"{title}\n{text}" if isinstance(title, str) else text)
        for given, title, text in zip(*columns, strict=True)
    ]
    return batch.assign(tags=pd.Series(found, index=batch.index, dtype=object))


def normalise_tag(tag: str) -> str:
    """Return a tag's words in lower case, so that BinDay, bin-day and bin_day are one."""
    if tag.isascii() and tag.isalnum():
        if tag[1:].islower():
            return tag.lower()
        return _HUMPS.sub(" ", tag).lower()
    plain = unicodedata.normalize("NFKC", tag)
    words = "".join(
        f" {letter}" if _begins_word(before, letter, after) else letter
        for before, letter, after in zip(f" {plain}", plain, f"{plain[1:]} ", strict=False)
    )
    # lower() last: folding a case makes Cherokee letters capitals
    folded = unicodedata.normalize("NFKC", words.casefold().lower())
    return " ".join(_SEPARATORS.split(folded)).strip()


def _begins_word(before: str, letter: str, after: str) -> bool:
    is_new = before.islower() or (after.islower() and (before.isupper() or before.isdecimal()))
    return is_new and letter.isupper()


def _tags_of(given: tuple[Tag, ...], text: str) -> tuple[Tag, ...]:
    hashtags = _hashtags(text) if "#" in text or "＃" in text else ()
    if not given and not hashtags:
        return ()
    found: dict[str, Tag] = {}
    names = {tag.tag for tag in given}  # most platforms give what stands in the text
    for tag in (*given, *(Tag(tag=name) for name in hashtags if name not in names)):
        name, folded, normalised = _spellings(tag.tag[: 10 * LONGEST_TAG])
        if name and folded not in found:
            found[folded] = Tag(tag=name, normalised=normalised, added_by=tag.added_by)
            if len(found) == MOST_TAGS:
                break
    return tuple(found.values())


@lru_cache(maxsize=8192)
def _spellings(tag: str) -> tuple[str, str, str]:
    """Return a tag as it is shown, as it is known again, and its words."""
    if tag.isascii() and tag.isalnum():  # nothing to clean
        name = tag[:LONGEST_TAG]
        return name, name.lower(), normalise_tag(name)
    name = clean_title(tag).lstrip("#＃ ")[:LONGEST_TAG].rstrip()
    return name, unicodedata.normalize("NFKC", name).casefold(), normalise_tag(name)


def _hashtags(text: str) -> list[str]:
    written = without_addresses(text)
    first = 0 if "＃" in written else max(0, written.find("#"))
    names: list[str] = _HASHTAG.findall(written, first)
    colours = {name for name in names if len(name) in (6, 8) and _COLOUR.fullmatch(name)}
    if colours and _ON_COLOURS.search(text):
        return [name for name in names if name not in colours]
    return names
