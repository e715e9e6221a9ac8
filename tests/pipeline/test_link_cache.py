"""What ties are sought with is kept: whole, for its owner only, and made anew when damaged."""

import logging
from pathlib import Path

import pandas as pd
import pytest

from contract.catalogue import Dataset, Entity, Label, Topic
from contract.post import Post
from pipeline.link_cache import Matchers, matchers
from transforms.datasets import dataset_index, tie_datasets
from transforms.entities import entity_matcher, tie_entities
from transforms.frame import frame_of
from transforms.topics import tie_topics, topic_matcher

POSTS = frame_of(
    [
        Post(platform="forum", native_id=key, post_key=key, kind="post", text=text, lang=lang)
        for key, text, lang in (
            ("0001", "Any data on the street trees? Potholes at the Golden Duck!", "en"),
            ("0002", "pothole, baches, Bäume", None),
            ("0003", "Baches et arbres", "fr"),
        )
    ]
)


def built() -> Matchers:
    labels = (("pothole", "en"), ("bache", "fr"), ("Baum", None))
    topics = [
        Topic(uri=value, labels=(Label(kind="prefLabel", value=value, lang=lang),))
        for value, lang in labels
    ]
    datasets = {
        "trees": Dataset(identifier="trees-2024", title="Street trees", keywords=("parks",)),
        "arbres": Dataset(identifier="arbres", title="Arbres", lang="fr"),
    }
    entities = {
        "duck": Entity(register="inns", native_id="1", name="Golden Duck", place="Eastmere")
    }
    return Matchers(topic_matcher(topics), dataset_index(datasets), entity_matcher(entities))


def never() -> Matchers:
    raise AssertionError("built again")


def ties(by: Matchers) -> pd.DataFrame:
    return pd.concat(
        (
            tie_topics(POSTS, by.topics),
            tie_datasets(POSTS, by.datasets),
            tie_entities(POSTS, by.entities),
        ),
        ignore_index=True,
    )


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("links-*"), key=lambda path: path.stat().st_mtime_ns)


def test_what_is_kept_finds_the_same_ties(tmp_path: Path) -> None:
    made = ties(matchers(tmp_path / "cache", "one", built))
    assert {"pothole", "trees", "duck", "bache"} <= set(made["target"])
    pd.testing.assert_frame_equal(ties(matchers(tmp_path / "cache", "one", never)), made)
    [path] = kept(tmp_path / "cache")
    assert path.stat().st_mode & 0o777 == 0o600


def test_only_the_newest_is_kept(tmp_path: Path) -> None:
    for version in ("one", "two", "three"):
        matchers(tmp_path, version, built)
    assert len(kept(tmp_path)) == 1
    matchers(tmp_path, "three", never)
    with pytest.raises(AssertionError, match="built again"):
        matchers(tmp_path, "one", never)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"something else",
        pytest.param(None, id="cut short"),
        pytest.param(0, id="another byte"),
    ],
)
def test_a_damaged_or_foreign_file_is_made_anew(
    tmp_path: Path, content: bytes | int | None, caplog: pytest.LogCaptureFixture
) -> None:
    made = ties(matchers(tmp_path, "one", built))
    [path] = kept(tmp_path)
    whole = path.read_bytes()
    if content is None:
        content = whole[:-10]
    elif content == 0:
        content = whole[:200] + bytes([whole[200] ^ 1]) + whole[201:]
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        pd.testing.assert_frame_equal(ties(matchers(tmp_path, "one", built)), made)
    assert "made anew" in caplog.text
    assert path.read_bytes() == whole


def test_where_nothing_can_be_kept_posts_are_tied_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    there = ties(matchers(tmp_path / "taken" / "matchers", "v1", built))
    pd.testing.assert_frame_equal(there, ties(built()))
    assert "nothing can be kept there" in caplog.text
