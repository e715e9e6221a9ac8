import csv
import io
import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import Dataset, Entity, Topic
from contract.charter_vocabulary import Register
from contract.errors import FixSettings, GoodguestError
from contract.post import Rejected
from vocabulary import dcat, register, skos

DATA = Path(__file__).parent / "data"
FILES = [p.read_bytes() for p in sorted(DATA.glob("*/*")) if not p.name.endswith(".expected.json")]
NAMES = [
    "data.json",
    "a.ttl",
    "a.rdf",
    "https://data.fernley.example/a b?c#d",
    "http://[",
    "",
    "ä\n",
]
SPEC = Register(file="a.csv", id="id", name="name")
CONCEPT = '<{0}> a <http://www.w3.org/2004/02/skos/core#Concept> ; {1} "{0}" .\n'
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
BROADER = "<{}> <http://www.w3.org/2004/02/skos/core#broader> <{}> .\n"


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    whole = draw(st.sampled_from(FILES))
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    return whole[:start] + draw(st.binary(max_size=4)) + whole[end:]


FIELDS = st.sampled_from(
    ["dataset", "catalog", "datasetSeries", "seriesMember", "title", "identifier", "@id", "@type",
     "keyword", "publisher", "distribution", "downloadURL", "name", "en", "@value", "@language",
     "result", "results", "success", "resources", "notes", "tags", "language", "landingPage"]
)  # fmt: skip
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("https://a.example/"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=20,
)


@given(st.binary() | damaged_files(), st.sampled_from(NAMES))
def test_whatever_the_bytes_there_are_records_reasons_or_a_message(data: bytes, name: str) -> None:
    for read, kind in ((skos.read_topics, Topic), (dcat.read_datasets, Dataset)):
        with suppress(GoodguestError):
            assert all(isinstance(o, kind | Rejected) for o in read(data, name))
    with suppress(FixSettings):
        found = register.read_entities(data, SPEC, "homes")
        assert all(isinstance(o, Entity | Rejected) for o in found)


@given(st.dictionaries(FIELDS, TREES) | TREES)
def test_whatever_the_json_every_dataset_has_identifier_and_title(tree: Any) -> None:
    try:
        outcomes = list(dcat.read_datasets(json.dumps(tree).encode(), "data.json"))
    except GoodguestError:
        return
    datasets = [o for o in outcomes if isinstance(o, Dataset)]
    assert all(d.identifier and d.title for d in datasets)
    assert len({d.identifier for d in datasets}) == len(datasets)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25))
def test_going_up_from_a_topic_always_ends(ties: list[tuple[int, int]]) -> None:
    concepts = "".join(CONCEPT.format(f"urn:{n}", LABEL) for n in range(8))
    said = concepts + "".join(BROADER.format(f"urn:{a}", f"urn:{b}") for a, b in ties)
    broader = {t.uri: t.broader for t in skos.read_topics(said.encode(), "a.ttl")}  # type: ignore[union-attr]
    kept = {(int(a[4:]), int(b[4:])) for a, above in broader.items() for b in above}
    assert kept <= set(ties)
    if all(a < b for a, b in ties):
        assert kept == set(ties)
    above = set(broader)
    for _ in range(len(broader)):
        above = {b for a in above for b in broader[a]}
    assert not above


def test_the_order_of_the_statements_does_not_matter() -> None:
    whole = (DATA / "topics/quirks.ttl").read_bytes()
    lines = [f"{quad} ." for quad in ox.parse(whole, ox.RdfFormat.TURTLE)]
    wanted = {str(o) for o in skos.read_topics(whole, "a.ttl")}
    for seed in range(5):
        random.Random(seed).shuffle(lines)
        assert {str(o) for o in skos.read_topics("\n".join(lines).encode(), "a.nt")} == wanted


@pytest.mark.parametrize(
    "deep",
    [
        b'{"http://a.example/a":' * 5000 + b"1" + b"}" * 5000,
        b"[" * 100_000,
        json.dumps(
            {"@context": {f"a{n + 1}": f"a{n}:x" for n in range(20_000)}, "@id": "b"}
        ).encode(),
    ],
)
def test_what_would_overflow_the_parsers_stack_is_refused(deep: bytes) -> None:
    for read in (skos.read_topics, dcat.read_datasets):
        with pytest.raises(FixSettings):
            list(read(deep, "data.json"))


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1), unique=True),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_ids_come_back_as_they_were_written(ids: list[str], delimiter: str, encoding: str) -> None:
    table = io.StringIO()
    rows = csv.writer(table, delimiter=delimiter)
    rows.writerows([["id", "name"], *([i, "A name"] for i in ids)])
    found = list(register.read_entities(table.getvalue().encode(encoding), SPEC, "r"))
    read = [o.native_id for o in found if isinstance(o, Entity)]
    assert read == [i for i in ids if i.casefold() not in ("n/a", "not available")]
    assert len(found) == len(ids)


def test_the_next_page_is_named_and_the_last_has_none() -> None:
    page = (DATA / "datasets/hydra_page.jsonld").read_bytes()
    assert dcat.next_page(page, "p.jsonld") == "https://data.fernley.example/catalog?page=2"
    assert dcat.next_page((DATA / "datasets/at_graph.jsonld").read_bytes(), "p.jsonld") is None


def test_an_identifier_comes_once_over_several_pages() -> None:
    page = (DATA / "datasets/at_graph.jsonld").read_bytes()
    twice = [o for _ in range(2) for o in dcat.read_datasets(page, "p.jsonld")]
    assert [type(o) for o in dcat.first_of_each(twice)] == [Dataset, Rejected]
