"""The blog and the paper as feeds: RSS 2.0, Atom and JSON Feed."""

import html
import json
import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from samples.discourse import newest, stamp
from samples.model import Item
from samples.town import Town

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
)

_LONGEST = 150
"""Of an extract."""


def rss(base: str, path: str, title: str, items: Sequence[Item], *, is_comments: bool) -> str:
    """Return an RSS 2.0 feed, as a blog's software writes it."""
    entries = "\n".join(_rss_item(base, i, is_comments=is_comments) for i in items)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {NAMESPACES}>\n<channel>\n'
        f"<title>{escape(title)}</title>\n<link>{base}/blog/</link>\n"
        f'<atom:link href="{base}{path}" rel="self" type="application/rss+xml"/>\n'
        "<description>Small news from a small town by a slow river</description>\n"
        "<generator>https://wordpress.org/?v=6.9</generator>\n"
        f"<language>en-GB</language>\n<lastBuildDate>{_rfc(_newest(items))}</lastBuildDate>\n"
        f"{entries}\n</channel>\n</rss>\n"
    )


def atom(base: str, path: str, title: str, items: Sequence[Item], older: str | None) -> str:
    """Return an Atom feed; `older` is the address of its next page."""
    entries = "\n".join(_atom_entry(base, i) for i in items)
    following = f'<link rel="next" href="{escape(older)}"/>\n' if older else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">\n'
        f"<id>tag:riverside-news.example,2020:news</id>\n<title>{escape(title)}</title>\n"
        f'<link rel="self" href="{base}{path}"/>\n{following}<link href="{base}/news/"/>\n'
        f"<updated>{_iso(_newest(items))}</updated>\n{entries}\n</feed>\n"
    )


def json_feed(base: str, path: str, title: str, items: Sequence[Item], older: str | None) -> str:
    """Return a JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": f"{base}/news/",
        "feed_url": f"{base}{path}",
        "language": "en-GB",
        "items": [_json_item(base, i) for i in items],
    }
    if older:
        feed["next_url"] = older
    return json.dumps(feed, ensure_ascii=False, indent=1)


def forum_rss(base: str, town: Town) -> str:
    """Return the forum's /posts.rss."""
    items = []
    for post in newest(town, {}):
        topic = town.topics[post.topic_id]
        link = f"{base}/t/{topic.slug}/{topic.id}/{post.number}"
        author = f"@{post.author.username} {post.author.name or ''}".strip()
        items.append(
            f"<item>\n<title>{escape(topic.title)}</title>\n"
            f"<dc:creator><![CDATA[{author}]]></dc:creator>\n"
            f"<description><![CDATA[ {post.cooked} ]]></description>\n<link>{link}</link>\n"
            f"<pubDate>{_rfc(post.created_at)}</pubDate>\n"
            f'<guid isPermaLink="false">aberwennol-forum-post-{post.id}</guid>\n</item>'
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8" ?>\n<rss version="2.0" {NAMESPACES}>\n<channel>\n'
        f"<title>Aberwennol Forum - Latest posts</title>\n<link>{base}</link>\n"
        f"<description>Latest posts</description>\n" + "\n".join(items) + "\n</channel>\n</rss>\n"
    )


def _rss_item(base: str, item: Item, *, is_comments: bool) -> str:
    categories = "".join(f"<category><![CDATA[{t}]]></category>\n" for t in item.tags)
    creator = f"<dc:creator><![CDATA[{item.author}]]></dc:creator>\n" if item.author else ""
    comments = "" if is_comments else f"<comments>{base}{item.path}#comments</comments>\n"
    return (
        f"<item>\n<title>{escape(item.title)}</title>\n<link>{base}{item.path}</link>\n{comments}"
        f"{creator}<pubDate>{_rfc(item.created_at)}</pubDate>\n{categories}"
        f'<guid isPermaLink="false">{escape(item.native_id)}</guid>\n'
        f"<description><![CDATA[{_extract(item.html)}]]></description>\n"
        f"<content:encoded><![CDATA[{item.html}]]></content:encoded>\n</item>"
    )


def _atom_entry(base: str, item: Item) -> str:
    categories = "".join(f'<category term="{escape(t)}"/>\n' for t in item.tags)
    return (
        f'<entry xml:lang="{item.lang}">\n<id>{escape(item.native_id)}</id>\n'
        f'<title type="text">{escape(item.title)}</title>\n<link href="{base}{item.path}"/>\n'
        f"<published>{_iso(item.created_at)}</published>\n<updated>{_iso(item.updated_at)}</updated>\n"
        f"<author><name>{escape(item.author or 'Riverside News')}</name></author>\n{categories}"
        f'<content type="html">{escape(item.html)}</content>\n</entry>'
    )


def _json_item(base: str, item: Item) -> dict[str, object]:
    return {
        "id": item.native_id,
        "url": f"{base}{item.path}",
        "title": item.title,
        "content_html": item.html,
        "date_published": _iso(item.created_at),
        "authors": [{"name": item.author}],
        "tags": list(item.tags),
        "language": item.lang,
    }


def _extract(content: str) -> str:
    plain = html.unescape(re.sub(r"<[^>]+>", " ", content))
    words = " ".join(plain.split())
    return words if len(words) <= _LONGEST else words[:_LONGEST].rsplit(" ", 1)[0] + " […]"


def _newest(items: Sequence[Item]) -> datetime:
    return max(i.updated_at for i in items)


def _rfc(moment: datetime) -> str:
    return format_datetime(moment)


def _iso(moment: datetime) -> str:
    return stamp(moment)[:-5] + "Z"
