"""What is asked of Flickr, what is not asked twice, and how the town's museum hears its people."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback import NOON, Site, Time, Told
from runs import ago, fetching, killed_after, outcomes, source, state_after, whole

from connectors.flickr import TERMS, parse, recheck
from connectors.http import Client
from connectors.parts.flickr.answers import read_answer
from connectors.parts.flickr.recheck import base_of
from contract.charter import Source
from contract.charter_vocabulary import Register
from contract.credentials import Credentials
from contract.errors import FixSettings, RetryLater, StopSource
from contract.page import Page, line_of_page
from contract.post import Post, Skipped
from samples import flickr as sample
from samples.asking import Asked
from samples.parts.flickr.model import Account, Talk
from samples.parts.flickr.model import Tag as Tagged
from samples.parts.flickr.talk import talk
from samples.phrases import read_texts
from samples.residents import residents
from transforms.entities import entity_matcher, tie_entities
from transforms.frame import frame_of
from transforms.keys import add_keys
from transforms.redaction import redact
from transforms.tags import collect_tags
from transforms.text import clean_text
from vocabulary.register import read_entities

Make = Callable[..., Client]
MUSEUM, GROUP, ALBUM = "90018765@N01", "95018765@N20", "72150187650000001"
RESIDENT = Account("90100007@N07", "kettle_on")
REST = "/flickr/services/rest/"


@pytest.fixture
def keyed(client: Make) -> Make:
    key = Credentials("town", {"api_key": sample.KEY})
    return lambda **options: client(**{"credentials": key, "obey_robots": False, **options})


@pytest.fixture
def town(site: Site) -> Talk:
    texts = read_texts()
    found = talk(texts, residents(texts["people"]), date(2025, 11, 10), NOON)

    def answer(query: dict[str, list[str]]) -> Told:
        here = SimpleNamespace(flickr=found)
        asked = Asked(town=here, path=REST, query=query, base=site.base)  # type: ignore[arg-type]
        (route,) = (to for pattern, to in sample.ROUTES if "rest" in pattern)
        return Told(route(asked).body)

    site.answers[REST] = answer
    return found


def flickr(site: Site, **select: Any) -> Source:
    kind = {"account_kind": "organisation"} if {"accounts", "albums"} & set(select) else {}
    given = {**kind, "platform": "flickr", "url": f"{site.base}/flickr", "purpose": "test"}
    return Source.model_validate({**given, "select": select})


def asked_of(site: Site, method: str) -> list[dict[str, str]]:
    """Return the parameters of each request for that method."""
    queries = [parse_qs(urlsplit(target).query) for target in site.asked]
    return [
        {k: v[0] for k, v in query.items()}
        for query in queries
        if query.get("method") == [f"flickr.{method}"]
    ]


def posts(pages: list[Page]) -> list[Post]:
    return [o for o in outcomes(pages) if isinstance(o, Post)]


def photos(pages: list[Page]) -> dict[str, Post]:
    return {p.native_id: p for p in posts(pages) if p.kind == "photo"}


SELECTIONS: list[dict[str, Any]] = [
    {"query": "road"},
    {"tags": ["flood", "library"]},
    {"machine_tags": ["aberwennol:object="], "tags": ["Cockle Street"]},
    {"box": [-4.09, 52.41, -4.08, 52.416]},
    {"communities": [GROUP]},
    {"albums": [f"lifeboatmuseum/{ALBUM}"], "communities": [GROUP]},
    {"accounts": [MUSEUM]},
]


@pytest.mark.parametrize("select", SELECTIONS, ids=str)
def test_a_killed_run_goes_on_where_it_stood(
    site: Site, keyed: Make, town: Talk, select: dict[str, Any]
) -> None:
    wanted = flickr(site, **select)
    pages, end = whole(fetching(keyed(), wanted, days=9))
    contents = [q for q in site.asked if "getInfo&group" not in q and "lookupUser" not in q]
    assert (end, len(posts(pages)) >= 3) == ("complete", True)
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(keyed(), wanted, days=9), count)
        site.asked.clear()
        rest, end = whole(fetching(keyed(), wanted, landed[-1].cursor, days=9))
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert end == "complete"
        assert site.asked == contents[len(contents) - len(pages) + count :]


@pytest.mark.parametrize("select", SELECTIONS, ids=str)
def test_nothing_is_asked_again_while_it_is_unchanged(
    site: Site, keyed: Make, town: Talk, select: dict[str, Any]
) -> None:
    wanted = flickr(site, **select)
    pages, _ = whole(fetching(keyed(), wanted, days=9))
    gone = {p.native_id for p in posts(pages) if p.removed_at}
    site.asked.clear()
    again, end = whole(fetching(keyed(), wanted, state_after(pages), days=9))
    assert end == "complete"
    # What the lists still show though it is gone has no state that could be known.
    assert {q["photo_id"] for q in asked_of(site, "photos.getInfo")} == gone
    assert {p.native_id for p in posts(again)} == gone
    assert asked_of(site, "photos.comments.getList") == []
    assert state_after(again) == state_after(pages)


def test_a_tag_years_later_brings_an_old_photo_back(site: Site, keyed: Make, town: Talk) -> None:
    wanted = flickr(site, accounts=["lifeboatmuseum"])
    pages, _ = whole(fetching(keyed(), wanted, days=2))
    photo = next(p for p in town.photos.values() if "outside the bakery" in p.title)
    assert photo.created_at.year < 2020
    photo.tags.append(Tagged(RESIDENT, "the awning", ago(minutes=1)))
    again, _ = whole(fetching(keyed(), wanted, state_after(pages), days=2))
    (found,) = photos(again).values()
    assert found.native_id == photo.id
    assert {t.tag: t.added_by for t in found.tags}["the awning"] == "community"
    assert found.created_at == photo.created_at
    assert found.author_kind == "organisation"
    assert found.community_name == "Lifeboat Museum Aberwennol"
    assert found.likes == photo.faves
    assert asked_of(site, "urls.lookupUser")[0]["url"].endswith("/photos/lifeboatmuseum/")
    said = [p for p in posts(again) if p.kind == "comment"]
    assert len(said) == len(photo.comments) + len(photo.notes)
    assert {p.title for p in said} == {photo.title}
    assert {(p.parent_id, p.root_id) for p in said} == {(photo.id, photo.id)}


def test_the_window_is_half_open(site: Site, keyed: Make, town: Talk) -> None:
    first, last, late = [p for p in town.photos.values() if "flood" in {t.raw for t in p.tags}][:3]
    first.created_at, last.created_at, late.created_at = ago(days=2), ago(seconds=1), NOON
    pages, _ = whole(fetching(keyed(), flickr(site, tags=["flood"]), days=2))
    found = photos(pages)
    assert {first.id, last.id} <= set(found)
    assert late.id not in found


def test_one_made_private_and_one_deleted_are_removals(site: Site, keyed: Make, town: Talk) -> None:
    pages, end = whole(fetching(keyed(), flickr(site, communities=[GROUP]), days=40))
    reasons = {p.native_id: p.removal_reason for p in posts(pages) if p.removed_at}
    private, deleted = (
        next(p.id for p in town.photos.values() if p.state == state)
        for state in ("private", "deleted")
    )
    assert reasons == {private: "made private", deleted: "deleted or made private"}
    assert end == "complete"


def test_a_pool_is_read_back_to_the_window(
    site: Site, keyed: Make, town: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.parts.flickr.lists._A_PAGE", 5)
    pages, end = whole(fetching(keyed(), flickr(site, communities=[GROUP]), days=7))
    added = {p.id for p in town.photos.values() if p.in_pool and p.in_pool >= ago(days=7)}
    assert added <= set(photos(pages))
    lists = asked_of(site, "groups.pools.getPhotos")
    assert 2 <= len(lists) < 8
    assert end == "complete"
    shown = [p for p in posts(pages) if not p.removed_at]
    assert {p.community_name for p in shown} == {"Aberwennol streets"}


def test_a_box_narrows_the_words(site: Site, keyed: Make, town: Talk) -> None:
    box = [-4.087, 52.413, -4.081, 52.416]
    pages, _ = whole(fetching(keyed(), flickr(site, box=box, tags=["flood"]), days=30))
    (query,) = asked_of(site, "photos.search")
    assert query["bbox"] == "-4.087,52.413,-4.081,52.416"
    assert (query["tags"], query["tag_mode"], query["per_page"]) == ("flood", "any", "250")
    shown = [p for p in photos(pages).values() if not p.removed_at]
    assert shown
    assert all(p.latitude and 52.413 <= p.latitude <= 52.416 for p in shown)
    assert {p.place for p in shown} == {"Aberwennol, Cymru / Wales, United Kingdom"}


class Many:
    """A Flickr of photos that were uploaded at the given moments, with a search like the real one.

    A search shows the first `most` it finds; later pages are the last of these again.
    """

    def __init__(self, site: Site, uploaded: list[int], most: int) -> None:
        self.uploaded, self.most = sorted(uploaded, reverse=True), most
        self.searches: list[int] = []
        site.answers["/services/rest/"] = self

    def __call__(self, query: dict[str, list[str]]) -> Told:
        one = {name: values[0] for name, values in query.items()}
        if one["method"] == "flickr.photos.getInfo":
            return told({"photo": {"id": one["photo_id"], "comments": {"_content": "0"}}})
        since, until = int(one["min_upload_date"]), int(one["max_upload_date"])
        found = [(n, at) for n, at in enumerate(self.uploaded, 1) if since <= at <= until]
        size = int(one["per_page"])
        page = min(int(one["page"]), -(-self.most // size), max(1, -(-len(found) // size)))
        self.searches.append(len(found))
        entries = [
            {"id": str(n), "dateupload": str(at), "lastupdate": str(at)}
            for n, at in found[: self.most][(page - 1) * size : page * size]
        ]
        head = {"page": int(one["page"]), "pages": -(-len(found) // size), "total": str(len(found))}
        return told({"photos": {**head, "perpage": size, "photo": entries}})


def told(body: dict[str, Any]) -> Told:
    return Told(json.dumps({**body, "stat": "ok"}))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Make a search show 40 photos, ten a page, here and there."""
    monkeypatch.setattr("connectors.parts.flickr.lists.MOST_FOUND", 40)
    monkeypatch.setattr("connectors.parts.flickr.lists._A_PAGE", 10)
    return 40


