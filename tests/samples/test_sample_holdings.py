"""The charter, taxonomy, catalogue and registers of the town can be read and fit together."""

import csv
import json
import re
from pathlib import Path

import pyoxigraph
import pytest

from contract.catalogue import Example, Topic
from contract.charter_file import load_charter
from samples.phrases import read_texts
from samples.town import Town
from transforms.topic_examples import train
from vocabulary.examples import read_examples
from vocabulary.skos import read_topics

SAMPLES = Path(__file__).parents[2] / "samples"
SKOS = "http://www.w3.org/2004/02/skos/core#"
PORTAL = "https://data.aberwennol.example/dataset/"


@pytest.fixture(scope="module")
def taxonomy() -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    store.load(path=str(SAMPLES / "taxonomy.ttl"), format=pyoxigraph.RdfFormat.TURTLE)
    return store


def catalogue() -> list[dict[str, object]]:
    read: list[dict[str, object]] = json.loads((SAMPLES / "data.json").read_bytes())["dataset"]
    return read


def test_the_charter_loads_and_its_files_are_there(town: Town) -> None:
    charter = load_charter(SAMPLES / "charter.yaml")
    words = charter.vocabulary
    files = [
        *words.topics,
        *words.examples,
        *words.datasets,
        *(r.file for r in words.registers.values()),
    ]
    assert [f for f in files if not (SAMPLES / f).is_file()] == []
    forum = charter.sources["town-forum"]
    assert set(forum.select.categories) <= {c.slug for c in town.categories}
    assert forum.permission


def test_the_examples_are_of_topics_and_teach_them() -> None:
    topics = list(read_topics((SAMPLES / "taxonomy.ttl").read_bytes(), "taxonomy.ttl"))
    data = (SAMPLES / "examples.csv").read_bytes()
    examples = list(
        read_examples(data, "examples.csv", [t for t in topics if isinstance(t, Topic)])
    )
    assert [one for one in examples if not isinstance(one, Example)] == []
    learnt = train([one for one in examples if isinstance(one, Example)])
    assert learnt is not None
    assert [one.topic_uri for one in learnt.measured if one.reason] == []


def test_the_digests_topics_are_in_the_taxonomy(taxonomy: pyoxigraph.Store) -> None:
    label = pyoxigraph.NamedNode(f"{SKOS}prefLabel")
    named = {q.object.value for q in taxonomy.quads_for_pattern(None, label, None)}
    charter = load_charter(SAMPLES / "charter.yaml")
    assert {t for d in charter.digests.values() for t in d.topics} <= named


def test_every_topic_has_a_name_in_both_languages(taxonomy: pyoxigraph.Store) -> None:
    rows = taxonomy.query(
        f"PREFIX skos: <{SKOS}> SELECT ?topic ?lang (COUNT(?label) AS ?labels) WHERE "
        "{ ?topic a skos:Concept ; skos:prefLabel ?label BIND(LANG(?label) AS ?lang) } "
        "GROUP BY ?topic ?lang"
    )
    names = {(r["topic"].value, r["lang"].value): int(r["labels"].value) for r in rows}
    topics = {topic for topic, _ in names}
    assert len(topics) >= 40
    assert names == {(t, lang): 1 for t in topics for lang in ("en", "cy")}


def test_broader_and_narrower_agree(taxonomy: pyoxigraph.Store) -> None:
    def pairs(word: str) -> set[tuple[str, str]]:
        found = taxonomy.quads_for_pattern(None, pyoxigraph.NamedNode(SKOS + word), None)
        return {(q.subject.value, q.object.value) for q in found}

    assert pairs("broader") == {(b, a) for a, b in pairs("narrower")}


def test_the_catalogue_is_whole() -> None:
    datasets = catalogue()
    required = {"identifier", "title", "description", "keyword", "landingPage", "distribution"}
    assert len(datasets) >= 60
    assert all(required <= d.keys() for d in datasets)
    for key in ("identifier", "title", "landingPage"):
        assert len({str(d[key]) for d in datasets}) == len(datasets)


def test_links_in_texts_lead_to_datasets_that_exist() -> None:
    pages = {str(d["landingPage"]) for d in catalogue()}
    texts = str(read_texts())
    linked = {PORTAL + name for name in re.findall(re.escape(PORTAL) + r"([\w-]+)", texts)}
    assert len(linked) >= 12
    assert linked <= pages


def test_nobody_serves_what_people_miss() -> None:
    """Public toilets and swifts are topics, and no dataset is about them."""
    for dataset in catalogue():
        words = f"{dataset['title']} {dataset['description']} {dataset['keyword']}".lower()
        assert not any(w in words for w in ("toilet", "swift", "swallow", "nest"))


@pytest.mark.parametrize(
    ("name", "key", "least"),
    [("care_homes.csv", "provider_id", 25), ("venues.csv", "venue_id", 30)],
)
def test_registers(name: str, key: str, least: int) -> None:
    with (SAMPLES / "registers" / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ids = [row[key] for row in rows]
    assert len(ids) >= least
    assert len(set(ids)) == len(ids)
    assert all(i.startswith("0") and i.isdigit() for i in ids)
    assert all(row["place"] and row["also_known_as"] for row in rows)
