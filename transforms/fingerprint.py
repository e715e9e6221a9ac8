"""Digests of what a post says: to see that it changed, and that it is a copy."""

from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import regex

from contract.columns import COLUMNS
from contract.keys import keys_after
from contract.post import Media, Privacy
from transforms.links import without_addresses

FEWEST_LETTERS = 20

# How and when a post came here is not what it says; nor is the exact height of a probability,
# whose last digits differ from machine to machine. What few posts have is added where it is.
_NOT_CONTENT = frozenset((
    "content_hash", "text_signature", "intent", "sketch", "row_hash", "source", "observed_at",
    "landing", "lang_score", "rating", "best_rating",
))  # fmt: skip
_CONTENT = tuple(
    column
    for column in COLUMNS.values()
    if not (column.is_list or column.privacy is Privacy.TRANSIENT or column.name in _NOT_CONTENT)
)
_NOT_WORDS = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_NO_WORDS = bytes(code for code in range(128) if not chr(code).isalnum())
"""The same in UTF-8, of ASCII alone: with most of them gone first, it takes half the time."""
_DIGITS = b"0123456789"
_encode = msgspec.json.Encoder().encode
_content_key = keys_after("content")
_text_key = keys_after("text")
_NO_TIME = np.iinfo(np.int64).min
"""How numpy writes a moment that is not known."""


def fingerprint(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `content_hash` and `text_signature` filled.

    Equal content gives equal digests on every machine and in any batch. Content is every stored
    column but for how the post came here, its tags, its canonical addresses, and its media, whose
    addresses count without what stands behind "?": sizes and signatures change by themselves.
    """
    columns = [_plain(batch[column.name], column.type) for column in _CONTENT]
    tags = [
        [(tag.tag, tag.added_by) for tag in found] if found else ()
        for found in batch["tags"].tolist()
    ]
    links = [
        [link.canonical_url for link in found] if found else () for found in batch["links"].tolist()
    ]
    rows = list(map(_encode, zip(*columns, tags, links, strict=True)))
    # A post without media or stars has the digest it had before there were any.
    for row, found in enumerate(batch["media"].tolist()):
        if found:
            rows[row] = _longer(rows[row], [_media(one) for one in found])
    stars = list(zip(batch["rating"].tolist(), batch["best_rating"].tolist(), strict=True))
    for row in np.flatnonzero(batch["rating"].notna()).tolist():
        rows[row] = _longer(rows[row], {"stars": stars[row]})
    hashes = list(map(_content_key, rows))
    signatures = [text_signature(text) for text in batch["text"].tolist()]
    return batch.assign(
        content_hash=pd.Series(hashes, index=batch.index, dtype="str"),
        text_signature=pd.Series(signatures, index=batch.index, dtype="str"),
    )


def text_signature(text: str) -> str:
    """Return a digest of the text's letters and digits alone, or "" for fewer than 20 letters."""
    said = without_addresses(text)
    if said.isascii():
        told = said.encode().translate(None, _NO_WORDS).lower()
        is_long = _begins_in_letters(told) or len(told.translate(None, _DIGITS)) >= FEWEST_LETTERS
        return _text_key(told) if is_long else ""
    told = said.casefold().encode("utf-8", "surrogatepass").translate(None, _NO_WORDS)
    words = told.decode("utf-8", "surrogatepass")
    if not words.isalnum():
        words = _NOT_WORDS.sub("", words)
    is_long = _begins_in_letters(words) or sum(map(str.isalpha, words)) >= FEWEST_LETTERS
    return _text_key(words) if is_long else ""


def _begins_in_letters(words: str | bytes) -> bool:
    """Return whether there are enough letters at the beginning, as most texts have them."""
    return len(words) >= FEWEST_LETTERS and words[:FEWEST_LETTERS].isalpha()


def _longer(row: bytes, value: Any) -> bytes:
    """Return a list in JSON with one value more."""
    return row[:-1] + b"," + _encode(value) + b"]"


def _media(one: Media) -> tuple[str | None, ...]:
    return one.url.partition("?")[0], one.kind, one.alt_text, one.licence


def _plain(series: "pd.Series[Any]", kind: type) -> list[Any]:
    """Return the column as what JSON writes: text, numbers, or microseconds since 1970.

    What is missing is None or no number, which JSON writes as null.
    """
    if series.name == "removed_at":  # that it is gone, not when that was seen
        return series.notna().tolist()
    if kind is datetime:
        moments = series.dt.as_unit("us").astype("int64").tolist()
        return [None if moment == _NO_TIME else moment for moment in moments]
    if kind is float:
        series = series.round(7) + 0.0  # seven decimals of a degree are a centimetre; no -0.0
    return series.tolist()