def test_a_search_is_split_until_it_is_shown_whole(site: Site, keyed: Make, small: int) -> None:
    begin = int(ago(days=2).timestamp())
    uploaded = [begin + 17 * n for n in range(60)] + [begin + 160_000 + n for n in range(130)]
    many = Many(site, uploaded, small)
    wanted = source("flickr", site.base, query="rain")
    pages, end = whole(fetching(keyed(), wanted))
    assert end == "complete"
    assert {int(q["photo_id"]) for q in asked_of(site, "photos.getInfo")} == set(range(1, 191))
    assert len(asked_of(site, "photos.getInfo")) == 190
    assert len(many.searches) < 80
    for count in (1, 5, 9, 100):
        landed = killed_after(fetching(keyed(), wanted), count)
        rest, end = whole(fetching(keyed(), wanted, landed[-1].cursor))
        assert [p.body for p in landed + rest] == [p.body for p in pages]


def test_more_in_one_second_than_is_shown_is_a_limit(site: Site, keyed: Make, small: int) -> None:
    Many(site, [int(ago(hours=3).timestamp())] * 55, small)
    pages, end = whole(fetching(keyed(), source("flickr", site.base, query="rain")))
    assert end == "limit of the platform"
    assert len(asked_of(site, "photos.getInfo")) == 40
    assert len(pages) < 80


