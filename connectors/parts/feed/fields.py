"""Which fields of a feed nobody here has decided about."""

import codecs

from connectors.accounting import unaccounted
from connectors.decoding import decoded
from connectors.parts.feed.json import KNOWN
from connectors.parts.feed.read import feed_of, is_page
from connectors.parts.feed.shape import Item
from contract.page import Page

# By the names feedparser gives: prefix of the namespace, underscore, element.
_USED = frozenset((
    "author", "author_detail", "comments", "content", "created", "feedburner_origlink",
    "generator", "geo_lat", "geo_long", "georss_featurename", "id", "im_rating", "image",
    "language", "link", "links", "media_content", "media_license", "media_thumbnail",
    "published", "rights", "slash_comments", "source", "summary", "summary_detail", "tags",
    "thr_in-reply-to", "thr_total", "title", "title_detail", "updated", "where",
))  # fmt: skip
_LEFT_ASIDE = frozenset((
    "authors", "contributors", "created_parsed", "expired", "expired_parsed",
    "generator_detail", "guidislink", "published_parsed", "rights_detail", "subtitle",
    "subtitle_detail", "updated_parsed", "cloud", "docs", "icon", "info", "info_detail", "logo",
    "publisher", "publisher_detail", "skiphours", "skipdays", "textinput", "ttl",
    "errorreportsto", "validity", "license", "rating", "vcard", "xfn", "draft", "app_draft",
    "app_edited", "issued_parsed", "geo_point", "geo_alt", "href", "media_community",
    "media_credit", "media_hash", "media_keywords", "media_player", "media_rating",
    "media_restriction", "media_starrating", "media_statistics", "media_text", "content_detail",
    "pingback_server", "pingback_target", "trackback_ping", "trackback_about", "wfw_comment",
    "wfw_commentrss", "slash_department", "slash_section", "slash_hit_parade", "entries",
    "dcterms_datecopyrighted", "dc_modified", "media_copyright", "credit", "georss_elev",
))  # fmt: skip
_LEFT_ASIDE_NAMESPACES = (
    "admin_", "blogchannel_", "feedburner_", "googleplay_", "im_", "itunes_", "openearch_",
    "opensearch_", "rdf_", "sy_", "yt_",
)  # fmt: skip
"""What feeds say of themselves, of their sending and of podcasts; numbers that are no counts."""


def unknown_fields(page: Page) -> set[str]:
    """Return the fields that are neither used nor left aside on purpose, as `item.prefix_name`.

    Of XML these are elements, in the feed's own prefixes where feedparser does not know the
    namespace; it does not show the attributes of elements it knows.
    """
    if page.body.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{"):
        return unaccounted(decoded(page.body), KNOWN) if is_page(page.body) else set()
    feed = feed_of(page.body, page.headers.get("content-type"))
    if feed is None:
        return set()
    return _unknown("feed", feed.about).union(*(_unknown("item", item) for item in feed.items))


def _unknown(what: str, said: Item) -> set[str]:
    names = said.keys() - _USED - _LEFT_ASIDE
    return {f"{what}.{name}" for name in names if not name.startswith(_LEFT_ASIDE_NAMESPACES)}
