"""What forums and blogs write into their feeds, one row a software."""

import re

from connectors.parts.feed.threads import Engine


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.DOTALL)


_SITE = r"(?P<site>https?://[^?#]*?)"
_RE = _pattern(r"(?P<is_answer>(?:Re|Aw|Antw|Sv|Rép|Odp): ?)?(?P<title>.+)")

# WordPress begins the answer to a comment with `In reply to <a …#comment-7>Name</a>.`
_IN_REPLY = _pattern(
    r"""\A\s*(?:<p>)?[^<]{1,60}<a\b[^<>]*\shref=["'][^"'<>]*\#comment-(?P<parent>\d+)["'][^<>]*>"""
    r"""[^<]*</a>[^<]{0,20}?(?:</p>|\n\n)"""
)

ENGINES: tuple[Engine, ...] = (
    Engine(  # https://meta.discourse.org/t/264134 and its list.rss.erb
        name="Discourse",
        mark=_pattern(r"-(?:post|topic)-[\d-]+\Z"),
        address=_pattern(
            _SITE + r"/t/(?:[^/?#]+/)?(?P<thread>\d+)(?:(?:/|[^#]*\#post_)(?P<post>\d+))?"
        ),
        thread="{site}/t/{thread}/1",
        post="{site}/t/{thread}/{post}",
        answers="number",
        account="{site}/u/{handle}",
        is_category_community=True,
        added=_pattern(
            r"(?:<p><small>(?P<posts>\d+)\b[^<]*</small></p>\s*)?"
            r"""<p><a href="[^"]*/t/[^"]*">[^<]*</a></p>\s*\Z"""
        ),
    ),
    Engine(  # phpBB/phpbb/feed/controller/feed.php
        name="phpBB",
        address=_pattern(
            _SITE + r"/viewtopic\.php\?(?:f=\d+&)?(?:t=(?P<thread>\d+))?(?:&?p=(?P<post>\d+))?"
            r"(?:[&#].*)?"
        ),
        thread="{site}/viewtopic.php?t={thread}",
        post="{site}/viewtopic.php?p={post}#p{post}",
        feed=_pattern(
            r".*(?:/feed/topic/|/feed\.php\?(?:.*&)?t=)(?P<thread>\d+).*|"
            r".*(?:/feed/forum/|/feed\.php\?(?:.*&)?f=)(?P<part>\d+).*"
        ),
        community="{site}/viewforum.php?f={part}",
        answers="title",
        title=_pattern(r"(?:(?P<community>.+?) • )?(?P<is_answer>Re: )?(?P<title>.+)"),
        added=_pattern(
            r"""<p>[^<]{0,99}(?:<a\b[^<>]*\shref="(?P<account>[^"<>]*)"[^<>]*>[^<]*</a>)?"""
            r"[^<—]{0,99}—[^<—]{0,99}(?:—[^<\d]{0,99}(?P<replies>\d+) —[^<\d]{0,99}(?P<views>\d+))?"
            r"</p>\s*<hr\s*/?>\s*\Z"
        ),
    ),
    Engine(
        name="FluxBB",
        address=_pattern(_SITE + r"/viewtopic\.php\?(?:id=(?P<thread>\d+)|pid=(?P<post>\d+))[^?]*"),
        thread="{site}/viewtopic.php?id={thread}",
        post="{site}/viewtopic.php?pid={post}#p{post}",
        answers="title",
        title=_RE,
    ),
    Engine(  # https://docs.mybb.com/1.8/development/: syndication.php lists threads
        name="MyBB",
        address=_pattern(
            _SITE + r"/showthread\.php\?tid=(?P<thread>\d+)(?:&(?:amp;)?pid=(?P<post>\d+).*)?"
        ),
        thread="{site}/showthread.php?tid={thread}",
        post="{site}/showthread.php?tid={thread}&pid={post}#pid{post}",
        feed=_pattern(r".*/syndication\.php\?(?:.*&)?fid=(?P<part>\d+)(?:&.*)?"),
        community="{site}/forumdisplay.php?fid={part}",
    ),
    Engine(  # external.php lists threads
        name="vBulletin",
        address=_pattern(
            _SITE + r"/showthread\.php[?/](?:t=)?(?P<thread>\d+)(?:.*?&(?:amp;)?p=(?P<post>\d+))?.*"
        ),
        thread="{site}/showthread.php?t={thread}",
        post="{site}/showthread.php?t={thread}&p={post}#post{post}",
    ),
    Engine(  # https://wiki.simplemachines.org/smf/XML_feeds
        name="SMF",
        address=_pattern(
            _SITE + r"/index\.php\?topic=(?P<thread>\d+)(?:\.(?:msg(?P<post>\d+)|\w+))?.*"
        ),
        thread="{site}/index.php?topic={thread}.0",
        post="{site}/index.php?topic={thread}.msg{post}#msg{post}",
        answers="title",
        title=_RE,
        is_category_community=True,
    ),
    Engine(  # NodeBB/src/routes/feeds.js
        name="NodeBB",
        mark=_pattern(r"RSS for Node|NodeBB"),
        address=_pattern(_SITE + r"/(?:topic/(?P<thread>\d+)(?:/[^?#]*)?|post/(?P<post>\d+))"),
        thread="{site}/topic/{thread}",
        post="{site}/post/{post}",
        feed=_pattern(r".*/topic/(?P<thread>\d+)\b.*"),
        answers="title",
        title=_pattern(
            r"(?P<is_answer>Reply to )?(?P<title>.+?)(?: on \w{3}, \d\d \w{3} \d{4} [\d:]+ \w+)?"
        ),
    ),
    Engine(  # https://github.com/imorland/syndication
        name="Flarum",
        address=_pattern(_SITE + r"/d/(?P<thread>\d+)(?:-[^/?#]*)?(?:/(?P<post>\d+))?"),
        thread="{site}/d/{thread}",
        post="{site}/d/{thread}/{post}",
        answers="number",
    ),
    Engine(
        name="Misago",
        address=_pattern(_SITE + r"/t/[^/?#]+/(?P<thread>\d+)/(?:post/(?P<post>\d+)/)?"),
        thread="{site}/t/{thread}/",
        post="{site}/t/{thread}/post/{post}/",
    ),
    Engine(
        name="XenForo",
        address=_pattern(
            _SITE + r"/threads/(?:[^/?#]*\.)?(?P<thread>\d+)/?(?:(?:\#?post-)(?P<post>\d+))?"
        ),
        thread="{site}/threads/{thread}/",
        post="{site}/threads/{thread}/post-{post}",
    ),
    Engine(  # askbot/feed.py
        name="Askbot",
        address=_pattern(
            _SITE + r"/question/(?P<thread>\d+)/[^?#]*(?:\?(?:answer|comment)=(?P<post>\d+).*)?"
        ),
        thread="{site}/question/{thread}/",
        post="{site}/question/{thread}/?post={post}",
        title=_pattern(r"(?:(?:Answer|Comment) by (?P<author>.+?) for )?(?P<title>.+)"),
    ),
    Engine(
        name="bbPress",
        mark=_pattern("bbpress"),
        address=_pattern(
            _SITE + r"/topic/(?P<thread>[^/?#]+)/(?:page/\d+/)?(?:\#post-(?P<post>\d+))?"
        ),
        thread="{site}/topic/{thread}/",
        post="{site}/topic/{thread}/#post-{post}",
        title=_pattern(r"(?P<is_answer>Reply To: )?(?P<title>.+)"),
    ),
    Engine(  # https://github.com/reddit-archive/reddit/wiki/RSS
        name="Reddit",
        address=_pattern(
            r"(?P<site>https?://(?:\w+\.)?reddit\.com)/(?:r|user)/(?P<part>\w+)/comments/"
            r"(?P<thread>\w+)/?(?:[^/?#]+/?)?(?:(?<=/)(?P<post>\w+)/?)?(?:\?.*)?"
        ),
        thread="https://www.reddit.com/comments/{thread}",
        post="https://www.reddit.com/comments/{thread}/_/{post}",
        answer_kind="comment",
        title=_pattern(r"(?:/u/(?P<author>\S+) on )?(?P<title>.+)"),
        community="https://www.reddit.com/r/{part}",
        added=_pattern(
            r"""submitted by(?:\s|&\#32;)*<a href="https?://[\w.]*reddit\.com/user/"""
            r"""[^<>]*>[^<]*</a>(?:[^<]|<(?!a\b))*(?:<a href="(?P<link>[^"<>]*)">\[link\]</a>)?.*"""
        ),
    ),
    Engine(  # lemmy/crates/routes/src/feeds.rs
        name="Lemmy",
        address=_pattern(
            r"(?P<site>https?://[^/?#]+)/(?:post/(?P<thread>\d+)|comment/(?P<post>\d+))"
        ),
        thread="{site}/post/{thread}",
        post="{site}/comment/{post}",
        answer_kind="comment",
        added=_pattern(
            r"""\A\s*submitted by <a href="(?P<account>[^"<>]*)">[^<]*</a> to """
            r"""<a href="(?P<community_url>[^"<>]*)">(?P<community>[^<]*)</a><br\s*/?>"""
            r"""-?\d+ points \| <a href="[^"<>]*">(?P<replies>\d+) comments?</a>(?:<br\s*/?>)?"""
        ),
    ),
    Engine(  # https://docs.joinmastodon.org/user/network/#rss
        name="Mastodon",
        mark=_pattern("Mastodon"),
        address=_pattern(r"(?P<site>https?://[^/?#]+)/@(?P<account>[^/?#]+)/(?P<thread>\d+)"),
        thread="{site}/@{account}/{thread}",
        post="",
        account="{site}/@{handle}",
    ),
    Engine(  # WordPress, feed-rss2-comments.php: a comment's guid is the article's and a fragment
        name="WordPress",
        address=_pattern(
            r"(?P<thread>(?:(?P<site>https?://[^?#]*?)/?\?[^#]*|https?://[^?#]*))"
            r"\#comment-(?P<post>\d+)"
        ),
        thread="{thread}",
        post="{thread}#comment-{post}",
        kind="article",
        answer_kind="comment",
        added=_IN_REPLY,
    ),
)
