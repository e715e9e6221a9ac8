"""Completing: the transforms a post goes through, in order, and the version of all of them."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pandas as pd

import transforms
from contract.charter import Charter
from contract.keys import stable_key
from transforms.fingerprint import fingerprint
from transforms.intent import classify_intent
from transforms.keys import add_keys
from transforms.language import identify_language, language_identifier
from transforms.language_tables import Tables, tables_of
from transforms.links import find_links
from transforms.media import clean_media
from transforms.near_duplicates import sketch
from transforms.pseudonyms import key_id, name_organisations, pseudonymise
from transforms.reading import Reading, read
from transforms.redaction import redact
from transforms.search import fold_words
from transforms.tags import collect_tags
from transforms.text import clean_text

Steps = Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]]

_KINDS: Final = (".py", ".txt", ".yaml")
_LIBRARIES: Final = (
    "idna", "phonenumbers", "py3langid", "python-stdnum", "regex", "resiliparse", "w3lib",
)  # fmt: skip
"""What the outcome of a transform depends on beside our own code and data."""


class Complete:
    """The way of a batch from what `parse` gave to what is stored, for a charter and a key."""

    def __init__(
        self,
        charter: Charter,
        key: bytes,
        tables: Callable[[frozenset[str]], Tables] = tables_of,
    ) -> None:
        self._agency = charter.agency
        self._organisations = charter.organisations
        self._key = key
        self._tables = tables
        self.key_id = key_id(key)
        self.expanding = charter.expanding
        """The sources whose short links may be led to where they lead."""
        asked = (*sorted(self._agency.languages), *sorted(map(" ".join, self._organisations)))
        self._version = stable_key(_methods(), self._agency.country, self.key_id, *asked)

    def __call__(self, batch: pd.DataFrame) -> tuple[pd.DataFrame, Reading]:
        """Return the batch completed, and the words of its posts for what looks for ties."""
        cleaned = through(self.cleaning, batch)
        reading = read(cleaned)
        return through(self.describing(reading), cleaned), reading

    def version(self, source: str) -> str:
        """Return the version of what is made of a post of this source."""
        return self._version + " expanded" * (source in self.expanding)

    def known(self, batch: pd.DataFrame) -> pd.DataFrame:
        """Return the batch with keys and pseudonyms: enough for posts that are stored already."""
        return through(self._naming, add_keys(batch))

    @cached_property
    def cleaning(self) -> Steps:
        """The transforms, by name and in order, after which the words of a post stand."""
        return cleaning_steps(self._agency.languages, self._agency.country, self._tables)

    def describing(self, reading: Reading) -> Steps:
        """Return the transforms, by name and in order, that work on these words."""
        return {
            "words for search": partial(fold_words, reading=reading),
            "sketch": partial(sketch, reading=reading),
            "intent": partial(classify_intent, reading=reading),
            **self._naming,
            "fingerprint": fingerprint,
        }

    @cached_property
    def _naming(self) -> Steps:
        return {
            "organisations": partial(name_organisations, organisations=self._organisations),
            "pseudonyms": partial(pseudonymise, key=self._key),
        }


def cleaning_steps(
    languages: Sequence[str],
    country: str,
    tables: Callable[[frozenset[str]], Tables] = tables_of,
) -> Steps:
    """Return the transforms, by name and in order, after which the words of a post stand.

    Raises FixSettings for a language that cannot be identified.
    """
    return {
        "keys": add_keys,
        "text": clean_text,
        "links": find_links,
        "tags": collect_tags,
        "media": clean_media,
        "language": partial(identify_language, identifier=language_identifier(languages, tables)),
        "redaction": partial(redact, country=country),
    }


def through(steps: Steps, batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch after these transforms."""
    for transform in steps.values():
        batch = transform(batch)
    return batch


@cache
def _methods() -> str:
    """Return a digest of all that decides what the transforms make of a post.

    The code itself is read, so that no version has to be raised by hand.
    """
    digest = sha256(unicodedata.unidata_version.encode())
    found = (path for kind in _KINDS for path in Path(transforms.__path__[0]).glob(f"*{kind}"))
    for path in sorted(found):
        digest.update(path.name.encode() + path.read_bytes())
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()
