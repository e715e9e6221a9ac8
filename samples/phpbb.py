"""The allotment society's board on the wire, as phpBB 3.3 shows it to guests (prosilver)."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from samples.asking import Answer, Asked, Route
from samples.parts.phpbb.pages import POSTS_A_PAGE, SentPage, poll_of, post_of, row_of
from samples.parts.phpbb.talk import Forum, Topic

TOPICS_A_PAGE = 6
_COMMITTEE = Forum(7, "Committee", "For the committee only. Log in to read.")


def _index(asked: Asked) -> Answer:
    page = SentPage(asked)
    rows = []
    for forum in (*page.board.forums, _COMMITTEE):
        topics = [t for t in page.board.topics.values() if t.forum == forum]
        href = page.link(f"viewforum.php?f={forum.id}")
        rows.append(
            f'<li class="row"><dl class="row-item forum_read"><dt title="No unread posts">'
            f'<div class="list-inner"><a href="{href}" class="forumtitle">{escape(forum.name)}</a>'
            f"<br />{escape(forum.description)}</div></dt>"
            f'<dd class="topics">{len(topics)} <dfn>Topics</dfn></dd>'
            f'<dd class="posts">{sum(len(t.posts) for t in topics)} <dfn>Posts</dfn></dd></dl></li>'
        )
    body = (
        '<div class="forabg"><div class="inner"><ul class="topiclist"><li class="header">'
        '<dl class="row-item"><dt><div class="list-inner">Forum</div></dt></dl></li></ul>'
        f'<ul class="topiclist forums">{"".join(rows)}</ul></div></div>'
        f'<form method="post" action="{page.link("ucp.php?mode=login")}" class="headerspace">'
        '<input type="text" name="username" /><input type="password" name="password" /></form>'
    )
    return page.answer("Board index", "index", "", body)


def _forum(asked: Asked) -> Answer:
    page, wanted = SentPage(asked), asked.whole("f", 0)
    if wanted == _COMMITTEE.id:
        return _login(page)
    forum = next((f for f in page.board.forums if f.id == wanted), None)
    if forum is None:
        return page.message("The forum you selected does not exist.")
    topics = [t for t in page.board.topics.values() if wanted in (t.forum.id, t.moved_from)]
    pinned = [t for t in topics if t.is_sticky]
    loose = sorted((t for t in topics if not t.is_sticky), key=_last_at, reverse=True)
    start = _start(asked, TOPICS_A_PAGE, len(loose))
    shown = [*pinned, *loose[start : start + TOPICS_A_PAGE]]
    rows = "".join(row_of(page, topic, topic.forum != forum) for topic in shown)
    pager = page.pager(f"viewforum.php?f={forum.id}", start, TOPICS_A_PAGE, len(loose))
    href = page.link(f"viewforum.php?f={forum.id}")
    body = (
        f'<h2 class="forum-title"><a href="{href}">{escape(forum.name)}</a></h2>'
        f'<div class="action-bar bar-top"><div class="pagination">{len(loose)} topics {pager}</div>'
        '</div><div class="forumbg"><div class="inner"><ul class="topiclist topics">'
        f"{rows}</ul></div></div>"
    )
    return page.answer(forum.name, "viewforum", page.crumb(forum), body)


def _last_at(topic: Topic) -> datetime:
    return topic.posts[-1].created_at


def _start(asked: Asked, size: int, total: int) -> int:
    """Return where the page begins; beyond the end it is the last page, as in phpBB."""
    return min(asked.whole("start", 0), max(total - 1, 0)) // size * size


def _login(page: SentPage) -> Answer:
    body = (
        f'<form action="{page.link("ucp.php?mode=login")}" method="post" id="login">'
        '<div class="panel"><div class="inner"><div class="content"><h2 class="login-title">The '
        "board requires you to be registered and logged in to view this forum.</h2>"
        '<fieldset class="fields1"><input type="text" name="username" />'
        '<input type="password" name="password" /></fieldset></div></div></div></form>'
    )
    return page.answer("Login", "ucp", "", body)


def _topic(asked: Asked) -> Answer:
    page, post_id = SentPage(asked), asked.whole("p", 0)
    if post_id:
        topic = page.board.topic_of(post_id)
        if topic is None:
            return page.message("The requested post does not exist.")
        at = [post.id for post in topic.posts].index(post_id)
        start = at // POSTS_A_PAGE * POSTS_A_PAGE
    else:
        topic = page.board.topics.get(asked.whole("t", 0))
        if topic is None:
            return page.message("The requested topic does not exist.")
        start = _start(asked, POSTS_A_PAGE, len(topic.posts))
    path = f"viewtopic.php?t={topic.id}"
    here = f"{path}&amp;start={start}" if start else path
    shown = topic.posts[start : start + POSTS_A_PAGE]
    pager = page.pager(path, start, POSTS_A_PAGE, len(topic.posts))
    body = (
        f'<h2 class="topic-title"><a href="{page.link(here)}">{escape(topic.title)}</a></h2>'
        f'<div class="action-bar bar-top"><div class="pagination">{len(topic.posts)} posts {pager}'
        f"</div></div>{poll_of(page, topic, here) if topic.poll else ''}"
        + '<hr class="divider" />'.join(post_of(page, topic, post) for post in shown)
        + f'<form method="post" action="{page.link(here)}"><div class="action-bar">'
        '<label>Display: <select name="st"><option value="0">All posts</option></select></label>'
        "</div></form>"
    )
    return page.answer(topic.title, "viewtopic", page.crumb(topic.forum), body)


ROUTES: Sequence[Route] = (
    (r"/board/(?:index\.php)?", _index),
    (r"/board/viewforum\.php", _forum),
    (r"/board/viewtopic\.php", _topic),
)
