"""The pieces of the board's pages, in the markup of prosilver."""

import re
from datetime import datetime
from hashlib import md5
from html import escape
from zoneinfo import ZoneInfo

from samples.asking import HTML, Answer, Asked
from samples.parts.phpbb.talk import Board, Entry, Forum, Member, Topic

POSTS_A_PAGE = 10
_ZONE = ZoneInfo("Europe/London")
_SMILIES = {":)": "Smile", ";)": "Wink"}
_ADDRESS = re.compile(r"https?://[^\s<]+[^\s<.,;:!?)]")


class SentPage:
    """One page being written: every visit of a guest gets a session of its own."""

    def __init__(self, asked: Asked) -> None:
        self.board: Board = asked.town.phpbb
        seed = f"{asked.path} {sorted(asked.query.items())}"
        self.sid = md5(seed.encode(), usedforsecurity=False).hexdigest()

    def link(self, path: str, fragment: str = "") -> str:
        """Return a link as phpBB writes it for guests without a cookie."""
        joint = "&amp;" if "?" in path else "?"
        return f"./{path}{joint}sid={self.sid}{fragment}"

    def answer(self, title: str, section: str, crumbs: str, body: str, status: int = 200) -> Answer:
        """Return the whole page."""
        text = _LAYOUT.format(
            title=escape(title), board=escape(self.board.title), section=section, crumbs=crumbs,
            index=self.link("index.php"), login=self.link("ucp.php?mode=login"), body=body,
        )  # fmt: skip
        return Answer(status, HTML, text.encode())

    def message(self, text: str) -> Answer:
        """Return the board's own page that says something is not there."""
        body = (
            '<div class="panel" id="message"><div class="inner">'
            f'<h2 class="message-title">Information</h2><p>{escape(text)}</p></div></div>'
        )
        return self.answer("Information", "viewtopic", "", body, 404)

    def crumb(self, forum: Forum) -> str:
        """Return a forum's link in the way back to the index."""
        return (
            f'<span class="crumb" data-forum-id="{forum.id}">'
            f'<a itemprop="item" href="{self.link(f"viewforum.php?f={forum.id}")}">'
            f'<span itemprop="name">{escape(forum.name)}</span></a></span>'
        )

    def member(self, who: Member) -> str:
        """Return the name of who wrote, a link where there is an account."""
        if who.id is None:
            return f'<span class="username">{escape(who.name)}</span>'
        href = self.link(f"memberlist.php?mode=viewprofile&amp;u={who.id}")
        return f'<a href="{href}" class="username">{escape(who.name)}</a>'

    def pager(self, path: str, start: int, size: int, total: int) -> str:
        """Return the links to the other pages, with the current one in between."""
        if total <= size:
            return "&bull; Page <strong>1</strong> of <strong>1</strong>"
        items = []
        for at in range(0, total, size):
            number = at // size + 1
            if at == start:
                items.append(f'<li class="active"><span>{number}</span></li>')
                continue
            href = self.link(f"{path}&amp;start={at}" if at else path)
            items.append(f'<li><a class="button" href="{href}" role="button">{number}</a></li>')
        return f"&bull; <ul>{''.join(items)}</ul>"


def row_of(page: SentPage, topic: Topic, is_shadow: bool) -> str:
    """Return a topic's row in a list; a shadow points to where the topic was moved."""
    first, last, path = topic.posts[0], topic.posts[-1], f"viewtopic.php?t={topic.id}"
    kind = "topic_moved" if is_shadow else "topic_read_locked" if topic.is_locked else "topic_read"
    kind = "sticky_read" if topic.is_sticky else kind
    starts = range(0, len(topic.posts), POSTS_A_PAGE)
    pages = "".join(
        f'<li><a class="button" href="{page.link(f"{path}&amp;start={at}" if at else path)}">'
        f"{at // POSTS_A_PAGE + 1}</a></li>"
        for at in starts
    )
    pagination = f'<div class="pagination"><ul>{pages}</ul></div>' if len(starts) > 1 else ""
    to_last = page.link(f"viewtopic.php?p={last.id}", f"#p{last.id}")
    return (
        f'<li class="row bg1{" sticky" if topic.is_sticky else ""}"><dl class="row-item {kind}">'
        f'<dt><div class="list-inner"><a href="{page.link(path)}" class="topictitle">'
        f"{escape(topic.title)}</a><br />{pagination}"
        f'<div class="topic-poster responsive-hide">by {page.member(first.author)} &raquo; '
        f"{_time(first.created_at)}</div></div></dt>"
        f'<dd class="posts">{len(topic.posts) - 1} <dfn>Replies</dfn></dd>'
        f'<dd class="lastpost"><span><dfn>Last post </dfn>by {page.member(last.author)} '
        f'<a href="{to_last}" title="Go to last post">&raquo;</a><br />{_time(last.created_at)}'
        "</span></dd></dl></li>"
    )


