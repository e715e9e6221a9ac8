"""A language is named where there is ground to, and only one the agency asks for."""

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import py3langid
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import LanguageIdentifier

from contract.errors import FixSettings
from contract.post import Post
from transforms.frame import frame_of
from transforms.language import KNOWN, identify_language, language_identifier
from transforms.language_model import LanguageModel
from transforms.text import clean_text

INVENTED = Path(__file__).parent / "data" / "languages.tsv"
ASKED = ["ar", "cy", "de", "en", "es", "fr", "pl", "uk", "zh"]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The bins on Mill Lane were not emptied again", "en"),
        ("Mae’r bws yn hwyr eto heddiw", "cy"),
        ("WHERE IS MY BUS", "en"),
        ("ゴミの収集はいつですか", "ja"),
        ("Der Müll wurde schon wieder nicht abgeholt", None),  # German is not asked for
        ("Bins!", None),
        ("#bins @ottoline https://town.example/the/bins/were/not/emptied 🦢🦢 12345", None),
        ("", None),
    ],
)
def test_language(text: str, lang: str | None) -> None:
    ((found, score),) = language_identifier(["en", "cy", "ja"])([text])
    assert found == lang
    assert (score is None) == (lang is None)


def test_a_title_helps_a_short_text() -> None:
    photo = Post(platform="forum", native_id="1", kind="photo", title="The swans on the old canal")
    silent = Post(platform="forum", native_id="2", kind="photo", lang_declared="en")
    batch = identify_language(clean_text(frame_of([photo, silent])), language_identifier(["en"]))
    assert batch["lang"][0] == "en"
    assert 0.2 <= batch["lang_score"][0] <= 1
    assert batch.loc[1, ["lang", "lang_score"]].isna().all()


def test_a_language_nobody_can_identify_is_refused() -> None:
    with pytest.raises(
        FixSettings, match=r"agency\.languages: tlh cannot be identified; allowed are"
    ):
        language_identifier(["en", "tlh"])


def test_invented_posts_in_nine_languages_and_in_none() -> None:
    rows = read(INVENTED)
    counts = Counter(row["lang"] for row in rows)
    assert len(counts) == 10
    assert min(counts.values()) >= 25
    guesses = language_identifier([lang for lang in counts if lang != "und"])(
        [row["text"] for row in rows]
    )
    wrong = Counter(
        row["lang"]
        for row, (lang, _) in zip(rows, guesses, strict=True)
        if (lang or "und") != row["lang"]
    )
    assert wrong.total() / len(rows) < 0.02
    assert all(wrong[lang] / counts[lang] < 0.05 for lang in counts)


def test_a_text_has_the_language_it_has_alone_and_of_the_model_asked_by_its_authors() -> None:
    texts = [row["text"] for row in read(INVENTED)] + ["", "\0", "ab" * 99, "\ud83d", "ß" * 200]
    model = LanguageModel(frozenset(ASKED))
    together = model.classify(texts)
    assert together == [answer for text in texts for answer in model.classify([text])]
    model_file = Path(py3langid.__file__).with_name("data") / "model.npz.xz"
    plain = LanguageIdentifier.from_model_file(model_file, norm_probs=True)
    assert frozenset(plain.labels) == KNOWN
    plain.set_languages(ASKED)
    for text, (lang, score) in zip(texts, together, strict=True):
        known, probability = plain.classify(text)
        assert score == pytest.approx(probability, abs=1e-3)
        assert lang == known or score < 0.2


def test_the_model_is_not_loaded_before_there_are_words() -> None:
    says = """
import sys
from transforms.language import language_identifier
assert language_identifier(["en"])(["", "https://town.example", "🦢"]) == [(None, None)] * 3
assert "transforms.language_model" not in sys.modules
assert language_identifier(["en"])(["The bins were not emptied"])[0][0] == "en"
"""
    subprocess.run([sys.executable, "-c", says], check=True, cwd=Path(__file__).parents[2])


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec=None)) | st.sampled_from(["words of a post", "#a"])))
def test_any_text_has_a_language_or_none(texts: list[str]) -> None:
    guesses = language_identifier(["en", "zh"])(texts)
    assert len(guesses) == len(texts)
    assert {lang for lang, _ in guesses} <= {"en", "zh", None}


def test_short_public_posts(bench: Path) -> None:
    rows = read(bench / "language" / "tweets.tsv")
    guesses = language_identifier(["de", "en", "es", "fr"])([row["text"] for row in rows])
    found = list(zip((row["lang"] for row in rows), (lang for lang, _ in guesses), strict=True))
    asked = [lang == guess for lang, guess in found if lang in ("de", "en", "es", "fr")]
    other = [guess is not None for lang, guess in found if lang in ("it", "nl")]
    assert sum(asked) / len(asked) > 0.985
    assert sum(other) / len(other) < 0.01


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
