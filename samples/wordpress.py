"""The blog's REST API as WordPress has it: below /blog/wp-json."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zlib import crc32
from zoneinfo import ZoneInfo

from samples.asking import Answer, Asked, Route
from samples.forum import slug_of
from samples.model import Item

_API = "/blog/wp-json/wp/v2"
_JSON = "application/json; charset=UTF-8"
_ZONE = ZoneInfo("Europe/London")
_MOST = 100
_POST_OF = re.compile(r"\?p=(\d+)")

Json = dict[str, Any]


def _refusal(status: int, code: str, message: str, **data: Any) -> Answer:
    said = {"code": code, "message": message, "data": {"status": status, **data}}
    return Answer(status, _JSON, json.dumps(said).encode())


def _one(asked: Asked, name: str) -> str:
    return asked.query.get(name, [""])[0]


def _numbers(asked: Asked, name: str) -> set[int]:
    return {int(each) for each in _one(asked, name).split(",") if each.isdecimal()}


def _listed(
    asked: Asked, route: str, found: Sequence[Any], record: Callable[[Asked, Any], Json]
) -> Answer:
    """Return a page of a list; only that of articles refuses a page past the end."""
    size, page = asked.whole("per_page", 10), asked.whole("page", 1)
    for name, is_right, between in (
        ("per_page", 1 <= size <= _MOST, f"between 1 (inclusive) and {_MOST} (inclusive)"),
        ("page", page >= 1, "greater than or equal to 1"),
    ):
        if not is_right:
            wrong = f"Invalid parameter(s): {name}"
            params = {name: f"{name} must be {between}"}
            return _refusal(400, "rest_invalid_param", wrong, params=params)
    pages = -(-len(found) // size)
    if route == "posts" and page > pages and found:
        beyond = "The page number requested is larger than the number of pages available."
        return _refusal(400, "rest_post_invalid_page_number", beyond)
    wanted = [name for name in _one(asked, "_fields").split(",") if name]
    body = [record(asked, each) for each in found[(page - 1) * size : page * size]]
    if wanted:
        body = [{k: v for k, v in each.items() if k in wanted} for each in body]
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages), "Allow": "GET"}
    links = [
        f'<{asked.base}{_API}/{route}?{urlencode({**_flat(asked), "page": number})}>; rel="{rel}"'
        for rel, number in (("prev", page - 1), ("next", page + 1))
        if 1 <= number <= pages
    ]
    if links:
        headers["Link"] = ", ".join(links)
    return Answer(200, _JSON, json.dumps(body).encode(), headers=headers)


def _flat(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in asked.query.items()}


def _within(asked: Asked, item: Item) -> bool:
    """Return whether the item lies between the times asked for; both are left out."""
    asks = {"after": 1, "before": -1, "modified_after": 1, "modified_before": -1}
    for name, sign in asks.items():
        at = item.updated_at if name.startswith("modified") else item.created_at
        said = _one(asked, name)
        if said and (at - datetime.fromisoformat(said)).total_seconds() * sign <= 0:
            return False
    return True


def _articles(asked: Asked) -> Answer:
    include, among = _numbers(asked, "include"), _numbers(asked, "categories")
    tagged = _numbers(asked, "tags")
    found = [
        each
        for each in asked.town.articles
        if _within(asked, each)
        and (not include or each.number in include)
        and (not among or _number_of(each.strand) in among)
        and (not tagged or tagged & {_number_of(tag) for tag in each.tags})
    ]
    if _one(asked, "orderby") == "modified":
        found.sort(key=lambda each: (each.updated_at, each.number), reverse=True)
    return _listed(asked, "posts", found, _article)


def _comments(asked: Asked) -> Answer:
    include, under = _numbers(asked, "include"), _numbers(asked, "post")
    articles = {article.number for article in asked.town.articles}
    found = [
        each
        for each in asked.town.comments
        if _within(asked, each)
        and _post_of(each) in articles
        and (not include or each.number in include)
        and (not under or _post_of(each) in under)
    ]
    return _listed(asked, "comments", found, _comment)


def _terms(route: str, names: Callable[[Item], Sequence[str]]) -> Callable[[Asked], Answer]:
    """Return the answer with all names of a kind; those of articles that are gone count 0."""

    def answer(asked: Asked) -> Answer:
        used = [name for article in asked.town.articles for name in names(article)]
        slugs = {slug for slug in _one(asked, "slug").split(",") if slug}
        found = [n for n in sorted(set(used)) if not slugs or slug_of(n) in slugs]

        def record(asked: Asked, name: str) -> Json:
            return {**_term(asked, route, name), "count": used.count(name), "description": ""}

        return _listed(asked, route, found, record)

    return answer


def _number_of(name: str) -> int:
    """Return the id of a category, a tag or an account."""
    return crc32(name.encode()) % 9000 + 1


def _post_of(comment: Item) -> int:
    found = _POST_OF.search(comment.native_id)
    return int(found[1]) if found else 0


def _times(name: str, at: datetime) -> Json:
    """Return a moment as it is written twice: in the blog's own zone and in UTC, naming neither."""
    local = at.astimezone(_ZONE)
    return {name: f"{local:%Y-%m-%dT%H:%M:%S}", f"{name}_gmt": f"{at:%Y-%m-%dT%H:%M:%S}"}