def poll_of(page: SentPage, topic: Topic, here: str) -> str:
    """Return a topic's poll."""
    options = "".join(f"<dl><dt>{escape(option)}</dt></dl>" for option in topic.poll)
    return (
        f'<form method="post" action="{page.link(here)}" class="topic_poll"><div class="panel">'
        f'<div class="content"><h2 class="poll-title">{escape(topic.title)}</h2>'
        f'<fieldset class="polls">{options}</fieldset></div></div></form>'
    )


def post_of(page: SentPage, topic: Topic, post: Entry) -> str:
    """Return a post with its author, times, quote and signature."""
    subject = topic.title if post is topic.posts[0] else f"Re: {topic.title}"
    member = page.member(post.author)
    permalink = page.link(f"viewtopic.php?p={post.id}", f"#p{post.id}")
    notice, signature = "", ""
    if post.edited_at:
        notice = (
            f'<div class="notice">Last edited by {member} on {_words(post.edited_at)}, '
            "edited 1 time in total.</div>"
        )
    if post.author.signature:
        signature = (
            f'<div id="sig{post.id}" class="signature">{escape(post.author.signature)}</div>'
        )
    return (
        f'<div id="p{post.id}" class="post has-profile bg2"><div class="inner">'
        f'<dl class="postprofile" id="profile{post.id}"><dt class="no-profile-rank no-avatar">'
        f"{member if post.author.id else f'<strong>{member}</strong>'}</dt></dl>"
        f'<div class="postbody"><div id="post_content{post.id}"><h3><a href="#p{post.id}">'
        f'{escape(subject)}</a></h3><p class="author"><a class="unread" href="{permalink}" '
        f'title="Post"><span class="sr-only">Post</span></a><span class="responsive-hide">by '
        f"<strong>{member}</strong> &raquo; </span>{_time(post.created_at)}</p>"
        f'<div class="content">{_content(page, post)}</div>{notice}{signature}'
        "</div></div></div></div>"
    )


def _content(page: SentPage, post: Entry) -> str:
    quoted, quote = post.quoted, ""
    if quoted:
        href = page.link(f"viewtopic.php?p={quoted.id}", f"#p{quoted.id}")
        quote = (
            f"<blockquote><div><cite>{page.member(quoted.author)} wrote: "
            f'<a href="{href}" data-post-id="{quoted.id}">&uarr;</a></cite>'
            f"{_marked(quoted.text)}</div></blockquote>"
        )
    return quote + _marked(post.text)


def _marked(text: str) -> str:
    """Return a text with line breaks, links and smilies as phpBB stores them."""
    html = escape(text, quote=False).replace("\n", "<br>\n")
    html = _ADDRESS.sub(lambda m: f'<a href="{m[0]}" class="postlink">{m[0]}</a>', html)
    for code, title in _SMILIES.items():
        image = f"./images/smilies/{title.lower()}.gif"
        html = html.replace(
            f" {code}", f' <img class="smilies" src="{image}" alt="{code}" title="{title}">'
        )
    return html


def _words(moment: datetime) -> str:
    local = moment.astimezone(_ZONE)
    hour = local.strftime("%I").lstrip("0")
    return f"{local:%a %b %d, %Y} {hour}:{local:%M} {local:%p}".replace("AM", "am").replace(
        "PM", "pm"
    )


def _time(moment: datetime) -> str:
    return f'<time datetime="{moment.isoformat()}">{_words(moment)}</time>'


_LAYOUT = """<!DOCTYPE html>
<html dir="ltr" lang="en-gb">
<head><meta charset="utf-8" /><title>{title} - {board}</title></head>
<body id="phpbb" class="nojs notouch section-{section} ltr">
<div id="wrap" class="wrap"><div id="page-header"><h1>{board}</h1>
<ul id="nav-main" class="nav-main linklist"><li><a href="{login}">Login</a></li></ul>
<ul id="nav-breadcrumbs" class="nav-breadcrumbs linklist navlinks"><li class="breadcrumbs">
<span class="crumb"><a href="{index}"><span>Board index</span></a></span>{crumbs}</li></ul></div>
<div id="page-body" class="page-body" role="main">{body}</div>
<div id="page-footer" class="page-footer"><ul class="nav-footer linklist">
<li class="rightside">All times are <span title="Europe/London">UTC</span></li></ul>
<div class="copyright">Powered by <a href="https://www.phpbb.com/">phpBB</a>&reg; Forum Software
&copy; phpBB Limited</div></div></div></body></html>
"""
