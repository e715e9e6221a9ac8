"""Verdicts teach from the next load of the catalogue on, and tie posts anew only where they do."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from batches import later, load, post_of, rows

from connectors import discourse, reddit
from contract.catalogue import Example, Label, Topic
from contract.charter_vocabulary import Ties
from pipeline.link import Tie, is_linked, link_posts
from pipeline.teaching import note_reviews, taught
from warehouse.catalogue import load_examples, load_topics
from warehouse.reviews import Verdict, store_verdicts
from warehouse.tables import post

LAMPS, BINS = "https://t.example/lamps", "https://t.example/bins"
WHERE = ("Mill Lane", "the station", "my house", "the school", "Elm Road", "the park", "town hall")
DARK = ("The street lamp by {} is broken again", "No light at night near {}, the lamp is dark")
FULL = ("The rubbish by {} was not collected", "Nobody emptied the bin near {}, rubbish all over")
TALK = ("Lovely weather by {}", "Has anybody seen my cat near {}?", "Great football near {}")


def _said(forms: tuple[str, ...]) -> list[str]:
    return [form.format(where) for where in WHERE for form in forms]


def _review(engine: sa.Engine, at: int, topic: str, verdict: str, hour: int = 1) -> None:
    keys = sorted(row["post_key"] for row in rows(engine, post))
    said = Verdict(keys[at], "topic", topic, "label", verdict, None)  # type: ignore[arg-type]
    assert store_verdicts(engine, [said], "analyst", later(hour)).outcomes == ["stored"]


def test_posts_of_a_platform_that_forbids_training_teach_nothing(
    town: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_topics(town, "taxonomy", [
        Topic(uri=LAMPS, labels=(Label(kind="prefLabel", value="Lighting", lang="en"),))
    ])  # fmt: skip
    load(town, [post_of(f"{n}", text=text, lang="en") for n, text in enumerate(_said(DARK))])
    for at in range(len(_said(DARK))):
        _review(town, at, LAMPS, "agree")
    with town.connect() as connection:
        assert len(taught(connection).agreed) == len(_said(DARK)), "it is asked for, and given"
    on_reddit = {name: getattr(discourse.TERMS, name) for name in type(discourse.TERMS).__slots__}
    on_reddit["forbids"] = reddit.TERMS.forbids
    monkeypatch.setattr(discourse, "TERMS", type(discourse.TERMS)(**on_reddit))
    with town.connect() as connection:
        assert taught(connection).agreed == []


def test_verdicts_tie_posts_anew_only_where_topics_are_learnt_from_them(
    town: sa.Engine, tmp_path: Path
) -> None:
    load_topics(town, "taxonomy", [
        Topic(uri=uri, labels=(Label(kind="prefLabel", value=name, lang="en"),))
        for uri, name in ((LAMPS, "Lighting"), (BINS, "Waste"))
    ])  # fmt: skip
    load(town, [post_of(f"{n}", text=text, lang="en") for n, text in enumerate(_said(TALK))])

    def is_tied_anew() -> bool:
        link_posts(town, Tie(town, tmp_path, Ties()))
        note_reviews(town)
        return not is_linked(town, Ties())

    _review(town, 0, LAMPS, "disagree")
    assert not is_tied_anew(), "nothing is learnt of any topic"
    load_examples(town, "examples.csv", [
        *(Example(topic=LAMPS, text=text, lang="en") for text in _said(DARK)),
        *(Example(topic=BINS, text=text, lang="en") for text in _said(FULL)[:3]),
    ])  # fmt: skip
    assert not is_tied_anew(), "what is learnt now is learnt with the verdict"
    learnt = Tie(town, tmp_path, Ties()).ready().topics.learnt
    assert learnt is not None
    assert learnt.topics == [LAMPS]
    _review(town, 1, BINS, "disagree")
    assert not is_tied_anew(), "of that topic there are too few examples"
    _review(town, 2, LAMPS, "disagree")
    before = Tie(town, tmp_path, Ties())
    assert before.ready().topics.learnt.version == learnt.version  # type: ignore[union-attr]
    # A machine that kept nothing cannot learn again from what was said before: all follow it.
    other = Tie(town, tmp_path / "other", Ties())
    assert other.ready().topics.learnt.version != learnt.version  # type: ignore[union-attr]
    again = Tie(town, tmp_path, Ties())
    versions = {tie.ready().topics.learnt.version for tie in (again, other)}  # type: ignore[union-attr]
    assert len(versions) == 1
    assert (again.version, again.catalogue) == (other.version, other.catalogue)
    assert again.version != before.version
    assert again.catalogue != before.catalogue
    link_posts(town, Tie(town, tmp_path / "third", Ties()))
    _review(town, 3, LAMPS, "disagree")
    load_examples(town, "more.csv", [Example(topic=LAMPS, text="A lamp is out", lang="en")])
    link_posts(town, Tie(town, tmp_path, Ties()))
    assert is_linked(town, Ties()), "all are tied anew in one go when reviews are noted meanwhile"
    _review(town, 2, LAMPS, "agree", 2)
    assert is_tied_anew(), "what was no example is one"