@pytest.mark.parametrize(
    ("answer", "lists", "end"),
    [
        # The last page for ever, whatever is asked for, and pages that promise more for ever.
        ({"page": 1, "pages": 99, "total": "90"}, 2, "limit of the platform"),
        ({"pages": "many", "total": None}, 2, "limit of the platform"),
        ({"page": 1, "pages": 1, "total": "99999"}, 1, "complete"),
        ({"page": "1", "pages": 0}, 1, "complete"),
    ],
    ids=["clamped", "repeated", "one", "none"],
)
def test_no_list_goes_round_for_ever(
    site: Site, keyed: Make, answer: dict[str, Any], lists: int, end: str
) -> None:
    at = str(int(ago(hours=1).timestamp()))
    entry = {"id": "7", "dateupload": at, "lastupdate": at}

    def reply(query: dict[str, list[str]]) -> Told:
        if query["method"] == ["flickr.people.getInfo"]:
            return told({"person": {"username": {"_content": "Museum"}}})
        if query["method"] == ["flickr.photos.getInfo"]:
            return told({"photo": {"id": "7"}})
        return told({"photos": {**answer, "photo": [entry]}})

    site.answers["/services/rest/"] = reply
    museum = source("flickr", site.base)
    museum = museum.model_copy(update={"select": flickr(site, accounts=[MUSEUM]).select})
    pages, ended = whole(fetching(keyed(), museum))
    assert (len(asked_of(site, "people.getPublicPhotos")), ended) == (lists, end)
    assert set(photos(pages)) == {"7"}


