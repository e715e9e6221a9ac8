"""The bodies of posts on boards, and the pictures and files in and beside them."""

import re
from html import escape

from resiliparse.parse.html import ElementNode, HTMLTree

from connectors.markup import absolute, web_address, with_absolute_links
from connectors.parts.phpbb.pages import Sheet, within, words
from contract.post import Link, Media

MOST_PICTURES = 50
_SMILIES = 'img.smilies, img.smilie, img.emoji, img[src*="/smiles/"], img[src*="/smilies/"]'
_QUOTE_OF_PHPBB_2 = "td.quote"
_SESSION = re.compile(r"&(?:amp;)?sid=[0-9a-f]{32}|(?<=\?)sid=[0-9a-f]{32}(?:&(?:amp;)?)?")


def body_of(sheet: Sheet, node: ElementNode) -> tuple[str, list[Media]]:
    """Return the body as HTML without the software's words, and the author's own pictures."""
    engine = sheet.engine
    holder = node.query_selector(engine.body)
    if holder is not None and engine.row:
        # phpBB 2 ends the element of the body where a quote begins.
        holder = holder.parent_element
    if holder is None:
        return "", []
    html = holder.inner_html
    if engine.signature and (found := list(engine.signature.finditer(html))):
        html = html[: found[-1].start()]
    tree = HTMLTree.parse(html)
    body = tree.body
    if body is None:
        return "", []
    for noise in within(body, engine.noise):
        noise.decompose()
    for smiley in within(body, _SMILIES):
        smiley.outer_html = escape(_smiley(smiley.getattr("alt") or ""))
    for cell in within(body, _QUOTE_OF_PHPBB_2):
        table = cell.closest("table")
        if table is not None and table.closest(f"{_QUOTE_OF_PHPBB_2}, blockquote") is None:
            table.outer_html = f"<blockquote>{table.outer_html}</blockquote>"
    pictures = []
    for image in within(body, "img"):
        image.delattr("alt")  # "Image", in the board's language
        if image.closest("blockquote") is None:
            pictures += _picture(sheet, image)
    return _SESSION.sub(
        "", with_absolute_links(f"{sheet.base}/", body.inner_html)
    ).strip(), pictures


def _smiley(alt: str) -> str:
    return f":{alt.lower()}:" if alt.isalpha() and alt.isascii() else alt


def _picture(sheet: Sheet, image: ElementNode, comment: str = "") -> list[Media]:
    url = _absolute(sheet, image.getattr("src"))
    return [Media(url=url, alt_text=comment or None)] if url else []


def attachments_of(sheet: Sheet, node: ElementNode) -> tuple[tuple[Link, ...], list[Media]]:
    """Return the files and the pictures attached to a post beside its body."""
    links: dict[str, Link] = {}
    pictures: list[Media] = []
    for held in within(node, sheet.engine.attachments):
        for image in within(held, "img"):
            about = image.closest("dl")
            comment = about.query_selector("dd em, .thumbnail dd") if about else None
            pictures += _picture(sheet, image, words(comment))
        for link in within(held, 'a.postlink, a[href*="attachment.php"]'):
            url = _absolute(sheet, link.getattr("href"))
            if url and link.query_selector("img") is None:
                links[url] = Link(url=url)
    return tuple(links.values()), pictures


def _absolute(sheet: Sheet, reference: str | None) -> str | None:
    """Return the web address that a reference of the page means, or None."""
    if not reference:
        return None
    return web_address(_SESSION.sub("", absolute(f"{sheet.base}/", reference)))
