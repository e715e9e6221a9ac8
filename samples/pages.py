"""The town's pages for people: plain, accessible, and what every link of a digest opens."""

import re
from collections.abc import Iterable
from html import escape

from samples.model import Item, Post, Topic

STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;"
    "color:#1d1d1d;background:#fdfcf8}article{border-top:1px solid #bbb;padding:.5rem 0}"
    "a{color:#0b4f6c}blockquote,aside{margin-left:1rem;color:#444}header p{color:#444}"
)
_IMAGE = re.compile(r'<img[^>]*alt="([^"]*)"[^>]*>')


def topics(title: str, shown: Iterable[Topic]) -> str:
    """Return a list of topics, the last talked of first."""
    ordered = sorted(shown, key=lambda t: t.shown[-1].created_at, reverse=True)
    rows = "".join(
        f'<li><a href="/t/{t.slug}/{t.id}">{escape(t.title)}</a> ({len(t.shown)} posts)</li>'
        for t in ordered
    )
    return _page(title, f"<ul>{rows}</ul>", "An invented town, and its talk.")


def topic(found: Topic) -> str:
    """Return a topic with all its posts."""
    posts = "".join(_post(p) for p in found.shown if p.kind != "small action")
    return _page(found.title, posts, f"In {escape(found.category.name)}")


def post(found: Post, within: Topic) -> str:
    """Return one post, with the way to the whole conversation."""
    whole = f'<a href="/t/{within.slug}/{within.id}">the whole conversation</a>'
    return _page(within.title, _post(found), f"One post of {len(within.shown)}; read {whole}")


def item(found: Item, comments: list[Item]) -> str:
    """Return an article or a piece of news, with its readers' comments."""
    said = "".join(
        f'<article id="{c.path.rsplit("#", 1)[1]}" lang="{c.lang}">'
        f"<h2>{escape(c.author or '')}</h2>{c.html}</article>"
        for c in sorted(comments, key=lambda c: c.created_at)
    )
    body = f'<div lang="{found.lang}">{found.html}</div>'
    about = f"{escape(found.author or '')}, {found.created_at:%d %B %Y}"
    return _page(
        found.title, body + (f'<section id="comments">{said}</section>' if said else ""), about
    )


def listing(title: str, items: list[Item]) -> str:
    """Return the front page of the blog or the paper."""
    rows = "".join(f'<li><a href="{i.path}">{escape(i.title)}</a></li>' for i in items)
    return _page(title, f"<ul>{rows}</ul>", "An invented town, and its talk.")


def not_there() -> str:
    """Return the page for an address that has nothing, perhaps no longer."""
    return _page("Not here", "<p>There is nothing at this address, or no longer.</p>", "")


def _post(found: Post) -> str:
    shown = _IMAGE.sub(r"\1", found.cooked)
    return (
        f'<article id="post_{found.number}" lang="{found.lang}">'
        f"<h2>{escape(found.author.name or found.author.username)}</h2>"
        f'<p><time datetime="{found.created_at:%Y-%m-%dT%H:%MZ}">'
        f"{found.created_at:%d %B %Y, %H:%M}</time></p>{shown}</article>"
    )


def _page(title: str, body: str, about: str) -> str:
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{escape(title)}</h1><p>{about}</p></header><main>{body}</main></body></html>"
    )