def _links(asked: Asked, route: str, number: int, **more: Any) -> Json:
    at = f"{asked.base}{_API}/{route}"
    return {"self": [{"href": f"{at}/{number}"}], "collection": [{"href": at}], **more}


def _term(asked: Asked, route: str, name: str) -> Json:
    taxonomy = {"categories": "category", "tags": "post_tag"}[route]
    number, slug = _number_of(name), slug_of(name)
    return {
        "id": number, "link": f"{asked.base}/blog/{taxonomy}/{slug}/",
        "name": name.replace("-", " ").replace("_", " ").capitalize(), "slug": slug,
        "taxonomy": taxonomy, "_links": _links(asked, route, number),
    }  # fmt: skip


def _article(asked: Asked, item: Item) -> Json:
    route, author, wanted = "posts", _number_of(item.author or ""), _one(asked, "_embed").split(",")
    terms = [
        [_term(asked, "categories", item.strand)],
        [_term(asked, "tags", tag) for tag in item.tags],
    ]
    account = {"id": author, "name": item.author, "slug": slug_of(item.author or "")}
    held = {"author": [account], "wp:term": terms}
    embedded = {name: what for name, what in held.items() if name in wanted}
    links = _links(
        asked, route, item.number,
        author=[{"embeddable": True, "href": f"{asked.base}{_API}/users/{author}"}],
        replies=[
            {"embeddable": True, "href": f"{asked.base}{_API}/comments?post={item.number}"}
        ],
    )  # fmt: skip
    return {
        "id": item.number, **_times("date", item.created_at),
        **_times("modified", item.updated_at),
        "guid": {"rendered": f"{asked.base}/blog/?p={item.number}"},
        "slug": item.path.rpartition("/")[2], "status": "publish", "type": "post",
        "link": f"{asked.base}{item.path}", "title": {"rendered": _rendered(item.title)},
        "content": {"rendered": item.html, "protected": False},
        "excerpt": {"rendered": _excerpt(item.html), "protected": False},
        "author": author, "featured_media": 0, "comment_status": "open", "ping_status": "closed",
        "sticky": False, "template": "", "format": "standard", "meta": [],
        "categories": [each["id"] for each in terms[0]], "tags": [each["id"] for each in terms[1]],
        "_links": links, **({"_embedded": embedded} if embedded else {}),
    }  # fmt: skip


def _comment(asked: Asked, item: Item) -> Json:
    number = _post_of(item)
    above = next(each for each in asked.town.articles if each.number == number)
    up = {key: _article(asked, above)[key] for key in ("id", "date", "slug", "type", "link")}
    up["title"] = {"rendered": _rendered(above.title)}
    href = f"{asked.base}{_API}/posts/{number}"
    links = _links(
        asked, "comments", item.number, up=[{"embeddable": True, "post_type": "post", "href": href}]
    )
    return {
        "id": item.number, "post": number, "parent": 0, "author": 0, "author_name": item.author,
        "author_url": "", **_times("date", item.created_at),
        "content": {"rendered": item.html}, "link": f"{asked.base}{item.path}",
        "status": "approved", "type": "comment", "meta": [], "_links": links,
        **({"_embedded": {"up": [up]}} if "up" in _one(asked, "_embed").split(",") else {}),
    }  # fmt: skip


def _excerpt(text: str) -> str:
    """Return the first 55 words, as WordPress cuts them."""
    words = re.sub(r"<[^>]+>", " ", text).split()
    return f"<p>{' '.join(words[:55])}{' [&hellip;]' if len(words) > 55 else ''}</p>\n"


def _rendered(title: str) -> str:
    """Return a title as WordPress shows it: HTML, with its quotes and dashes made pretty."""
    return title.replace("&", "&#038;").replace("'", "&#8217;").replace("’", "&#8217;")


ROUTES: tuple[Route, ...] = (
    (rf"{_API}/posts", _articles),
    (rf"{_API}/comments", _comments),
    (rf"{_API}/categories", _terms("categories", lambda article: [article.strand])),
    (rf"{_API}/tags", _terms("tags", lambda article: article.tags)),
    (
        r"/blog/wp-json/.*",
        lambda _: _refusal(
            404, "rest_no_route", "No route was found matching the URL and request method."
        ),
    ),
)