def test_pages_without_end_are_bounded(
    site: Site, keyed: Make, town: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.parts.flickr.lists._A_PAGE", 2)
    monkeypatch.setattr("connectors.parts.flickr.lists._MAX_PAGES", 3)
    _, end = whole(fetching(keyed(), flickr(site, accounts=[MUSEUM]), days=60))
    assert end == "bound of one run"
    monkeypatch.setattr("connectors.flickr._MAX_ANSWERS", 4)
    wanted = flickr(site, communities=[GROUP])
    pages, end = whole(fetching(keyed(), wanted, days=60))
    assert (len(pages), end) == (4, "bound of one run")
    # A run that ended asks for nothing when it is begun again at its last page.
    assert whole(fetching(keyed(), wanted, pages[-1].cursor, days=60)) == ([], end)


def test_what_is_remembered_is_bounded(
    site: Site, keyed: Make, town: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.flickr._MAX_SEEN", 3)
    pages, _ = whole(fetching(keyed(), flickr(site, accounts=[MUSEUM]), days=30))
    own = (photo for photo in town.photos.values() if photo.owner == town.museum)
    latest = sorted(own, key=lambda photo: photo.changed_at)[-3:]
    assert set(state_after(pages)["seen"]) == {photo.id for photo in latest}
    assert all(len(line_of_page(page)) < 60_000 for page in pages)


FAILS: list[tuple[int, type[Exception], str, int]] = [
    (100, StopSource, "API key is not valid", 1),
    (99, StopSource, "an API key alone may not read it", 1),
    (98, StopSource, "login", 1),
    (3, StopSource, "nothing to look for", 1),
    (112, StopSource, "does not know this request", 1),
    (105, RetryLater, "not available just now", 4),
    (106, RetryLater, "not available just now", 4),
    (201, RetryLater, "not available just now", 4),
    (10, RetryLater, "search is not available", 4),
    (0, RetryLater, "not available just now", 4),
]


@pytest.mark.parametrize(("code", "error", "said", "tries"), FAILS, ids=lambda v: str(v)[:20])
@pytest.mark.parametrize("is_xml", [False, True])
def test_errors_come_with_status_200(
    site: Site, keyed: Make, code: int, error: type[Exception], said: str, tries: int, is_xml: bool
) -> None:
    body = f'{{"stat":"fail","message":"no","code":"{code}"}},'
    if is_xml:
        body = f'<?xml version="1.0"?>\n<rsp stat="fail"><err code="{code}" msg="no" /></rsp>'
    site.answers["/services/rest/"] = Told(body)
    with pytest.raises(error, match=said):
        whole(fetching(keyed(), source("flickr", site.base, query="rain")))
    assert len(site.asked) == tries


@pytest.mark.parametrize("body", ["<html>Bad, bad panda!", '{"stat": "ok"}', "", '{"photos": '])
def test_a_list_that_is_none_is_asked_for_later(site: Site, keyed: Make, body: str) -> None:
    site.answers["/services/rest/"] = Told(body)
    with pytest.raises(RetryLater, match=r"not what Flickr's API sends|without its content"):
        whole(fetching(keyed(), source("flickr", site.base, query="rain")))


@pytest.mark.parametrize("method", ["flickr.photos.getInfo", "flickr.photos.comments.getList"])
def test_a_photo_that_cannot_be_had_is_left_out_and_asked_again_the_next_time(
    site: Site, keyed: Make, town: Talk, method: str
) -> None:
    wanted, truth = flickr(site, accounts=[MUSEUM]), site.answers[REST]
    odd = next(p.id for p in town.photos.values() if p.owner == town.museum and p.comments)

    def broken(query: dict[str, list[str]]) -> Told:
        is_odd = query["method"] == [method] and query["photo_id"] == [odd]
        return Told("<html>sorry") if is_odd else truth(query)  # type: ignore[operator]

    site.answers[REST] = broken
    pages, end = whole(fetching(keyed(), wanted, days=60))
    assert end == "pages left out"
    assert odd not in state_after(pages)["seen"]
    site.answers[REST] = truth
    again, end = whole(fetching(keyed(), wanted, state_after(pages), days=60))
    assert (set(photos(again)), end) == ({odd}, "complete")


def test_an_error_201_is_asked_again(site: Site, keyed: Make, time: Time) -> None:
    down = Told('{"stat":"fail","message":"Sorry","code":201},')
    site.answers["/services/rest/"] = [down, down, told({"photos": {"photo": []}})]
    _, end = whole(fetching(keyed(), source("flickr", site.base, query="rain")))
    assert (end, len(site.asked)) == ("complete", 3)
    assert sum(time.slept) > 0


def test_the_key_is_seen_by_nobody(
    site: Site, keyed: Make, town: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pages, _ = whole(fetching(keyed(), flickr(site, tags=["flood"]), days=9))
    assert all(f"api_key={sample.KEY}" in target for target in site.asked)
    assert all(sample.KEY.encode() not in line_of_page(page) for page in pages)
    assert sample.KEY not in caplog.text
    wrong = keyed(credentials=Credentials("town", {"api_key": "mistyped-key"}))
    with pytest.raises(StopSource) as refused:
        whole(fetching(wrong, flickr(site, tags=["flood"])))
    assert "mistyped-key" not in f"{refused.value}{caplog.text}"
    with pytest.raises(FixSettings, match="have no api_key"):
        whole(fetching(keyed(credentials=None), flickr(site, tags=["flood"])))


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ({}, "nothing is selected; allowed here: query, tags"),
        ({"query": "floods from:kettle_on"}, "looks for persons"),
        ({"query": "owner = 90100007@N07"}, "looks for persons"),
        ({"tags": ["flood", "90100007@N07"]}, "looks for persons"),
        ({"machine_tags": ["flickr:user=kettle_on"]}, "looks for persons"),
        ({"machine_tags": ["*:people="]}, "looks for persons"),
        ({"machine_tags": ["dc:creator=kettle_on"]}, "looks for persons"),
        ({"query": '"@kettle_on"'}, "looks for persons"),
        ({"box": [-4.0801, 52.4100, -4.0799, 52.4102]}, "looks at a single home"),
        ({"box": [-4.08, 52.41, -4.0799, 53.0]}, "looks at a single home"),
        ({"box": [-4.08, 52.41, -4.09, 52.42]}, "allowed are west, south, east and north"),
        ({"box": [52.41, -4.09, 52.42, -94.08]}, "allowed are west, south, east and north"),
        ({"communities": ["streets"]}, "allowed are ids as 123456@N01"),
        ({"communities": ["95000000@N20"]}, "Flickr does not know group 95000000@N20"),
        ({"albums": [ALBUM]}, "allowed is account/number"),
        ({"albums": [f"{MUSEUM}/1"]}, "Flickr does not know album"),
        ({"accounts": ["nobody"]}, "Flickr does not know account nobody"),
    ],
    ids=str,
)
def test_what_may_not_be_selected(
    site: Site, keyed: Make, town: Talk, select: dict[str, Any], said: str
) -> None:
    with pytest.raises(FixSettings, match=said):
        whole(fetching(keyed(), flickr(site, **select)))


def test_a_persons_album_is_not_read(site: Site, keyed: Make, town: Talk) -> None:
    album = source("flickr", f"{site.base}/flickr", albums=[f"{MUSEUM}/{ALBUM}"])
    with pytest.raises(FixSettings, match="allowed are an organisation's own"):
        whole(fetching(keyed(), album))
    assert site.asked == []


def test_tags_are_looked_for_in_as_many_searches_as_it_takes(
    site: Site, keyed: Make, town: Talk
) -> None:
    tags, machine_tags = [f"t{n}" for n in range(45)], [f"a:b={n}" for n in range(9)]
    many = flickr(site, tags=tags, machine_tags=machine_tags)
    pages, _ = whole(fetching(keyed(), many))
    searches = asked_of(site, "photos.search")
    assert [len(q["tags"].split(",")) for q in searches if "tags" in q] == [20, 20, 5]
    assert [len(q["machine_tags"].split(",")) for q in searches if "machine_tags" in q] == [8, 1]
    assert set(outcomes(pages)) == {Skipped(rule="empty list")}


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://www.flickr.com", "https://api.flickr.com"),
        ("https://flickr.com/", "https://api.flickr.com"),
        ("https://api.flickr.com", "https://api.flickr.com"),
        ("http://127.0.0.1:18765/flickr", "http://127.0.0.1:18765/flickr"),
    ],
)
def test_flickr_itself_is_asked_at_its_api(url: str, base: str) -> None:
    assert base_of(source("flickr", url, query="rain")) == base


