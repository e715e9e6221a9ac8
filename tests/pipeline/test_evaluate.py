"""`goodguest evaluate` as it is run: small files, its answers, and what it says of bad lines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import cli
from pipeline.evaluation import files

DATASETS = [
    {
        "identifier": "street-trees-1",
        "title": "Trees in streets and parks",
        "description": "Every tree with its species, age and last inspection.",
        "keyword": ["trees", "species"],
        "landingPage": "https://data.town.example/dataset/trees",
    },
    {
        "identifier": "river-levels-1",
        "title": "River levels every quarter of an hour",
        "description": "Levels at the bridge and at the quay.",
        "keyword": ["river", "flood", "gauge"],
        "landingPage": "https://data.town.example/dataset/river",
    },
]
QUERIES = """\
query_id\ttext
q1\ttrees and their species: https://www.data.town.example/dataset/trees/?utm_source=x
q2\tRiver levels every quarter of an hour is what you want
q3\thttps://data.town.example/dataset/river
"""
QRELS = """\
q1 0 street-trees-1 2
q1 0 gone-1 3
q2 0 river-levels-1 1
q3 0 street-trees-1 1
q9 0 street-trees-1 1
"""
TOPICS = """\
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:t:traffic> a skos:Concept ; skos:prefLabel "traffic"@en .
<urn:t:potholes> a skos:Concept ; skos:prefLabel "potholes"@en ; skos:broader <urn:t:traffic> .
<urn:t:libraries> a skos:Concept ; skos:prefLabel "libraries"@en .
"""
TOPIC_POSTS = [
    {"id": 1, "text": "potholes and traffic, every day", "topics": ["urn:t:potholes"]},
    {"id": 2, "text": "save our libraries", "topics": ["urn:t:libraries"]},
    {"id": 3, "text": "libraries are not the matter", "topics": ["urn:t:potholes"]},
    {"id": 4, "text": "what a lovely morning", "topics": ["urn:t:gone"]},
    {"id": 5, "text": "potholes in the plot of that film", "topics": []},
]
REGISTER = """\
id,name,aliases,place
1,Heron House,,Fernley
2,Willow Lodge,The Willows,Fernley
3,Saltings Manor,,Fernley
4,Saltings Manor,,Thimble
"""
ENTITY_POSTS = [
    {"id": "a", "text": "Heron House has a new cook", "entities": ["1"]},
    {"id": "b", "text": "The Willow Lodge garden and Heron House", "entities": ["2"]},
    {"id": "c", "text": "Nothing to see here", "entities": ["2"]},
    {"id": "d", "text": "Saltings Manor rang us", "entities": []},
]

Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs `goodguest --json evaluate …` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOODGUEST_DATA", str(tmp_path / "data"))
    files = {
        "data.json": json.dumps(
            {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": DATASETS}
        ),
        "queries.tsv": QUERIES,
        "qrels.txt": QRELS,
        "others.tsv": "text\nwhat a lovely morning\nthe cat is back\n",
        "topics.ttl": TOPICS,
        "topics.jsonl": "\n".join(map(json.dumps, TOPIC_POSTS)),
        "register.csv": REGISTER,
        "entities.jsonl": "\n".join(map(json.dumps, ENTITY_POSTS)),
        "texts.tsv": "lang\ttext\nen\tThe library is closed on Wednesdays from next month\n"
        "cy\tMae'r llyfrgell ar gau ar ddydd Mercher o'r mis nesaf\nund\t12:30 !!!\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def running(command: str, *more: str, is_json: bool = True) -> tuple[int, Any, str]:
        flags = ["--json"] if is_json else []
        words = ["goodguest", *flags, "evaluate", *command.split(), *more]
        monkeypatch.setattr("sys.argv", words)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(out) if is_json else out, err

    return running


LINKS = "links --catalogue data.json --queries queries.tsv"


def test_links_are_measured(run: Run) -> None:
    code, found, _ = run(f"{LINKS} --qrels qrels.txt --no-match others.tsv --languages en")
    assert code == 0
    # q1: grade 2 first, but the ideal has the grade 3 that is gone from the catalogue before it.
    assert found["hit_at_1"] == pytest.approx(2 / 3)
    assert 0 < found["ndcg_at_5"] <= found["ndcg_at_10"] < 1
    assert found["linked_share"] == found["linked_share_at_1pct"] == 1
    assert found["false_link_rate"] == 0
    assert found["by_method"]["link"]["right"] == 0.5
    assert found["by_method"]["title"] == {"found": 1, "right": 1, "right_interval": [1, 1]}
    counts = {"datasets": 2, "queries": 3, "no_match": 2, "unjudged": 0, "bad_lines": 0}
    assert counts.items() <= found.items()
    measures = ("ndcg_at_5", "ndcg_at_10", "hit_at_1", "linked_share", "false_link_rate")
    assert all(found[f"{m}_interval"][0] <= found[m] <= found[f"{m}_interval"][1] for m in measures)


def test_queries_may_bring_their_own_judgments(run: Run, tmp_path: Path) -> None:
    rows = "q1\thttps://data.town.example/dataset/trees\tstreet-trees-1:3 gone-1:1\nq2\tHello\t\n"
    (tmp_path / "queries.tsv").write_text(f"query_id\ttext\tdatasets\n{rows}", encoding="utf-8")
    _, found, _ = run(LINKS)
    assert (found["queries"], found["no_match"], found["linked_share"]) == (1, 1, 1)
    assert found["false_link_rate"] == 0


def test_without_texts_that_match_nothing_no_rate_is_told(run: Run) -> None:
    _, found, _ = run(f"{LINKS} --qrels qrels.txt")
    assert found["false_link_rate"] is found["false_link_rate_interval"] is None
    assert found["linked_share_at_1pct"] is None


def test_topics_are_measured(run: Run) -> None:
    code, found, _ = run("topics --taxonomy topics.ttl --posts topics.jsonl --languages en")
    assert code == 0
    # Four posts have a topic: two first ones are right, three are tied. "traffic" of the first is
    # above the right one and counts neither way; "gone" is in no taxonomy and stays to be found.
    assert (found["p_at_1"], found["covered"]) == (0.5, 0.75)
    assert found["false_tie_rate"] == 1
    # Right 2, found 4, wanted 4; by topic: potholes 2·1/(2+2), libraries 2·1/(2+1), gone 0.
    assert found["micro_f1"] == pytest.approx(2 * 2 / (4 + 4))
    assert found["macro_f1"] == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)
    assert found["by_method"]["label"]["found"] == 4


def test_entities_are_measured_and_ambiguous_ones_not_counted(run: Run) -> None:
    code, found, _ = run("entities --register register.csv --posts entities.jsonl --languages en")
    assert code == 0
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["f1"] == pytest.approx(2 / 3)
    assert found["ambiguous"] == 2


def test_languages_are_those_of_the_file_or_those_asked_for(run: Run) -> None:
    _, found, _ = run("language --texts texts.tsv")
    assert (found["accuracy"], found["undetermined"]) == (1, 0)
    assert found["languages"] == ["cy", "en"]
    _, found, _ = run("language --texts texts.tsv --languages en")
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert {name: of["right"] for name, of in found["by_language"].items()} == {
        "cy": 0,
        "en": 1,
        "und": 1,
    }
    assert found["undetermined"] == pytest.approx(1 / 3)


def test_people_get_a_table(run: Run) -> None:
    code, said, _ = run(f"{LINKS} --qrels qrels.txt --no-match others.tsv", is_json=False)
    assert code == 0
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines[0] == "measure value 95 % interval"
    assert "linked_share 1.000 1.000 to 1.000" in lines
    assert "link 2 0.500 0.000 to 1.000" in lines


@pytest.mark.parametrize(
    ("file", "line", "command", "message"),
    [
        ("queries.tsv", "q4\ttwo\tmore", f"{LINKS} --qrels qrels.txt", "found 3 columns"),
        ("queries.tsv", "q1\tagain", f"{LINKS} --qrels qrels.txt", "found the id 'q1' again"),
        ("queries.tsv", "q5\t ", f"{LINKS} --qrels qrels.txt", "found nothing in text"),
        ("qrels.txt", "q1 0 x", f"{LINKS} --qrels qrels.txt", "found 3 columns"),
        ("qrels.txt", "q1 0 x high", f"{LINKS} --qrels qrels.txt", "grade: found 'high'"),
        ("qrels.txt", "q1 0 x 2000", f"{LINKS} --qrels qrels.txt", "grade: found '2000'"),
        (
            "topics.jsonl",
            '{"id": "x", "topics": []}',
            "topics --taxonomy topics.ttl --posts topics.jsonl",
            "missing required field `text`",
        ),
        (
            "topics.jsonl",
            '{"id": "x", "text": "y", "entities": []}',
            "topics --taxonomy topics.ttl --posts topics.jsonl",
            "found no topics",
        ),
        (
            "entities.jsonl",
            '{"id": "x", "text": "y", "entities": "1"}',
            "entities --register register.csv --posts entities.jsonl",
            "Expected `array",
        ),
        (
            "entities.jsonl",
            '{"id": "x", "text": "y", "kind": "shout"}',
            "entities --register register.csv --posts entities.jsonl",
            "Invalid enum value 'shout'",
        ),
    ],
)
def test_a_bad_line_is_told_and_stops_nothing(
    run: Run, tmp_path: Path, file: str, line: str, command: str, message: str
) -> None:
    _, before, _ = run(command)
    with (tmp_path / file).open("a", encoding="utf-8") as at:
        at.write(f"\n{line}")
    number = len((tmp_path / file).read_text(encoding="utf-8").split("\n"))
    code, found, _ = run(command)
    assert code == 1
    assert found.pop("bad_lines") == before.pop("bad_lines") + 1
    said = found.pop("messages")[0]
    assert said.startswith(f"{file}: line {number}: ")
    assert message in said
    assert found == {name: value for name, value in before.items() if name != "messages"}
    _, _, told = run(command, is_json=False)
    assert said in told


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("links --catalogue none.json --queries queries.tsv --qrels qrels.txt", "no such file"),
        (LINKS, "needed is also datasets"),
        (f"{LINKS} --qrels others.tsv", "found no judgment of a query"),
        ("language --texts others.tsv", "needed is also lang"),
        ("language --texts texts.tsv --languages en,klingon", "klingon cannot be identified"),
        ("topics --taxonomy topics.ttl --posts others.tsv", "found no line that can be read"),
        (
            "topics --taxonomy topics.ttl --posts topics.jsonl --train topics.jsonl --folds 2",
            "allowed is one of them",
        ),
        ("topics --taxonomy topics.ttl --posts topics.jsonl --folds 6", "at most the 5 posts"),
        ("entities --register texts.tsv --posts entities.jsonl", 'no column "id"'),
    ],
)
def test_wrong_use_says_what_is_allowed(run: Run, command: str, message: str) -> None:
    code, found, told = run(command)
    assert code == 2
    assert message in found["error"]
    assert message in told


def test_a_file_too_large_is_refused_unread(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE", 10)
    code, found, _ = run("language --texts texts.tsv")
    assert code == 2
    assert "allowed are 10" in found["error"]
