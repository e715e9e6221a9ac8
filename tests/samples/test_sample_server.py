"""What the town's server answers, asked over real HTTP."""

import json
import re
from urllib.parse import urlsplit

import feedparser
import pytest
import requests
from sample_site import Site


def topic_ids(site: Site, path: str) -> list[int]:
    """Return the ids of a listing's topics, page after page, as the server says to go on."""
    found, page = [], 0
    while True:
        listing = site.json(f"{path}?page={page}")["topic_list"]
        found += [t["id"] for t in listing["topics"]]
        more = listing.get("more_topics_url")
        if not more:
            return found
        assert more == f"{path.removesuffix('.json')}?page={page + 1}"
        page += 1


def test_all_posts_can_be_reached_through_the_categories(site: Site) -> None:
    reached, requests_made = set(), 0
    for category in site.json("/categories.json")["category_list"]["categories"]:
        for topic_id in topic_ids(site, f"/c/{category['slug']}/{category['id']}/l/latest.json"):
            stream = site.json(f"/t/{topic_id}.json")["post_stream"]
            ids = [p["id"] for p in stream["posts"]]
            assert ids == stream["stream"][:20]
            requests_made += 1
            for start in range(20, len(stream["stream"]), 20):
                wanted = stream["stream"][start : start + 20]
                asked = "&".join(f"post_ids[]={i}" for i in wanted)
                chunk = site.json(f"/t/{topic_id}/posts.json?{asked}")["post_stream"]
                assert "stream" not in chunk
                ids += [p["id"] for p in chunk["posts"]]
                requests_made += 1
            assert ids == stream["stream"]
            reached |= set(ids)
    assert reached == set(site.town.posts)
    assert requests_made < 240


def test_latest_has_every_topic_once_the_pinned_first(site: Site) -> None:
    ids = topic_ids(site, "/latest.json")
    assert sorted(ids) == sorted(site.town.topics)
    first = site.json("/latest.json")["topic_list"]["topics"][:2]
    assert [t["pinned"] for t in first] == [True, False]
    last = [t["bumped_at"] for t in site.json("/latest.json")["topic_list"]["topics"][1:]]
    assert last == sorted(last, reverse=True)


def test_all_talk_can_be_reached_through_posts_json(site: Site) -> None:
    reached: set[int] = set()
    before = 0
    for _ in range(60):
        page = site.json(f"/posts.json?before={before}" if before else "/posts.json")
        ids = [p["id"] for p in page["latest_posts"]]
        assert ids == sorted(ids, reverse=True)
        if not ids:
            break
        reached |= set(ids)
        before = ids[-1] - 1
    talk = site.town.posts.values()
    assert reached == {p.id for p in talk if p.kind == "regular" and not p.is_hidden}


def test_paging_by_post_number_is_as_treacherous_as_the_real_one(site: Site) -> None:
    topic = max(site.town.topics.values(), key=lambda t: len(t.shown))
    numbers = [p.number for p in topic.shown]

    def asked(query: str) -> list[int]:
        stream = site.json(f"/t/{topic.id}/posts.json{query}")["post_stream"]
        return [p["post_number"] for p in stream["posts"]]

    assert asked("") == numbers[:20]
    assert asked("?post_number=5") == [n for n in reversed(numbers) if n < 5]
    assert asked("?post_number=100000") == numbers[:-21:-1]


def test_single_posts(site: Site) -> None:
    post = next(p for p in site.town.posts.values() if p.quote and not p.is_hidden)
    single = site.json(f"/posts/{post.id}.json")
    assert single["raw"] == post.raw
    assert single["post_url"].endswith(f"/{post.topic_id}/{post.number}")
    assert site.json(f"/posts/by_number/{post.topic_id}/{post.number}.json") == single
    page = site.get(single["post_url"])
    assert page.headers["Content-Type"].startswith("text/html")
    assert f'id="post_{post.number}"' in page.text


def test_what_was_deleted_is_gone_and_what_was_edited_is_new(site: Site) -> None:
    topic = max(site.town.topics.values(), key=lambda t: len(t.shown))
    gone, edited = topic.shown[3], topic.shown[4]
    version = site.json(f"/posts/{edited.id}.json")["version"]
    site.town.delete_post(gone.id)
    site.town.edit_post(edited.id, "I have changed my mind about the bagpipes.")
    stream = site.json(f"/t/{topic.id}.json")["post_stream"]["stream"]
    assert gone.id not in stream
    assert edited.id in stream
    for path in (f"/posts/{gone.id}.json", f"/posts/by_number/{topic.id}/{gone.number}.json"):
        assert site.get(path).status_code == 404
    assert site.get(f"/t/{topic.slug}/{topic.id}/{gone.number}").status_code == 404
    changed = site.json(f"/posts/{edited.id}.json")
    assert changed["cooked"] == "<p>I have changed my mind about the bagpipes.</p>"
    assert changed["version"] == version + 1


@pytest.mark.parametrize(
    "path",
    ["/t/1.json", "/posts/1.json", "/c/nowhere/99/l/latest.json", "/tag/nil.json", "/x.json"],
)
def test_nothing_there_in_the_forums_own_words(site: Site, path: str) -> None:
    response = site.get(path)
    assert response.status_code == 404
    assert response.json()["error_type"] == "not_found"
    assert response.json()["errors"]