def test_recheck_asks_once_a_photo_and_says_only_what_it_knows(
    site: Site, keyed: Make, town: Talk
) -> None:
    spoken = next(p for p in town.photos.values() if len(p.comments) > 1 and p.notes)
    silent, gone, hidden = [p for p in town.photos.values() if p.state == "public"][-3:]
    town.delete(gone.id)
    town.make_private(hidden.id)
    kept, lost = spoken.comments[0], spoken.comments.pop()
    ids = {
        spoken.id: "there", f"{spoken.id}-note-{spoken.notes[0].number}": "there",
        f"{spoken.id}-note-1": "gone", f"90018765-{spoken.id}-{kept.number}": "there",
        f"90018765-{spoken.id}-{lost.number}": "gone", silent.id: "there", gone.id: "gone",
        hidden.id: "gone", f"90018765-{gone.id}-1": "gone", "1": "gone",
    }  # fmt: skip
    wanted = flickr(site, accounts=[MUSEUM])
    asked = [("not/flickrs", None), *((native_id, None) for native_id in ids)]
    assert dict(recheck(keyed(), wanted, asked)) == ids
    assert len(asked_of(site, "photos.getInfo")) == 5
    assert len(asked_of(site, "photos.comments.getList")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "<html>sorry",
        '{"stat": "ok", "photo": {}}',
        '{"stat": "ok", "photo": {"id": "53000000002", "visibility": {"ispublic": 1}}}',
    ],
)
def test_recheck_leaves_what_it_cannot_know(site: Site, keyed: Make, body: str) -> None:
    site.answers["/services/rest/"] = Told(body)
    assert list(recheck(keyed(), source("flickr", site.base), [("53000000001", None)])) == []


