"""The language a post is written in, or an honest "undetermined"."""

from collections.abc import Callable, Sequence
from functools import cache

import pandas as pd
import regex
from py3langid.langid import (
    MODEL_FILE,
    LanguageIdentifier,
)

from contract.errors import FixSettings
from transforms.links import ADDRESS

Identifier = Callable[[str], tuple[str | None, float | None]]
"""Returns a text's language (ISO 639) and its probability, or twice None when undetermined."""

LEAST_SCORE = 0.2
FEWEST_LETTERS = 10
MOST_LETTERS_READ = 200
SHORT_TEXT = 40

# What people write in public most. A text is told apart among all of these, so that one in a
# language the agency does not ask for is left undetermined and not taken for its next of kin.
_WIDELY_WRITTEN = (
    "ar bg bn ca cs cy da de el en es fa fi fr ga hi hu id it ja ko nl no pa pl pt ro ru sk so sv"
    " ta tr uk ur vi zh"
)
_NO_WORDS = regex.compile(r"(?<!\w)[@#＠＃][\w.@-]+|:\w+:|[^\p{L}\p{M}'’\s-]+")
_LETTERS = regex.compile(r"[\p{L}\p{M}]")
# Scripts whose sign is a syllable or a word: fewer of them say as much.
_SYLLABLE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")


def identify_language(batch: pd.DataFrame, identifier: Identifier) -> pd.DataFrame:
    """Return the batch with `lang` and `lang_score` filled, both null when undetermined.

    The title counts where the text has fewer than 40 characters. What the platform declares is not
    used: it is the language of an account or an app as often as that of the words.
    """
    found = [
        identifier(
            f"{title}\n{text}" if len(text) < SHORT_TEXT and isinstance(title, str) else text
        )
        for title, text in zip(batch["title"], batch["text"], strict=True)
    ]
    return batch.assign(
        lang=pd.Series([lang for lang, _ in found], index=batch.index, dtype="str"),
        lang_score=pd.Series([score for _, score in found], index=batch.index, dtype="float64"),
    )


def language_identifier(languages: Sequence[str]) -> Identifier:
    """Return an identifier that knows these languages (ISO 639) and no others.

    Built once for each set of languages: loading the model takes a second. Raises FixSettings
    for a language the model does not know.
    """
    return _identifier(frozenset(languages))


@cache
def _identifier(languages: frozenset[str]) -> Identifier:
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    unknown = sorted(languages.difference(model.labels))
    if unknown:
        raise FixSettings(
            f"agency.languages: {', '.join(unknown)} cannot be identified; "
            f"allowed are {', '.join(sorted(model.labels))}"
        )
    model.set_languages(sorted(languages.union(_WIDELY_WRITTEN.split())))

    def identify(text: str) -> tuple[str | None, float | None]:
        written = ADDRESS.sub(" ", text[: 10 * MOST_LETTERS_READ])
        words = " ".join(_NO_WORDS.sub(" ", written).split())[:MOST_LETTERS_READ]
        if len(words) < 4 * FEWEST_LETTERS and _letters(words) < FEWEST_LETTERS:
            return None, None
        lang, score = model.classify(words)
        return (lang, score) if score >= LEAST_SCORE and lang in languages else (None, None)

    return identify


def _letters(words: str) -> int:
    return len(_LETTERS.findall(words)) + 2 * len(_SYLLABLE.findall(words))
