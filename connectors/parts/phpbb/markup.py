"""The markup of boards: what stands where, one table for each engine."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Where a kind of board puts what: CSS selectors, and patterns of its addresses."""

    name: str
    marks: tuple[tuple[bytes, ...], ...]
    """It is this engine when a page holds all of one of them."""
    post: str
    post_id: re.Pattern[str]
    """On the `id` or `name` of what `post` selects."""
    row: str | None = None
    """What holds a post, when `post` selects an anchor in it."""
    author: str
    date: str
    date_end: str | None = None
    """What ends the date, where the post's subject follows it."""
    edited: str
    body: str
    noise: str
    """What the software says within a body."""
    removed: str
    signature: re.Pattern[str] | None = None
    """Where the signature begins, when it stands in the body."""
    attachments: str
    own_address: str
    """Elements whose address tells which page of which topic this is."""
    title: str
    crumbs: str
    pager: str
    topic: str
    topic_row: str
    topic_last: str
    topic_replies: str
    loose: str
    """Rows that stand above all others whatever their age."""
    moved: str
    forum: str
    elsewhere: str
    """Rows of a list of forums that lead out of the board."""
    zone: str
    clock: str
    topic_of: re.Pattern[str]
    forum_of: re.Pattern[str]
    author_of: re.Pattern[str]
    post_of: re.Pattern[str]
    page_of: re.Pattern[str]
    first_page: int
    forum_address: str
    topic_address: str
    post_address: str


_PHPBB = {
    "topic_of": re.compile(r"viewtopic[^#]*?\bt=(\d+)"),
    "forum_of": re.compile(r"viewforum[^#]*?\bf=(\d+)"),
    "author_of": re.compile(r"(?:memberlist|profile)[^#]*?\bu=(\d+)"),
    "post_of": re.compile(r"viewtopic[^#]*?\bp=(\d+)"),
    "page_of": re.compile(r"\bstart=(\d+)"),
    "first_page": 0,
    "forum_address": "viewforum.php?f={id}&start={page}",
    "topic_address": "viewtopic.php?t={id}&start={page}",
    "clock": "none",
}

ENGINES = (
    # prosilver, phpBB 3.0 to 3.3
    Engine(
        name="phpBB 3",
        marks=(
            (b'id="phpbb"',),
            (b"phpBB", b'class="topiclist'),
            (b"phpBB", b'<div class="postbody"'),
        ),
        post='div.post[id^="p"]',
        post_id=re.compile(r"p(\d+)"),
        author="p.author .username, p.author .username-coloured, p.author strong,"
        " .postprofile .username, .postprofile .username-coloured, .postprofile dt strong",
        date="p.author",
        edited=".notice:not(.post_deleted_msg):not(:has(> br:first-child))",
        body=".postbody .content",
        noise=".codebox p, .codebox dt, .inline-attachment dd, .notice, .signature",
        removed=".post_deleted_msg, .post-notice.deleted",
        attachments=".attachbox",
        own_address='link[rel="canonical"], form[action*="viewtopic"], h2.topic-title a',
        title="h2.topic-title, #page-body h2",
        crumbs=".navlinks a, .breadcrumbs a",
        pager=".pagination a, a.arrow-left, a.arrow-right",
        topic="a.topictitle",
        topic_row="li",
        topic_last="dd.lastpost",
        topic_replies="dd.posts",
        loose=".sticky, .announce, .global-announce",
        moved=".topic_moved",
        forum="a.forumtitle, a.subforum",
        elsewhere=".forum_link",
        zone="#page-footer, .copyright",
        post_address="viewtopic.php?p={post}#p{post}",
        **_PHPBB,  # type: ignore[arg-type]
    ),
    # MyBB 1.6 and 1.8, its default theme and those made from it
    Engine(
        name="MyBB",
        marks=((b"MyBB", b"showthread"), (b"MyBB", b"forumdisplay"), (b"MyBB", b"member.php")),
        post='[id^="post_"]',
        post_id=re.compile(r"post_(\d+)"),
        author=".author_information strong, .post_author strong",
        date=".post_date, .tcat .smalltext",
        edited=".post_edit, .edited_post",
        body=".post_body",
        noise=".codeblock .title, .edited_post, .signature",
        removed=".deleted_post_message",
        attachments=".attachments, fieldset",
        own_address='link[rel="canonical"], .post_head a, .tcat a, a[href*="nextoldest"]',
        title=".navigation .active",
        crumbs=".navigation a",
        pager=".pagination a, .pagination_current",
        topic='[id^="tid_"] a',
        topic_row="tr",
        topic_last=".lastpost",
        topic_replies='a[href*="whoPosted"]',
        loose=".forumdisplay_sticky, .forumdisplay_announcement",
        moved=".movefolder",
        forum='table.tborder td:not(.thead) a[href*="forum"]',
        elsewhere=".thead, .foruminfo_link",
        zone="#footer",
        clock="#current_time",
        topic_of=re.compile(r"(?:showthread[^#]*?\btid=|thread-)(\d+)"),
        forum_of=re.compile(r"(?:forumdisplay[^#]*?\bfid=|forum-)(\d+)"),
        author_of=re.compile(r"(?:member[^#]*?\buid=|user-)(\d+)"),
        post_of=re.compile(r"(?:showthread[^#]*?\bpid=|-post-)(\d+)"),
        page_of=re.compile(r"\bpage[=-](\d+)"),
        first_page=1,
        forum_address="forumdisplay.php?fid={id}&page={page}",
        topic_address="showthread.php?tid={id}&page={page}",
        post_address="showthread.php?tid={topic}&pid={post}#pid{post}",
    ),
    # subSilver, phpBB 2.0
    Engine(
        name="phpBB 2",
        marks=((b"phpBB", b'class="forumline"'), (b"phpBB", b"subSilver")),
        post="span.name a[name]",
        post_id=re.compile(r"(\d+)"),
        row="tr",
        author="span.name b",
        date="a + span.postdetails",
        date_end="<span",
        edited="td > span.postbody ~ span.gensmall",
        body="td > span.postbody",
        noise="span.gensmall",
        removed="none",
        signature=re.compile(r"(?:<br\s*/?>\s*)_{15,}\s*<br"),
        attachments=".attachtable",
        own_address='form[action*="viewtopic"], a.maintitle',
        title="a.maintitle",
        crumbs="a.nav",
        pager='span.gensmall a[href*="start="], span.nav a[href*="start="]',
        topic="a.topictitle",
        topic_row="tr",
        topic_last=".row3Right .postdetails",
        topic_replies=".row2 .postdetails",
        loose='img[src*="folder_sticky"], img[src*="folder_announce"]',
        moved="none",
        forum="a.forumlink",
        elsewhere="none",
        zone="span.gensmall",
        post_address="viewtopic.php?p={post}#{post}",
        **_PHPBB,  # type: ignore[arg-type]
    ),
)