def test_the_museum_hears_its_people(site: Site, keyed: Make, town: Talk) -> None:
    """Residents' tags on its photos reach the objects of its register."""
    wanted = flickr(site, accounts=[MUSEUM], communities=[GROUP])
    pages, end = whole(fetching(keyed(), wanted, days=66))
    assert end == "complete"
    found = [p for p in posts(pages) if p.removed_at is None]
    assert not [o for o in outcomes(pages) if not isinstance(o, Post | Skipped)]
    batch = redact(collect_tags(clean_text(add_keys(frame_of(found)))), "GB")
    ties = tie_entities(batch, entity_matcher(register()))
    ties = ties[ties["method"] == "identifier"].set_index("post_key")
    tagged: dict[str, set[str]] = {}
    for post in batch[batch["kind"] == "photo"].itertuples(index=False):
        if post.post_key in ties.index:
            by_people = {t.tag for t in post.tags if t.added_by == "community"}
            tagged.setdefault(ties.at[post.post_key, "target"], set()).update(by_people)
    # Every object of which there is a photo, and what people call it.
    assert set(tagged) == set(register())
    assert {"tramway", "conductor", "Pudding Hill"} <= tagged["ABW.1911.3"]
    assert {"miners", "glowyr"} <= tagged["ABW.1971.6"]
    assert "eels" in tagged["ABW.1974.12"]


