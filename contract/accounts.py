"""How people write an account of a platform where accounts have both an id and a name."""

import re

_ACCOUNTS = {
    "x": (
        r"(?P<id>\d{1,20})|(?:@|(?:https?://)?(?:(?:www|mobile)\.)?(?:x|twitter)\.com/@?)?"
        r"(?P<name>\w{1,20})/?",
        "an id (12345), a name (@TownCouncil) or an address (https://x.com/TownCouncil)",
    ),
    "mastodon": (
        r"@?(?P<id>[\w.-]+@[\w.-]+(?::\d{1,5})?)",
        "a name with its server (@TownCouncil@social.example)",
    ),
    "bluesky": (
        r"(?:@|(?:https?://)?bsky\.app/profile/@?)?"
        r"(?:(?P<id>did:[a-z]+:[\w.:%-]+)|(?P<name>[\w-]+(?:\.[\w-]+)+))/?",
        "an id (did:plc:…), a handle (@town.example.gov) or an address "
        "(https://bsky.app/profile/town.example.gov)",
    ),
    "reddit": (
        r"(?P<id>t2_\w+)|(?:@|(?:(?:https?://)?(?:\w+\.)?reddit\.com)?/?u(?:ser)?/)?"
        r"(?P<name>[\w-]{2,30})/?",
        "an id (t2_abc), a name (u/TownCouncil) or an address "
        "(https://www.reddit.com/user/TownCouncil)",
    ),
    "flickr": (
        r"(?:(?:https?://)?(?:www\.)?flickr\.com/(?:photos|people)/)?"
        r"(?:(?P<id>\d+@N\d+)|@?(?P<name>[\w-]+))/?",
        "an id (12345678@N01), a name (towncouncil) or an address "
        "(https://www.flickr.com/photos/towncouncil)",
    ),
}
ALLOWED = {platform: said for platform, (_, said) in _ACCOUNTS.items()}
"""What is allowed on such a platform, for messages."""


def account_of(platform: str, written: str) -> str | None:
    """Return the account's id, or `@` and its name; None where it is neither.

    On other platforms it is what was written.
    """
    if platform not in _ACCOUNTS:
        return written
    match = re.fullmatch(_ACCOUNTS[platform][0], written, re.IGNORECASE | re.ASCII)
    return match and (match["id"] or f"@{match['name']}")


def selected_account(platform: str, written: str) -> str:
    """Return the same of an account that is listed; X is asked for it by name, even for "12345"."""
    account = account_of(platform, written) or written
    is_name = platform != "x" or account.startswith("@")
    return account if is_name else f"@{account}"
