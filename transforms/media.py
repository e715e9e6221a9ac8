"""The pictures, films and sounds of a post: their addresses and what their author says of them."""

import pandas as pd

from contract.post import Media
from transforms.frame import whole_characters
from transforms.links import LONGEST_URL, canonical_url
from transforms.text import clean_body, clean_title

MOST_MEDIA = 100


def clean_media(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `media` cleaned: web addresses only, each once, 100 at most.

    Alternative text is cleaned as a plain body is, a licence as a title; empty ones are None.
    """
    found = [_media_of(given) if given else () for given in batch["media"].tolist()]
    return batch.assign(media=pd.Series(found, index=batch.index, dtype=object))


def _media_of(given: tuple[Media, ...]) -> tuple[Media, ...]:
    found: dict[str, Media] = {}
    for one in given:
        url = whole_characters(one.url.strip())
        canonical = canonical_url(url) if len(url) <= LONGEST_URL else None
        if canonical and canonical not in found:
            alt_text = clean_body(whole_characters(one.alt_text or ""), is_html=False)
            licence = clean_title(whole_characters(one.licence or ""))
            found[canonical] = Media(
                url=url, kind=one.kind, alt_text=alt_text or None, licence=licence or None
            )
            if len(found) == MOST_MEDIA:
                break
    return tuple(found.values())
