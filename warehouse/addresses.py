"""Addresses of posts as analysts see them: none that says who wrote it."""

from typing import Final

_NAMES_ITS_AUTHOR: Final = (
    *("%/@%", "%/user/%", "%/users/%", "%/u/%", "%/profile/%", "%/people/%", "%/members/%"),
    *("%/photos/%", "%/r/u~_%", "%/author/%", "%/~~%"),
)
"""Parts of addresses below which sites show what one person posts; `~` makes a sign plain."""
_PERSONAL_PLATFORMS: Final = ("bluesky", "mastodon")
"""Every address of a post there is below its author's."""

_BY_AUTHOR: Final = " or ".join(
    f"lower(post.url) like '{pattern}' escape '~'" for pattern in _NAMES_ITS_AUTHOR
)
_PERSONAL: Final = ", ".join(f"'{name}'" for name in _PERSONAL_PLATFORMS)

NEUTRAL_URL: Final = f"""
case when post.platform = 'flickr' then 'https://www.flickr.com/photo.gne?id=' || (
       select photo.native_id from post as photo
       where photo.post_key = coalesce(post.root_key, post.post_key) and photo.kind = 'photo')
     when post.platform in ({_PERSONAL}) or {_BY_AUTHOR} then null
     else post.url end"""  # noqa: S608  names of platforms, which are ours
"""In SQL: the address of `post`, or one that leads there and does not name its author, or null."""
