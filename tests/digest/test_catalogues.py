"""The languages of a digest: nothing is missing in one, and dates and numbers follow it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from fernley_issues import FULL

from contract.errors import FixSettings
from digest import language
from digest.language import CATALOGUES, LOCALES, isolated, speaking
from digest.quoting import why
from digest.render import render_text, subject_of
from digest.weeks import spoken

DIGEST = Path(language.__file__).parent
FOUND_BY = [("templates/*", "jinja2.ext:babel_extract"), ("**.py", "python")]
KEYWORDS = {"say": None, "message": None, "count": (1, 2)}
OTHERS = sorted(set(LOCALES) - {"en"})

Message = str | tuple[str, ...]


@pytest.fixture(scope="module")
def written() -> set[Message]:
    """Return the messages in the code and the templates, a pair where there is a plural."""
    found = extract_from_dir(DIGEST, method_map=FOUND_BY, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


def catalogue(code: str) -> Catalog:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def forms(message: Message | Iterable[str]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


def filled_in(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_messages_are_found_in_code_and_templates(written: set[Message]) -> None:
    assert {"Skip to the content", "{topic} up", ("{n} post", "{n} posts")} <= written
    assert len(written) > 120


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_is_said_in_every_language(code: str, written: set[Message]) -> None:
    there = {
        message.id if isinstance(message.id, str) else tuple(message.id): message
        for message in catalogue(code)
        if message.id
    }
    assert set(there) == written
    for english, message in there.items():
        said = forms(message.string)
        assert all(said), english
        assert len(said) == (1 if isinstance(english, str) else catalogue(code).num_plurals)
        assert not message.fuzzy
        allowed = {name for form in forms(english) for name in filled_in(form)}
        for form in said:
            # One of something may say so in words, as `einer Community` does.
            assert filled_in(form) | {"n"} == allowed | {"n"}, english


def test_nothing_english_is_left_in_another_language() -> None:
    ours = {"posts", "usually", "topics", "counted", "complaints", "outlook", "before"}
    said = {code: render_text(replace(FULL, language=code)).casefold() for code in LOCALES}
    assert ours <= set(re.findall(r"\w+", said["en"]))
    for code in OTHERS:
        assert not ours & set(re.findall(r"\w+", said[code]))


def test_numbers_dates_and_plurals_follow_the_language() -> None:
    english, german = speaking("en"), speaking("de")
    assert english.number(12345.6) == "12,346"
    assert german.number(12345.6) == "12.346"
    assert (english.percent(0.999), german.percent(0.999)) == ("99%", "99\xa0%")
    assert (english.percent(0.001), german.percent(0.001)) == ("1%", "1\xa0%")
    day = date(2026, 11, 10)
    assert (english.weekday(day), german.weekday(day)) == (
        "Tuesday 10 November",
        "Dienstag, 10. November",
    )
    assert german.count("{n} post", "{n} posts", 1) == "1 Beitrag"
    assert german.count("{n} post", "{n} posts", 2000) == "2.000 Beiträge"
    assert german.listed(["a", "b", "c"]) == "a, b und c"


@pytest.mark.parametrize(
    ("week", "english", "german"),
    [
        ("2026-W46", "9 to 15 November 2026", "9. bis 15. November 2026"),
        ("2026-W49", "30 November to 6 December 2026", "30. November bis 6. Dezember 2026"),
        (
            "2026-W53",
            "28 December 2026 to 3 January 2027",
            "28. Dezember 2026 bis 3. Januar 2027",
        ),
    ],
)
def test_a_week_is_said_as_people_say_it(week: str, english: str, german: str) -> None:
    assert spoken(week, speaking("en")) == english
    assert spoken(week, speaking("de")) == german


def test_subject_and_reasons_are_in_the_language() -> None:
    subject = subject_of(replace(FULL, language="de"))
    assert subject.endswith("Potholes öfter, Street lighting seltener, 9. bis 15. November 2026")
    assert why("terms", {"terms": ["Belag"]}, language="de") == "nennt „Belag“"
    assert why("link", {}, language="de") == "verlinkt darauf"


def test_names_may_hold_braces_and_be_written_from_the_right() -> None:
    say = speaking("de").say
    assert say("{topic} up", topic="{evil} {0} %s") == "{evil} {0} %s öfter"
    assert say("{topic} up", topic="حفر") == "\u2068حفر\u2069 öfter"
    assert isolated("Schlaglöcher") == "Schlaglöcher"


def test_a_language_without_catalogue_is_refused_with_those_there_are() -> None:
    with pytest.raises(FixSettings, match="'fr' is no language of digests; allowed are: en, de"):
        speaking("fr")
