"""Posts that would break an issue leave it a list of short plain lines, on both databases."""

from typing import Any

import pytest
from fernley_store import CHARTER, EARLIER, NOW, WEEK, Town

from digest.compose import compose
from warehouse import tables

HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)> and so on and so on",
    "style": "</style><style>*{display:none}</style> {{ 7*7 }} {% raw %} and so on and on",
    "header": "a quiet street\r\nBcc: all@example.org\r\nSubject: free\x00\x1b[2J and so on",
    "bidi": "\u202efdp.exe\u202c is what the \u2066lamp\u2069 says, and so on and so on \u200f",
    "long": "x" * 10_000,
    "zalgo": "H" + "\u0300\u0301\u0302" * 3_000 + "e" + "\u0488" * 3_000 + " comes, and so on " * 9,
    "unseen": "pay\u00ad\u200b\u2060 the \U000e0041\U000e0042 fee" + "\u3164" * 900 + " and so on",
}


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_hostile_posts_leave_an_issue_of_short_plain_lines(town: Town, said: str) -> None:
    for week in (*EARLIER, WEEK):
        town.read(week)
    said = said.replace("\x00", "") if town.conn.dialect.name == "postgresql" else said
    town.entity("e1", said)
    town.dataset("d1", said, f"javascript:{said}")
    town.topic("https://t.example/hostile", said)
    town.add(
        tables.community, community_key="c9", platform="discourse", native_id=said, name=said,
        url=f"https://forum.example/{said}", observed_at=NOW,
    )  # fmt: skip
    for number in range(12):
        post = town.say(
            topics=("Potholes",), datasets={"d1": "words"}, entities=("e1",), community_key="c9",
            text=said, url=f"https://forum.example/{number}\n{said}", title=said, stance="negative",
            evidence={"found": said, "stance": [said], "where": "tag"},
            intent="question" if number % 2 else "praise",
        )  # fmt: skip
        town.tie_topic(post, "https://t.example/hostile")
        town.tag(post, said, said[::-1])
    found = compose(town.conn, CHARTER, "roads-weekly", WEEK)
    assert found.quotes
    assert found.thanks
    assert found.join_in
    assert found.entities.lines[0].example
    texts = list(_texts(found))
    assert len(texts) > 30
    for text in texts:
        assert len(text) <= 285, text[:50]
        assert text.isprintable() or "\u200d" in text, ascii(text)
        assert not set(text) & set("\u202e\u2066\u00ad\u200b\u3164\U000e0041")
    for url in _urls(found):
        assert url.startswith("https://")
        assert len(url) <= 1_000


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            if name not in ("url", "rules"):
                yield from _texts(getattr(value, name))


def _urls(value: Any) -> Any:
    if isinstance(value, tuple):
        for part in value:
            yield from _urls(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            found = getattr(value, name)
            if name in ("url", "rules"):
                yield from [found] if found else []
            else:
                yield from _urls(found)
