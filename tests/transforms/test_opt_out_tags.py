"""Opt-out tags: however the author writes one, and never in the words of somebody else."""

from typing import Any

import pytest

from contract.post import Post, Tag
from transforms.opt_outs import OptOutTags

SAID = OptOutTags(["nobot", "keinbot"]).said_by
HTML: dict[str, Any] = {"body_format": "html"}
OWN: dict[str, dict[str, Any]] = {
    "plain": {"body": "Leave me out. #nobot"},
    "capitals": {"body": "#NoBot, please"},
    "wide letters": {"body": "＃ＮＯＢＯＴ"},
    "small sign": {"body": "﹟nobot"},
    "soft hyphen": {"body": "#no\u00adbot and #nobo\u200bt"},
    "in brackets": {"body": "Read something else (#nobot)!"},
    "other tag of the list": {"body": "#KeinBot"},
    "markup in it": {"body": "<p>#<b>No</b>Bot</p>", **HTML},
    "a tag's markup": {
        "body": '<a href="/tags/nobot" class="mention hashtag">#<span>nobot</span></a>', **HTML},
    "spelt by number": {"body": "<p>&#35;nobot &num;nobot</p>", **HTML},
    "behind a quotation": {"body": "<blockquote>Why?</blockquote>#nobot", **HTML},
    "below a quoted line": {"body": "> Why?\n\n#nobot"},
    "between angles": {"body": "1 < 2 #nobot > 0"},
    "at the end of much": {"body": "word " * 20_000 + "#nobot"},
    "title": {"title": "A <b>walk</b> #nobot"},
    "profile": {"author_note": "<p>Gardener. #NoBot</p>"},
    "tag of the platform": {"tags": (Tag(tag="#NoBot"),)},
    "wide tag of the platform": {"tags": (Tag(tag="ＮＯＢＯＴ"),)},
}  # fmt: skip
OTHERS: dict[str, dict[str, Any]] = {
    "no tag": {"body": "nobot"},
    "longer tag": {"body": "#nobots #nobot2 #nobot_town"},
    "tag of the community": {"tags": (Tag(tag="nobot", added_by="community"),)},
    "address": {"body": "https://a.example/#nobot https://a.example/?#nobot a/b#nobot"},
    "address in markup": {"body": '<a href="https://a.example/?#nobot">there</a>', **HTML},
    "link to a heading": {"body": "[how to](#nobot)"},
    "quoted line": {"body": "> #nobot\nWhat is that?"},
    "quotation": {"body": "<blockquote>#nobot</blockquote>What is that?", **HTML},
    "quotation in a quotation": {
        "body": "<blockquote>a<blockquote>b</blockquote>#nobot</blockquote>What?", **HTML},
    "quotation of a forum": {"body": "[quote=heron]#nobot[/quote] What?"},
    "quotation of Discourse": {
        "body": '<aside class="quote"><blockquote>#nobot</blockquote></aside>What?', **HTML},
    "share": {"body": "RT @heron: leave me out #nobot", "tags": (Tag(tag="nobot"),)},
    "title of a thread": {"title": "#nobot", "root_id": "0"},
}  # fmt: skip


@pytest.mark.parametrize("case", OWN)
def test_it_is_said(case: str) -> None:
    assert SAID(Post(platform="x", native_id="1", kind="post", **OWN[case]))


@pytest.mark.parametrize("case", OTHERS)
def test_it_is_not_said_by_the_author(case: str) -> None:
    assert not SAID(Post(platform="x", native_id="1", kind="post", **OTHERS[case]))


def test_without_tags_nobody_says_one() -> None:
    assert not OptOutTags([]).said_by(Post(platform="x", native_id="1", kind="post", body="# #"))