def test_search_and_tags(site: Site) -> None:
    found = site.json("/search.json?q=tortoise OR bagpipes %23town-life after:2026-10-01&page=1")
    assert found["posts"]
    assert found["grouped_search_result"]["more_full_page_results"] is None
    topics = {t["id"]: t for t in found["topics"]}
    assert {p["topic_id"] for p in found["posts"]} == topics.keys()
    assert all(t["category_id"] == 1 for t in topics.values())
    assert all(p["created_at"] >= "2026-10-01" for p in found["posts"])
    many = [site.json(f"/search.json?q=the&page={page}")["posts"] for page in (1, 2)]
    assert [len(m) for m in many] == [50, 50]
    assert many[0][-1]["id"] > many[1][0]["id"]
    tagged = site.json("/tag/petition.json")["topic_list"]["topics"]
    assert tagged
    assert all("petition" in t["tags"] for t in tagged)


def test_one_planned_429_then_all_is_well(site: Site) -> None:
    topic = max(site.town.topics.values(), key=lambda t: len(t.shown))
    answers = [site.get(f"/t/{topic.id}.json") for _ in range(3)]
    assert [a.status_code for a in answers] == [429, 200, 200]
    assert answers[0].headers["Retry-After"] == "1"
    assert answers[0].json()["error_type"] == "rate_limit"
    assert answers[0].json()["extras"]["wait_seconds"] == 1


def test_whoever_hurries_is_told_to_wait(strict_site: Site) -> None:
    statuses = [strict_site.get("/site.json").status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    refused = strict_site.get("/posts.json")
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert refused.json()["extras"]["wait_seconds"] == int(refused.headers["Retry-After"])
    assert strict_site.get("/").status_code == 200  # people are never refused


def test_guests_say_who_they_are(site: Site) -> None:
    for path in ("/latest.json", "/blog/feed.xml", "/posts.rss", "/news/feed.json"):
        refused = site.get(path, User_Agent="curl")
        assert refused.status_code == 403
        assert "who you are" in refused.json()["errors"][0]
    for path in ("/", "/blog/", "/robots.txt", "/data.json"):
        assert site.get(path, User_Agent="curl").status_code == 200


@pytest.mark.parametrize(
    ("path", "holding", "largest"),
    [("/blog/feed.xml", "articles", 25), ("/blog/comments/feed.xml", "comments", 125),
     ("/news/atom.xml", "news", 20)],
)  # fmt: skip
def test_feeds_give_every_item(site: Site, path: str, holding: str, largest: int) -> None:
    ids: list[str] = []
    for page in range(1, 40):
        response = site.get(f"{path}?paged={page}" if page > 1 else path)
        if response.status_code == 404:
            break
        feed = feedparser.parse(
            response.content, response_headers={"content-type": response.headers["Content-Type"]}
        )
        assert not feed.bozo
        assert 0 < len(feed.entries) <= largest
        assert all(e.link.startswith(site.base) and e.published_parsed for e in feed.entries)
        ids += [e.id for e in feed.entries]
    assert ids == [i.native_id for i in getattr(site.town, holding)]
    page_of_first = site.get(
        urlsplit(feedparser.parse(site.get(path).content).entries[0].link).path
    )
    assert page_of_first.status_code == 200


def test_json_feed_gives_every_item(site: Site) -> None:
    ids: list[str] = []
    url = f"{site.base}/news/feed.json"
    while url:
        feed = json.loads(site.get(url.removeprefix(site.base)).content)
        ids += [i["id"] for i in feed["items"]]
        url = feed.get("next_url", "")
    assert ids == [i.native_id for i in site.town.notices]


def test_the_forums_rss(site: Site) -> None:
    feed = feedparser.parse(site.get("/posts.rss").content)
    assert not feed.bozo
    assert len(feed.entries) == 50
    assert all(re.match(r"@\S+", e.author) for e in feed.entries)


@pytest.mark.parametrize("path", ["/blog/feed.xml", "/news/atom.xml", "/news/feed.json"])
def test_what_is_known_is_not_sent_again(site: Site, path: str) -> None:
    first = site.get(path)
    for known in ({"If_None_Match": first.headers["ETag"]},
                  {"If_Modified_Since": first.headers["Last-Modified"]}):  # fmt: skip
        again = site.get(path, **known)
        assert again.status_code == 304
        assert again.content == b""
    assert site.get(path, If_None_Match='"other"').status_code == 200


def test_a_deleted_comment_makes_the_feed_new(site: Site) -> None:
    path = "/blog/comments/feed.xml"
    tag = site.get(path).headers["ETag"]
    gone = site.town.comments[0].native_id
    site.town.delete_comment(gone)
    fresh = site.get(path, If_None_Match=tag)
    assert fresh.status_code == 200
    assert gone not in fresh.text


def test_robots_and_catalogue(site: Site) -> None:
    assert "Disallow: /admin/" in site.get("/robots.txt").text
    datasets = site.json("/data.json")["dataset"]
    path = "/api/3/action/package_search?rows=40&start="
    pages = [site.json(f"{path}{start}")["result"] for start in (0, 40)]
    titles = [p["title"] for page in pages for p in page["results"]]
    assert titles == [d["title"] for d in datasets]
    assert pages[0]["count"] == len(titles)


def test_people_can_open_what_is_linked(site: Site) -> None:
    for path in ("/c/2", "/c/roads-and-paths/2", "/tag/petition", "/latest", "/blog/", "/news/"):
        page = site.get(path)
        assert page.status_code == 200
        linked = re.search(r'<li><a href="([^"]+)"', page.text)
        assert linked
        assert '<html lang="' in site.get(linked[1]).text


def test_head_has_no_body(site: Site) -> None:
    response = requests.head(site.base + "/", timeout=10)
    assert response.status_code == 200
    assert response.content == b""
