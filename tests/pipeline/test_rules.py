"""What no charter may ask for: asked for, then refused, in the words that docs/rules.md shows."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
import yaml

from connectors import CONNECTORS
from contract.errors import FixSettings
from contract.terms import Duty, Kind, Terms
from pipeline.settings import Settings
from pipeline.settings import settings as settings_now

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
READ_ON = date(2026, 8, 1)
VIDEO = Terms(
    platform="feed",
    title="A video platform",
    document="Its API policies",
    url="https://video.example/terms",
    read_on=READ_ON,
    limits=(),
    storage="30 days, then delete or refresh.",
    storage_days=30,
    deletion="Delete within 7 days.",
    deletion_hours=168,
    forbidden=("derived metrics",),
    forbids=(
        ("derived metrics", "no aggregation across channels, and no metrics of one's own"),
        ("closed groups", Duty("no unlisted videos", "Its other page", "https://video.example/2",
                               READ_ON)),
    ),
    personal=(),
    attribution="Name of the channel.",
    selections=("feeds",),
)  # fmt: skip
"""No connector of today has such terms: they stand in for the platform of the feed."""

GOOD: dict[str, Any] = {
    "agency": {"name": "Town", "contact": "a@town.example", "privacy_notice": "https://t.example"},
    "purposes": {
        "roads": {"title": "Roads", "legal_basis": "Act", "dpia": "D-1", "owner": "o",
                  "expires": "2099-01-01"},
        "other": {"title": "Other", "legal_basis": "Act", "dpia": "D-2", "owner": "o",
                  "expires": "2099-01-01"},
    },
    "sources": {
        "forum": {"platform": "discourse", "url": "https://forum.example", "purpose": "roads"},
        "on-x": {"platform": "x", "url": "https://api.x.com", "purpose": "roads",
                 "select": {"query": "pothole -from:somebot \"from: the council\""}},
        "on-reddit": {"platform": "reddit", "url": "https://www.reddit.com", "purpose": "roads",
                      "select": {"communities": ["Town"]}},
        "pictures": {"platform": "flickr", "url": "https://www.flickr.com", "purpose": "other"},
        "videos": {"platform": "feed", "url": "https://video.example", "purpose": "other",
                   "select": {"feeds": ["/roads.xml?page=1"]}},
    },
}  # fmt: skip


class Case(NamedTuple):
    """A rule, what a charter asks for against it, by keys, and what is answered."""

    rule: str
    asked: dict[str, Any]
    said: tuple[str, ...]
    of_video: bool = False
    """Only once the feed has the terms of the video platform."""


X = "(X Developer Agreement, https://docs.x.com/developer-terms/agreement, read on 2026-08-01)"
REDDIT = ("(Reddit Data API Terms, https://redditinc.com/policies/data-api-terms, "
          "read on 2026-08-01)")  # fmt: skip
VIDEOS = "(Its API policies, https://video.example/terms, read on 2026-08-01)"
CASES = [
    Case("A person's timeline: an account", {"sources.on-x.select.accounts": ["jane"]},
         ("found ('jane',)", "nobody's posts are followed", "allowed are accounts of organisations",
          "account_kind: organisation", "X: “no surveillance: no investigating", X)),
    Case("A person's timeline: a list", {"sources.on-x.select.lists": ["1"]},
         ("allowed are lists of organisations' accounts", X)),
    Case("A person's timeline: an album", {"sources.pictures.select.albums": ["a/1"]},
         ("allowed are albums of organisations",)),
    Case("A person's timeline: a search", {"sources.on-x.select.query": "pothole from:jane"},
         ("found 'from:jane'", "asks for what one account writes", "allowed are words, tags", X)),
    Case("A person's timeline: a mention", {"sources.forum.select.query": "@jane potholes"},
         ("found '@jane'", "allowed are words, tags")),
    Case("A person's timeline: a profile", {"sources.on-reddit.select.communities": ["u_jane"]},
         ("found ['u_jane']", "Reddit: “no surveillance", REDDIT)),
    Case("A person's timeline: a tag", {"sources.on-x.select.tags": ["lamp from:jane"]},
         ("found 'from:jane'", "asks for what one account writes", X)),
    Case("A person's timeline: a feed", {"sources.videos.select.feeds": ["/a.xml", "/u/jane.rss"]},
         ("select.feeds.1", "found '/u/jane.rss'", "is the feed of one account",
          "an organisation's own with account_kind: organisation")),
    Case("A person's timeline: a search's feed",
         {"sources.videos.select.feeds": ["/search.rss?q=%EF%BC%A0jane"]},
         ("found '@jane'", "is the feed of one account")),
    Case("A person's timeline: a site", {"sources.videos.url": "https://social.example/@jane.rss"},
         ("sources.videos.url: found '/@jane.rss'", "is the feed of one account")),
    Case("An account that is no organisation's", {"sources.on-x.account_kind": "mayor"},
         ("found 'mayor'", "allowed is organisation", "elected officials and journalists")),
    Case("A register of people", {"vocabulary.registers": {"staff": {
        "file": "a.csv", "id": "a", "name": "b", "kind": "employees"}}},
         ("found 'employees'", "is of people", "never to persons")),
    Case("A closed group: a feed", {"sources.videos.select.feeds": ["/a.xml", "/b?api_key=hush"]},
         ("found 'api_key=…'", "closed groups are not read", "everybody may open")),
    Case("A closed group: an address", {"sources.on-reddit.url": "https://reddit.com/?token=hush"},
         ("found 'token=…'", "Reddit: “no reading of private communities", REDDIT)),
    Case("A closed group: a feed with a password",
         {"sources.videos.select.feeds": ["https://jane:hush@video.example/a.xml"]},
         ("found '…@'", "closed groups are not read")),
    Case("A closed group: a feed nobody guesses",
         {"sources.videos.select.feeds": [f"/private-{'0123abcd' * 3}/a.ics"]},
         ("found '/…'", "closed groups are not read")),
    Case("A feed that is no address", {"sources.videos.select.feeds": ["https://[video/a.xml"]},
         ("select.feeds: found", "is no address; allowed are paths of the site")),
    Case("A closed group: another document", {"sources.videos.url": "https://v.example/?key=hush"},
         ("A video platform: “no unlisted videos” (Its other page, https://video.example/2, read",),
         of_video=True),
    Case("Longer storage than the platform's: texts", {"retention.raw": "P28D"},
         ("found '365 days'", "may be kept for 30 days", "allowed are P28D and less",
          "“30 days, then delete or refresh”", VIDEOS), of_video=True),
    Case("Longer storage than the platform's: pages", {"retention.text": "P28D"},
         ("found '30 days'", "sources.videos", "allowed are P28D and less", VIDEOS), of_video=True),
    Case("Derived metrics: ties", {"vocabulary.topics": ["a.ttl"]},
         ("counts or scores the posts of sources.videos", "allowed is to leave this out",
          "“no aggregation across channels", VIDEOS), of_video=True),
    Case("Derived metrics: a digest", {"digests.weekly": {"purpose": "other"}},
         ("found 'other'", "counts or scores the posts of sources.videos", VIDEOS), of_video=True),
    Case("Protected speech, watched", {"sensitive.topics": ["Protest"], "digests.weekly": {
        "purpose": "roads", "topics": ["protest", "roads"]}},
         ("found ['protest']", "is a topic of protected speech",
          "X: “no monitoring of protests, rallies and their organisers”", X)),
    Case("Looser terms: how soon removals are honoured", {"sources.on-x.deletion_hours": 240},
         ("is not a key of the charter", "Allowed here: platform, url")),
    Case("Looser terms: more requests", {"sources.on-x.limits": [9000, 60]},
         ("is not a key of the charter",)),
    Case("No purpose", {"sources.forum.purpose": None}, ("sources.forum.purpose: ",)),
    Case("No legal basis", {"purposes.roads.legal_basis": ""},
         ("purposes.roads.legal_basis", "should have at least 1 character")),
    Case("No impact assessment", {"purposes.roads.dpia": ""},
         ("purposes.roads.dpia", "should have at least 1 character")),
    Case("No owner", {"purposes.roads.owner": ""}, ("purposes.roads.owner",)),
    Case("No expiry", {"purposes.roads.expires": "never"}, ("purposes.roads.expires",)),
    Case("A purpose nobody wrote", {"sources.forum.purpose": "watching"},
         ("found 'watching'", "names no purpose", "allowed are roads, other")),
]  # fmt: skip
BY_RULE = pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])


@pytest.fixture
def _video(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.feed.TERMS", VIDEO)


def _written(folder: Path, **asked: Any) -> Settings:
    """Write the charter with these keys said so, and return settings that read it."""
    charter = deepcopy(GOOD)
    for path, value in asked.items():
        *above, last = path.split(".")
        section = charter
        for key in above:
            section = section.setdefault(key, {})
        section[last] = value
    file = folder / "charter.yaml"
    file.write_text(yaml.safe_dump(charter, sort_keys=False), "utf-8")
    return replace(settings_now(), charter=file)


def _kept_within(case: Case) -> dict[str, Any]:
    """Return what a charter says that obeys the video platform, but for what the case asks."""
    return {"retention.raw": "P20D", "retention.text": "P20D"} if case.of_video else {}


def _refused(folder: Path, case: Case) -> str:
    kept = {} if case.rule.startswith("Longer") else _kept_within(case)
    with pytest.raises(FixSettings) as caught:
        _written(folder, **kept, **case.asked).load_charter()
    return str(caught.value)


@BY_RULE
def test_it_is_asked_for_and_refused(
    case: Case, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if case.of_video:
        request.getfixturevalue("_video")
    lawful = _written(tmp_path, **_kept_within(case)).load_charter()
    assert lawful.sources.keys() == GOOD["sources"].keys(), "without it the charter loads"
    told = _refused(tmp_path, case)
    for said in case.said:
        assert said in told
    assert len(told.splitlines()) == 1, "only what is asked for is refused"
    file, line, key, _ = told.split(":", 3)
    assert file == str(tmp_path / "charter.yaml")
    lines = [at.strip() for at in Path(file).read_text("utf-8").splitlines()]
    name = [part for part in key.strip().split(".") if not part.isdigit()][-1]
    if any(at.startswith(f"{name}:") for at in lines):
        assert lines[int(line) - 1].startswith((f"{name}:", "- "))
    assert "hush" not in told, "no key of anybody's stands in a message"


def test_an_organisations_own_may_be_followed(tmp_path: Path) -> None:
    asked = {"select.accounts": ["TownCouncil"], "select.lists": ["1"]}
    asked = {f"sources.on-x.{key}": value for key, value in asked.items()}
    charter = _written(tmp_path, **asked, **{"sources.on-x.account_kind": "organisation"})
    assert charter.load_charter().organisations == {("x", "@TownCouncil")}


def test_an_organisation_does_not_bring_others_along(tmp_path: Path) -> None:
    own = {"account_kind": "organisation", "select.accounts": ["@TownCouncil"]}
    own = {f"sources.on-x.{key}": value for key, value in own.items()}
    asked = "sources.on-x.select.query"
    _written(tmp_path, **own, **{asked: "lamp from:towncouncil OR @TownCouncil"}).load_charter()
    with pytest.raises(FixSettings, match="found 'from:jane': asks for what one account writes"):
        _written(tmp_path, **own, **{asked: "from:towncouncil OR from:jane"}).load_charter()
    feed = {"sources.videos.select.feeds": ["/users/council.rss"]}
    kind = {"sources.videos.account_kind": "organisation"}
    _written(tmp_path, **feed, **kind).load_charter()


def test_a_duty_binds_the_digests_of_its_purpose_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.feed.TERMS", VIDEO)
    kept = {"retention.raw": "P20D", "retention.text": "P20D", "sensitive.topics": ["Protest"]}
    roads = {"digests.weekly": {"purpose": "roads", "topics": ["lamps"]}}
    _written(tmp_path, **kept, **roads).load_charter()
    monkeypatch.undo()
    other = {"digests.weekly": {"purpose": "other", "topics": ["protest"]}}
    _written(tmp_path, **kept, **other).load_charter()


def test_terms_without_more_to_say_forbid_nothing() -> None:
    plain = {field.name: getattr(VIDEO, field.name) for field in fields(VIDEO)}
    plain |= {"forbids": (), "storage_days": None, "document": ""}
    terms = Terms(**plain)
    assert all(terms.duty(kind) is None for kind in get_args(Kind))
    assert str(terms.storage_duty) == (
        "“30 days, then delete or refresh” (terms of A video platform, "
        "https://video.example/terms, read on 2026-08-01)"
    )


def test_every_duty_of_a_connector_says_where_it_stands() -> None:
    for connector in CONNECTORS:
        for kind, _ in connector.TERMS.forbids:
            duty = connector.TERMS.duty(kind)
            assert kind in get_args(Kind)
            assert duty is not None
            assert duty.url.startswith("https://")
            assert duty.document
            assert not duty.what.endswith(".")


def test_no_command_loads_a_charter_by_another_way() -> None:
    """What is refused is refused by `Settings.load_charter`, which all of them use."""
    root = Path(__file__).parents[2]
    loading = [
        path.relative_to(root).as_posix()
        for folder in ("pipeline", "dags", "digest", "explorer", "warehouse")
        for path in sorted((root / folder).rglob("*.py"))
        if "contract.charter_file import" in (text := path.read_text("utf-8"))
        and "load_charter" in text
    ]
    assert loading == ["pipeline/settings.py"]


def _rows_of_page() -> Iterator[list[str]]:
    """Yield the cells of the table of the page."""
    text = PAGE.read_text("utf-8").partition("<!-- rules -->")[2].partition("<!-- /rules -->")[0]
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith(("| rule", "| ---")):
            yield [cell.strip() for cell in line.strip("| ").split(" | ")]


def test_the_page_says_what_is_refused_in_the_words_of_the_software(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = []
    for case in CASES:
        with monkeypatch.context() as patch:
            if case.of_video:
                patch.setattr("connectors.feed.TERMS", VIDEO)
            told = _refused(tmp_path, case)
        said = told.removeprefix(f"{tmp_path}/").partition(" Allowed here")[0]
        wanted.append([case.rule, f"`{said}`"])
    assert list(_rows_of_page()) == wanted


def test_every_file_and_test_that_the_page_names_is_there() -> None:
    root, text = PAGE.parents[1], PAGE.read_text("utf-8")
    files = re.findall(r"`([a-z_]+/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(files) > 20
    for path, test in files:
        assert (root / path).is_file(), path
        assert not test or f"def {test}(" in (root / path).read_text("utf-8"), test
