"""From what people typed to the HTML a Discourse forum shows."""

import re
from html import escape
from urllib.parse import urlsplit

_QUOTE = re.compile(r'\[quote="([^",]+), post:(\d+), topic:(\d+)"\]\n(.*?)\n\[/quote\]', re.DOTALL)
_LINK = re.compile(r"\[([^\[\]|]+)\]\((https?://[^\s)]+|/[^\s)]+)\)")
_BARE = re.compile(r"(?<![\"'>=])(https?://[^\s<)]+[^\s<).,!?])")
_MENTION = re.compile(r"(?<![\w/.@])@([A-Za-z0-9_.]*[A-Za-z0-9_])")
_HASHTAG = re.compile(r"(?<![\w/&#])#([a-z][a-z-]+[a-z])\b")
_EMOJI = re.compile(r":([a-z_]+):(?![a-z])")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def cook(raw: str) -> str:
    """Return the post's HTML: quotes, oneboxes, links, mentions, hashtags, emoji, lists."""
    parts, at = [], 0
    for match in _QUOTE.finditer(raw):
        parts += [_paragraphs(raw[at : match.start()]), _quote(*match.groups())]
        at = match.end()
    parts.append(_paragraphs(raw[at:]))
    return "\n".join(p for p in parts if p)


def _paragraphs(raw: str) -> str:
    blocks = [b.strip() for b in raw.split("\n\n") if b.strip()]
    return "\n".join(_block(b) for b in blocks)


def _block(block: str) -> str:
    if re.fullmatch(r"https?://\S+", block):
        return _onebox(block)
    lines = block.split("\n")
    if all(line.startswith("- ") for line in lines):
        items = "\n".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
        return f"<ul>\n{items}\n</ul>"
    return "<p>" + "<br>\n".join(_inline(line) for line in lines) + "</p>"


def _inline(text: str) -> str:
    html = escape(text, quote=False)
    html = _LINK.sub(r'<a href="\2">\1</a>', html)
    html = _BARE.sub(r'<a href="\1">\1</a>', html)
    html = _BOLD.sub(r"<strong>\1</strong>", html)
    html = _MENTION.sub(lambda m: f'<a class="mention" href="/u/{m[1].lower()}">@{m[1]}</a>', html)
    html = _HASHTAG.sub(
        r'<a class="hashtag-cooked" href="/tag/\1" data-type="tag" data-slug="\1">'
        r'<span class="hashtag-icon-placeholder"></span><span>\1</span></a>',
        html,
    )
    return _EMOJI.sub(
        r'<img src="/images/emoji/twitter/\1.png?v=12" title=":\1:" class="emoji" alt=":\1:" '
        r'loading="lazy" width="20" height="20">',
        html,
    )


def _quote(username: str, number: str, topic: str, text: str) -> str:
    return (
        f'<aside class="quote no-group" data-username="{username}" data-post="{number}" '
        f'data-topic="{topic}">\n<div class="title">\n<div class="quote-controls"></div>\n'
        f"{username}:</div>\n<blockquote>\n{_paragraphs(text)}\n</blockquote>\n</aside>"
    )


def _onebox(url: str) -> str:
    href, host = escape(url), escape(urlsplit(url).netloc)
    name = escape(urlsplit(url).path.rsplit("/", 1)[-1].replace("-", " ").capitalize() or host)
    return (
        f'<aside class="onebox allowlistedgeneric" data-onebox-src="{href}">\n'
        f'<header class="source">\n<a href="{href}" target="_blank" rel="noopener nofollow ugc">'
        f'{host}</a>\n</header>\n<article class="onebox-body">\n<h3><a href="{href}" '
        f'target="_blank" rel="noopener nofollow ugc">{name}</a></h3>\n</article>\n</aside>'
    )
