"""The words of a post: plain text, its author's own, comparable from platform to platform."""

import html
import re
import unicodedata

import pandas as pd
import regex
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import ElementNode, HTMLTree

from transforms.frame import whole_characters

LONGEST_BODY = 65_536
LONGEST_TITLE = 500

_DROPPED = ", ".join(
    (
        # what others said
        "aside.quote",  # Discourse
        ".quote-inline",  # Mastodon: "RE: <address>" for servers that show no quotes
        ".bbcode_quote",  # vBulletin
        ".gmail_quote",  # mail that went through a forum's mail gate
        "blockquote",
        # what the software said
        ".lightbox .meta",  # Discourse: file name and size of an image
        ".poll-info",  # Discourse: count of voters
        "script, style, template, noscript, iframe, object, svg, [hidden]",
    )
)
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f]")
# Soft hyphens, direction marks, zero-width and other characters that only steer a screen. Not
# here: variation selectors, and the Arabic and Syriac signs that are seen (U+0600, U+06DD …).
_UNSEEN = regex.compile(
    "[\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0001]"
)
# A joiner stays where it changes what is read: inside an emoji, and after a letter or sign of a
# script that joins (Persian, Hindi, Sinhala …). Flags of Wales and Scotland are spelt with tags.
_JOINERS = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")
_STRAY_JOINERS = regex.compile(
    r"(?<![^\P{L}\p{Latin}\p{Greek}\p{Cyrillic}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
    r"|(?!\p{Inherited})\p{M})\u200c"
    r"|(?<![^\P{L}\p{Latin}\p{Greek}\p{Cyrillic}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
    r"|(?!\p{Inherited})\p{M}"
    r"|\p{Extended_Pictographic}\ufe0f?(?=\u200d\p{Extended_Pictographic})"
    r"|\p{Emoji_Modifier}(?=\u200d\p{Extended_Pictographic}))\u200d"
    r"|(?<!\U0001f3f4[\U000e0020-\U000e007e]{0,7})[\U000e0020-\U000e007f]"
)
_SPACES = re.compile(r"\s+")
_BLANKS = re.compile(r"\n{3,}")
_QUOTED = re.compile(r">(?:[ >]|$|[^\W\d_])")  # ">5 bins" and ">:(" are no quotes
_TITLE_TAGS = re.compile(
    r"</?(?:a|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|mark|p|q|s|small|span|strong|sub"
    r"|sup|tt|u|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def clean_text(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `title` on one line and `text` filled from `body`.

    Text keeps paragraphs as line breaks, and leaves out what others said: quotes, previews of
    pages (their address stays), lines that begin with ">". A body of more than 65,536 characters
    and a title of more than 500 are cut and end with "…". Cleaning what is clean changes nothing.
    """
    titles = [
        None if missing else (clean_title(title) or None)
        for title, missing in zip(batch["title"], batch["title"].isna(), strict=True)
    ]
    texts = [
        clean_body(body, is_html=body_format == "html")
        for body, body_format in zip(batch["body"], batch["body_format"], strict=True)
    ]
    return batch.assign(
        title=pd.Series(titles, index=batch.index, dtype="str"),
        text=pd.Series(texts, index=batch.index, dtype="str"),
    )


def clean_title(title: str) -> str:
    """Return the title on one line, without tags and character references."""
    title = _cut(_one_line(title), 4 * LONGEST_TITLE)
    # Feeds escape titles once, twice or not at all: undone until nothing is left to undo.
    while (plain := _one_line(html.unescape(_TITLE_TAGS.sub(" ", title)))) != title:
        title = plain
    return _one_line(_cut(title, LONGEST_TITLE))


def clean_body(body: str, *, is_html: bool) -> str:
    """Return the author's own words in a body."""
    if is_html:
        text = extract_plain_text(own_words(body), preserve_formatting=True, list_bullets=False)
        text = text + "…" if len(body) > LONGEST_BODY else text
    else:
        text = _cut(body, LONGEST_BODY)
    lines = [_SPACES.sub(" ", line).strip() for line in _seen(text).split("\n")]
    kept = "\n".join(line for line in lines if not _QUOTED.match(line))
    return _BLANKS.sub("\n\n", kept).strip()


def own_words(body: str) -> HTMLTree:
    """Return the parsed HTML of a body without what others and the software said."""
    markup = whole_characters(body[: LONGEST_BODY - 1] if len(body) > LONGEST_BODY else body)
    # resiliparse writes a summary and what it sums up without a break between
    tree = HTMLTree.parse(markup.replace("</summary>", "</summary><br>"))
    for node in nodes_of(tree, "aside.onebox"):
        source = node.query_selector("header a[href], a[href]")
        address = node.getattr("data-onebox-src") or (source and source.getattr("href")) or ""
        quoted = html.escape(address)
        node.outer_html = f'<p><a href="{quoted}">{quoted}</a></p>'
    for node in nodes_of(tree, _DROPPED):
        node.decompose()
    return tree


def nodes_of(tree: HTMLTree, selector: str) -> list[ElementNode]:
    """Return the nodes a CSS selector means."""
    # .values(), because a NodeList is live: each step of a loop over it would search it anew
    return tree.document.query_selector_all(selector).values() if tree.document else []


def _seen(text: str) -> str:
    """Return the text in NFC without the characters nobody sees."""
    text = _CONTROLS.sub("", _BREAKS.sub("\n", text))
    if text.isascii():
        return text
    text = _UNSEEN.sub("", whole_characters(text))
    # Looking around each character is dear, and most texts hold none to look at.
    if _JOINERS.search(text):
        text = _STRAY_JOINERS.sub("", text)
    return unicodedata.normalize("NFC", text)


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", _seen(text)).strip()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
