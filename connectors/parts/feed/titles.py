"""Titles of items, and what blogs write around the title of an article in those of its comments."""

import html
import re

from w3lib.html import remove_tags

from connectors.parts.feed.shape import Item

HTML_TYPES = ("text/html", "application/xhtml+xml")

# WordPress' own translations of `Comment on %1$s by %2$s`: before the title, before the name.
_OF_COMMENT = (
    ("Comment on", "by"),
    ("Kommentar zu", "von"),
    ("Commentaires? sur", "par"),
    ("Comentario (?:en|sobre)", "(?:por|de)"),
    ("Comentário (?:sobre|em)", "(?:por|de)"),
    ("Comentari a", "per"),
    ("Commento? su", "di"),
    ("Reactie op", "(?:door|van)"),
    ("Sylw ar", "gan"),
    ("Kommentar (?:till|til|på)", "(?:av|af)"),
    ("Kommentti artikkeliin", ""),
    ("Komentar(?:z|ze)? (?:do|k|na)", "(?:od|z|którego autorem jest)"),
)
# Of `Comments on: %s`, the feed of one article's comments, and `Comments for %s`, that of all.
_OF_FEED_OF_ARTICLE = re.compile(
    r"(?:Comments on|Kommentare zu|Commentaires sur|Comentarios en|Comentários sobre|"
    r"Commenti su|Reacties op|Sylwadau ar|Kommentarer (?:till|til|på)|Komentarze do)\s*:\s*(.+)"
)
_OF_FEED_OF_SITE = re.compile(
    r"(?:Comments for|Kommentare für|Commentaires pour|Comentarios en|Comentários para|"
    r"Commenti per|Reacties voor|Sylwadau ar gyfer|Kommentarer (?:för|for|til)|Komentarze dla) (.+)"
)
_TITLES = tuple(
    re.compile(rf"{before} (?P<title>.+),? {between} ?(?P<name>.+?)", re.DOTALL)
    for before, between in _OF_COMMENT
)
_ONLY_NAME = re.compile(r"(?:By|Von|Par|Por|Di|Door|Gan|Av|Af|Autor|Per)\s?: (?P<name>.+)")


def text_of(value: str | None, detail: Item | None, *, is_exact: bool) -> str | None:
    """Return plain text on one line; titles of RSS are often escaped twice, of Atom never."""
    text = value or ""
    is_html = (detail or {}).get("type") in HTML_TYPES
    if is_html:
        text = remove_tags(text)
    if is_html or not is_exact:
        text = html.unescape(text)
    return " ".join(text.split()) or None


def article_of(title: str | None, of_feed: str | None, name: str | None) -> str | None:
    """Return the title of the article a comment stands under, without its author's name.

    None where neither the comment's title nor its feed's tells it, or the name cannot be parted.
    """
    of_article = _OF_FEED_OF_ARTICLE.fullmatch(of_feed or "")
    if title is None or _ONLY_NAME.fullmatch(title):
        return of_article[1] if of_article else None
    for pattern in _TITLES:
        # With the name known, a title or a name that holds the word between them is told apart.
        known = pattern.pattern.replace("(?P<name>.+?)", re.escape(name)) if name else None
        found = (known and re.fullmatch(known, title, re.DOTALL)) or pattern.fullmatch(title)
        if found:
            return str(found["title"])
    return None if name and name in title else title


def site_title(of_feed: str | None) -> str | None:
    """Return what the site calls itself, or None when the feed is named after one article."""
    if of_feed is None or _OF_FEED_OF_ARTICLE.fullmatch(of_feed):
        return None
    of_site = _OF_FEED_OF_SITE.fullmatch(of_feed)
    return of_site[1] if of_site else of_feed


def language_of(*places: Item | None) -> str | None:
    """Return the first language said, as BCP 47 writes it."""
    said = next((p["language"] for p in places if p and p.get("language")), None)
    return said.strip().replace("_", "-") if said else None
