"""What asks a platform for what one account writes: in words of a search, and in addresses."""

import re
import unicodedata
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_QUOTED: Final = re.compile(r'"[^"]*"')
_WORDS: Final = re.compile(
    r"(?<![\w-])(?:from|author|user|retweets_of)\s*:\s*\S+|(?<![\w/-])@\w[\w.-]*", re.IGNORECASE
)
"""In the searches of most platforms. What a search leaves out (`-from:`) is not asked for."""
_MENTION: Final = r"@\w[\w.-]*"
_WORDS_OF: Final = {
    platform: re.compile(pattern, re.IGNORECASE)
    for platform, pattern in {
        # https://docs.x.com/x-api/posts/search/integrate/operators
        "x": r"(?<![\w-])(?:to|list):\S+",
        # https://docs.bsky.app/docs/api/app-bsky-feed-search-posts
        "bluesky": r"(?<![\w-])(?:to|mentions):\S+|\bdid:(?:plc|web):\S+|/profile/\S+",
        "discourse": r"(?<![\w-])(?:users|username|assigned):\S+",
    }.items()
}
"""What some platforms know beside that."""
_EVEN_QUOTED: Final = {
    platform: re.compile(pattern, re.IGNORECASE)
    for platform, pattern in {
        "x": rf"(?<![\w@/-]){_MENTION}|\burl\w*\s*:\s*\S*(?:twitter|(?<![\w-])x)\.com\S*",
        # `url:` finds addresses of persons' pages, too.
        "reddit": r"\b(?:author\w*|user(?:name)?|redditor|from|to)\s*:\s*\S+|/u(?:ser)?/\w\S*|"
        r"(?<![\w/])u(?:ser)?/\w\S*|\bu_\w+",
        "discourse": rf"(?<=\s){_MENTION}|"
        r"(?<=\s)(?:created|assigned|users?|from|to|author)\s*:\s*\S+",
        # A machine tag's name may have a prefix.
        "flickr": r"(?:^|[\s\"(*:])(?:from|to|by|author|owner|user|username|user_?id|nsid|person|"
        rf"people|face|photographer|creator|account|foaf)\s*[:=]\s*\S+|\d+@N\d\d|(?<!\w){_MENTION}",
    }.items()
}
"""What their connectors refuse wherever it stands: a phrase finds who is spoken of."""

_ADDRESSES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"/@[^/?]+",  # Mastodon, Misskey, Medium, PeerTube
        r"/~[^/?]+",  # a person's folder on a university's server
        # Discourse, Reddit, Lemmy, Mastodon, NodeBB, Flarum, Drupal, Stack Exchange, bridges
        r"/(?:u|users?)/[^/?]+",
        r"/(?:profiles?|authors?|created-by)/[^/?]+",  # Bluesky, WordPress, Discourse
        r"/accounts/[^/?]+/\w+",  # the API of Mastodon, PeerTube
        r"/members/[^/?]+/(?:activity|feed|recent)",  # BuddyPress, XenForo
        r"/r/u_[^/?]+",  # Reddit's profiles as communities
        r"flickr\.com/(?:people|photos)/[^/?]+",
        r"github\.com/[^/?]+\.atom",
        r"/(?:submitted|user|threads)\?(?:.*&)?id=[^&]+",  # Hacker News
        # Flickr's feeds but for those of groups
        r"/feeds/(?:photos_\w+|activity|geo)[./]\S*[?&](?:user_id|ids?|nsid)=[^&]+",
    )
)
_NAMES: Final = re.compile(
    r"author|author_?(?:id|name)|user|user_?(?:id|name)|uid|u|acct|account|account_?(?:id|name)|"
    r"screen_name|handle|profile|creator|poster|member|member_id|searchuser|channel_id|nsid",
    re.IGNORECASE,
)
"""Of an address's query: WordPress, Discourse, phpBB, MyBB, SMF, XenForo, YouTube, PeerTube."""
_SEARCHES: Final = frozenset({"q", "query", "search", "s", "search_query", "keywords"})


def asked_in_words(platform: str, words: str) -> list[str]:
    """Return the parts of a search that ask for what one account writes.

    What looks alike (`：`, `＠`) counts as alike; a phrase in quotation marks is mostly only words.
    """
    whole = unicodedata.normalize("NFKC", words)
    whole = "".join(c for c in whole if unicodedata.category(c) != "Cf")
    plain = whole if "\\" in whole else _QUOTED.sub('""', whole)
    if "-(" in plain:
        # What is left out of what is left out is looked for.
        whole, plain = (said.replace("-", " ") for said in (whole, plain))
    looked = [(_WORDS, plain), (_WORDS_OF.get(platform), plain)]
    looked += [(_EVEN_QUOTED.get(platform), whole)]
    found = (match[0].strip() for one, said in looked if one for match in one.finditer(said))
    return list(dict.fromkeys(found))


def asked_in_address(address: str) -> str | None:
    """Return the part of an address that stands for one account, None where nothing does."""
    parts = urlsplit(unicodedata.normalize("NFKC", address))
    path, query = re.sub("/{2,}", "/", unquote(unquote(parts.path))), parts.query.replace(";", "&")
    where = f"//{parts.hostname or ''}{path}?{unquote(query)}"
    if found := next((match for one in _ADDRESSES if (match := one.search(where))), None):
        return found[0]
    for name, value in parse_qsl(query):
        if _NAMES.fullmatch(name.rstrip("[]")):
            return f"{name}={value}"
        if name.lower() in _SEARCHES and (words := asked_in_words("reddit", value)):
            return words[0]
    return None
