"""A language is named where there is ground to, and only one the agency asks for."""

import csv
from pathlib import Path

import pytest

from contract.errors import FixSettings
from contract.post import Post
from transforms.frame import frame_of
from transforms.language import identify_language, language_identifier
from transforms.text import clean_text


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
    assert language_identifier(["en", "cy", "ja"])(text)[0] == lang


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


def test_short_public_posts(bench: Path) -> None:
    with (bench / "language" / "tweets.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    identify = language_identifier(["de", "en", "es", "fr"])
    asked = [row for row in rows if row["lang"] in ("de", "en", "es", "fr")]
    other = [row for row in rows if row["lang"] in ("it", "nl")]
    right = sum(identify(row["text"])[0] == row["lang"] for row in asked)
    taken = sum(identify(row["text"])[0] is not None for row in other)
    assert right / len(asked) > 0.985
    assert taken / len(other) < 0.01
