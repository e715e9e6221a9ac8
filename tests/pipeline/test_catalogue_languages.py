"""Datasets that state no language are held in the one they are written in."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from stores import made_and_let_go

from pipeline.catalogue import load_catalogue
from pipeline.settings import Settings
from warehouse.store import open_store

CHARTER = """
agency: {name: Stadt Beispiel, contact: zuhoeren@beispiel.example,
         privacy_notice: https://beispiel.example/zuhoeren, languages: [de]}
purposes:
  roads: {title: Roads, legal_basis: Act s. 1, dpia: D-1, owner: transport, expires: 2099-01-01}
sources:
  feed: {platform: feed, url: "https://feed.example.org", purpose: roads}
vocabulary: {datasets: [data.json]}
"""
GERMAN = [
    ("Straßenschäden und Schlaglöcher", "Alle gemeldeten Schäden an Straßen und Gehwegen."),
    ("Öffnungszeiten der Bäder", "Wann die Freibäder und Hallenbäder der Stadt geöffnet haben."),
]
ENGLISH = [("Potholes and road damage", "All damage to roads and pavements that was reported.")]


@pytest.mark.parametrize(
    ("said", "stated", "held"),
    [
        (GERMAN, [None, None], {"de"}),
        (GERMAN, ["cy", None], {"cy", "de"}),
        (ENGLISH, [None], {None}),
    ],
)
def test_a_catalogue_is_held_in_its_language(
    tmp_path: Path, said: list[tuple[str, str]], stated: list[str | None], held: set[str | None]
) -> None:
    datasets = [
        {"identifier": title, "title": title, "description": text, "language": lang and [lang]}
        for (title, text), lang in zip(said, stated, strict=True)
    ]
    (tmp_path / "data.json").write_text(json.dumps({"dataset": datasets}), encoding="utf-8")
    (tmp_path / "charter.yaml").write_text(CHARTER, encoding="utf-8")
    url = f"sqlite:///{tmp_path}/store.db"
    made_and_let_go(url)
    engine = open_store(url)
    answer = load_catalogue(
        Settings(tmp_path / "charter.yaml", tmp_path, url, str(tmp_path / "landing"), None)
    )
    assert (answer["datasets"], answer["failed"]) == (len(said), [])
    with engine.connect() as connection:
        assert set(connection.scalars(sa.text("select lang from dataset"))) == held
    engine.dispose()
