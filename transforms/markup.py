"""The HTML of a post's body: its author's own words, and where they lead."""

import html
from typing import NamedTuple

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import ElementNode, HTMLTree

_OTHERS_AND_SOFTWARE = {
    "quote": (
        "aside.quote",  # Discourse
        ".quote-inline",  # Mastodon: "RE: <address>" for servers that show no quotes
        ".bbcode_quote",  # vBulletin
        ".gmail_quote",  # mail that went through a forum's mail gate
        "blockquote",
    ),
    "lightbox": (".lightbox .meta",),  # Discourse: file name and size of an image
    "poll-info": (".poll-info",),  # Discourse: count of voters
    "hidden": ("[hidden]",),
    **{
        f"<{tag}": (tag,)
        for tag in (
            *("script", "style", "template", "noscript", "iframe", "object", "svg"),
            *("video", "audio", "canvas"),
        )
    },
}
"""What is left out, by what stands in the markup where there is any."""

_DROPPED = ", ".join(selector for some in _OTHERS_AND_SOFTWARE.values() for selector in some)
_LEADS_ON = "a[href]:not(.mention, .mention-group, .hashtag)"


class Read(NamedTuple):
    """What one reading of a body finds: plain text, and the `href` of each reference."""

    text: str
    references: tuple[str, ...]


def read_markup(markup: str) -> Read:
    """Return the author's own words of some HTML, and the addresses as they stand in it.

    Left out is what others and the software said; of a preview of a page its address stays.
    References to a person mentioned and to a tag are none.
    """
    looked_at = markup.lower()
    # resiliparse writes a summary and what it sums up without a break between
    markup = markup.replace("</summary>", "</summary><br>")
    # at the very beginning it would be read as one of the head, which holds no words
    tree = HTMLTree.parse(f"<body>{markup}" if "<noscript" in looked_at else markup)
    # A letter may be spelt by its number, in the name of a class too.
    is_spelt_out = "&#" in looked_at
    if is_spelt_out or "onebox" in looked_at:
        for node in _nodes(tree, "aside.onebox"):
            _keep_address_alone(node)
    if is_spelt_out or any(sign in looked_at for sign in _OTHERS_AND_SOFTWARE):
        for node in _nodes(tree, _DROPPED):
            node.decompose()
    leading = _nodes(tree, _LEADS_ON) if "href" in looked_at else []
    return Read(
        extract_plain_text(tree, preserve_formatting=True, list_bullets=False),
        tuple(node.getattr("href") or "" for node in leading),
    )


def _keep_address_alone(node: ElementNode) -> None:
    source = node.query_selector("header a[href], a[href]")
    address = node.getattr("data-onebox-src") or (source and source.getattr("href")) or ""
    quoted = html.escape(address)
    node.outer_html = f'<p><a href="{quoted}">{quoted}</a></p>'


def _nodes(tree: HTMLTree, selector: str) -> list[ElementNode]:
    # .values(), because a NodeList is live: each step of a loop over it would search it anew
    return tree.document.query_selector_all(selector).values() if tree.document else []