def register() -> dict[str, Any]:
    file = Path(sample.__file__).parent / "registers/museum_objects.csv"
    spec = Register(
        file=str(file), id="object_number", name="title", aliases="also_known_as", place="place"
    )
    rows = list(read_entities(file.read_bytes(), spec, "museum-objects"))
    assert len(rows) == 25
    return {row.native_id or "": row for row in rows}


def test_a_later_day_of_the_week_only_adds_to_the_town() -> None:
    texts = read_texts()
    people = residents(texts["people"])
    monday = date(2025, 11, 10)
    early, late = (
        talk(texts, people, monday, datetime(2026, 1, day, tzinfo=UTC)) for day in (6, 10)
    )
    for native_id, photo in early.photos.items():
        later = late.photos[native_id]
        assert set(photo.tags) <= set(later.tags)
        assert set(photo.comments) <= set(later.comments)
        same = {"tags": [], "comments": [], "notes": [], "in_pool": None}
        assert replace(photo, **same) == replace(later, **same)  # type: ignore[arg-type]
    assert len(late.photos) >= len(early.photos) >= 45


@pytest.mark.parametrize(
    "run",
    ["x", {"photo": 5, "community": 7, "organisations": 9}, {"photo": {"id": [], "title": {}}}],
)
def test_a_cursor_somebody_changed_harms_no_parsing(run: Any) -> None:
    for name in ("photo", "comments"):
        body = (Path(__file__).parent / f"data/flickr/{name}.json").read_bytes()
        page = Page(
            source="s", platform="flickr", url="https://api.flickr.com/", received_at=NOON,
            body=body, cursor={"run": run},
        )  # fmt: skip
        assert any(isinstance(outcome, Post) for outcome in parse(page))


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "body",
    [
        b'{"stat":"ok","x":"' + b'\\"' * 60_000,
        b'<rsp stat="ok"><photo id="5">' + b"<a/>" * 100_000 + b"</photo></rsp>",
    ],
    ids=["a text without end", "many of a name"],
)
def test_what_is_long_is_read_once(body: bytes) -> None:
    has_no_end = body.startswith(b"{")
    assert (read_answer(body) is None) == has_no_end


def test_the_terms() -> None:
    assert (TERMS.needs_approval, TERMS.needs_permission) == (False, False)
    assert TERMS.credentials == ("api_key",)
    assert "not endorsed or certified by SmugMug, Inc." in (TERMS.notice or "")
