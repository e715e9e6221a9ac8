"""Which address of the town answers what."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from samples import discourse, feeds, flickr, mastodon, pages, phpbb, reddit, search, wordpress, x
from samples.asking import ATOM, FEED, HTML, JSON, RSS, Answer, Asked, NotThereError, Route
from samples.model import Item, Topic

ROBOTS = "User-agent: *\nDisallow: /admin/\nAllow: /\n"
CATALOGUE = Path(__file__).with_name("data.json")


def answer(asked: Asked) -> Answer:
    """Return what the town answers, or raise NotThereError."""
    asked = replace(asked, as_json=asked.as_json or asked.path.endswith(".json"))
    for pattern, route in _ROUTES:
        match = re.fullmatch(pattern, asked.path)
        if match:
            return route(replace(asked, parts=match.groups()))
    raise NotThereError(as_json=asked.as_json)


def _json(body: Any) -> Answer:
    return Answer(200, JSON, json.dumps(body, ensure_ascii=False).encode())


def _html(body: str) -> Answer:
    return Answer(200, HTML, body.encode())


def _topics(asked: Asked, title: str, within: Sequence[Topic], path: str) -> Answer:
    if not asked.as_json:
        return _html(pages.topics(title, within))
    return _json(discourse.topic_list(within, path, asked.whole("page", 0)))


def _latest(asked: Asked) -> Answer:
    return _topics(asked, "Aberwennol Forum", list(asked.town.topics.values()), "/latest")


def _category(asked: Asked) -> Answer:
    slug, category_id = asked.parts
    found = next((c for c in asked.town.categories if str(c.id) == category_id), None)
    if found is None or slug not in (None, found.slug):
        raise NotThereError(as_json=asked.as_json)
    within = [t for t in asked.town.topics.values() if t.category == found]
    return _topics(asked, found.name, within, f"/c/{found.slug}/{found.id}/l/latest")


def _tag(asked: Asked) -> Answer:
    (tag,) = asked.parts
    within = [t for t in asked.town.topics.values() if tag in t.tags]
    if not within:
        raise NotThereError(as_json=asked.as_json)
    return _topics(asked, f"Tagged {tag}", within, f"/tag/{tag}")


def _topic(asked: Asked) -> Answer:
    found = asked.topic(asked.parts[-1])
    return _json(discourse.topic(found)) if asked.as_json else _html(pages.topic(found))


def _stream_posts(asked: Asked) -> Answer:
    return _json(discourse.stream_posts(asked.topic(asked.parts[0]), asked.query))


def _post(asked: Asked) -> Answer:
    found = asked.post(asked.town.posts.get(int(asked.parts[0])))
    return _json(discourse.listed_post(asked.town, found))


def _post_by_number(asked: Asked) -> Answer:
    within = asked.topic(asked.parts[-2])
    found = asked.post(next((p for p in within.shown if str(p.number) == asked.parts[-1]), None))
    if asked.as_json:
        return _json(discourse.listed_post(asked.town, found))
    return _html(pages.post(found, within))


def _feed_page(asked: Asked, items: Sequence[Item], size: int) -> tuple[Sequence[Item], str | None]:
    number = max(asked.whole("paged", 1), 1)
    shown = items[(number - 1) * size : number * size]
    if not shown:
        raise NotThereError(as_json=asked.as_json)
    return shown, f"?paged={number + 1}" if len(items) > number * size else None


def _rss(path: str, title: str, size: int, *, is_comments: bool) -> Callable[[Asked], Answer]:
    def route(asked: Asked) -> Answer:
        items = asked.town.comments if is_comments else asked.town.articles
        shown, _ = _feed_page(asked, items, size)
        body = feeds.rss(asked.base, path, title, shown, is_comments=is_comments)
        return Answer(200, RSS, body.encode(), max(i.updated_at for i in shown))

    return route


def _atom(asked: Asked) -> Answer:
    shown, older = _feed_page(asked, asked.town.news, 20)
    path = "/news/atom.xml"
    following = f"{asked.base}{path}{older}" if older else None
    body = feeds.atom(asked.base, path, "Riverside News", shown, following)
    return Answer(200, ATOM, body.encode(), max(i.updated_at for i in shown))


def _json_feed(asked: Asked) -> Answer:
    shown, older = _feed_page(asked, asked.town.notices, 20)
    path = "/news/feed.json"
    following = f"{asked.base}{path}{older}" if older else None
    body = feeds.json_feed(asked.base, path, "Riverside News", shown, following)
    return Answer(200, FEED, body.encode(), max(i.updated_at for i in shown))


def _item(asked: Asked) -> Answer:
    path = asked.parts[0]
    everything = (*asked.town.articles, *asked.town.news, *asked.town.notices)
    found = next((i for i in everything if i.path == path), None)
    if found is None:
        raise NotThereError(as_json=asked.as_json)
    return _html(pages.item(found, [c for c in asked.town.comments if c.path.startswith(path)]))


@cache
def _catalogue() -> tuple[bytes, list[dict[str, Any]]]:
    body = CATALOGUE.read_bytes()
    return body, json.loads(body)["dataset"]


def _package_search(asked: Asked) -> Answer:
    datasets = _catalogue()[1]
    start, rows = asked.whole("start", 0), min(asked.whole("rows", 10), 1000)
    results = [_package(d) for d in datasets[start : start + rows]]
    result = {"count": len(datasets), "sort": "score desc", "facets": {}, "results": results}
    return _json(
        {
            "help": f"{asked.base}/api/3/action/help_show?name=package_search",
            "success": True,
            "result": result,
        }
    )


def _package(dataset: dict[str, Any]) -> dict[str, Any]:
    name = dataset["landingPage"].rsplit("/", 1)[-1]
    return {
        "id": dataset["identifier"],
        "name": name,
        "title": dataset["title"],
        "notes": dataset["description"],
        "type": "dataset",
        "state": "active",
        "private": False,
        "url": dataset["landingPage"],
        "metadata_modified": f"{dataset['modified']}T06:00:00.000000",
        "license_title": "Open Government Licence v3.0",
        "organization": {"name": "aberwennol-town-council", "title": dataset["publisher"]["name"]},
        "groups": [{"name": t.lower().replace(" ", "-"), "title": t} for t in dataset["theme"]],
        "tags": [{"name": k, "display_name": k} for k in dataset["keyword"]],
        "num_resources": len(dataset["distribution"]),
        "resources": [
            {
                "name": d["title"],
                "url": d.get("downloadURL") or d["accessURL"],
                "format": d["format"],
                "mimetype": d.get("mediaType"),
            }
            for d in dataset["distribution"]
        ],
    }


_ROUTES: tuple[Route, ...] = (
    (r"/robots\.txt", lambda _: Answer(200, "text/plain; charset=utf-8", ROBOTS.encode())),
    (r"/(?:latest(?:\.json)?)?", _latest),
    (r"/categories\.json", lambda a: _json(discourse.categories(a.town))),
    (r"/site\.json", lambda a: _json(discourse.site(a.town))),
    (r"/c/(?:([\w-]+)/)?(\d+)(?:/l/latest)?(?:\.json)?", _category),
    (r"/tags?/([\w-]+)(?:/l/latest)?(?:\.json)?", _tag),
    (r"/t/(?:[\w-]+/)?(\d+)(?:\.json)?", _topic),
    (r"/t/(\d+)/posts\.json", _stream_posts),
    (r"/t/[\w-]+/(\d+)/(\d+)", _post_by_number),
    (r"/posts\.json", lambda a: _json(discourse.latest_posts(a.town, a.query))),
    (r"/posts\.rss", lambda a: Answer(200, RSS, feeds.forum_rss(a.base, a.town).encode())),
    (r"/posts/(\d+)\.json", _post),
    (r"/posts/by_number/(\d+)/(\d+)(?:\.json)?", _post_by_number),
    (r"/search\.json", lambda a: _json(search.search(a.town, a.query))),
    (r"/blog/feed\.xml", _rss("/blog/feed.xml", "The Swallow's Nest", 25, is_comments=False)),
    (
        r"/blog/comments/feed\.xml",
        _rss("/blog/comments/feed.xml", "Comments for The Swallow's Nest", 125, is_comments=True),
    ),
    (r"/news/atom\.xml", _atom),
    (r"/news/feed\.json", _json_feed),
    (r"/blog/?", lambda a: _html(pages.listing("The Swallow's Nest", a.town.articles))),
    (r"/news/?", lambda a: _html(pages.listing("Riverside News", a.town.news))),
    (r"(/blog/[\w-]+|/news/\d{4}/\d\d/\d\d/[\w-]+)", _item),
    (r"/data\.json", lambda _: Answer(200, JSON, _catalogue()[0])),
    (r"/api/3/action/package_search", _package_search),
    *flickr.ROUTES,
    *x.ROUTES,
    *reddit.ROUTES,
    *phpbb.ROUTES,
    *wordpress.ROUTES,
    *mastodon.ROUTES,
)
