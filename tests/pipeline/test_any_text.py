"""Any text that Unicode allows, and some that it does not, goes the whole way."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import sqlalchemy as sa
from listening import listening

from contract.page import Page
from pipeline import landing
from pipeline.refine import refine
from warehouse.store import opened
from warehouse.tables import post

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
_EVERY = (0x20, 0x10FFFF)
_RANGES = (
    (0x00, 0x1F), (0x20, 0x7E), (0x7F, 0xA0), (0xA1, 0x24F), (0x300, 0x36F), (0x590, 0x6FF),
    (0x900, 0x97F), (0xE00, 0xE7F), (0x1100, 0x11FF), (0x2000, 0x206F), (0x20D0, 0x20FF),
    (0x3040, 0x30FF), (0x4E00, 0x4FFF), (0xAC00, 0xACFF), (0xD800, 0xDFFF), (0xE000, 0xE0FF),
    (0xFB00, 0xFDFF), (0xFE00, 0xFE0F), (0xFF00, 0xFFFF), (0x1D400, 0x1D4FF), (0x1F1E6, 0x1F1FF),
    (0x1F300, 0x1F6FF), (0xE0000, 0xE007F), _EVERY,
)  # fmt: skip
_BETWEEN = (" ", "", "\n", ". ", "@", "#", "https://", "&#", "<", ">", "/", "+44 ", ":", "\u200d")


def any_text(dice: Random) -> str:
    """Return some words, each of letters that stand near one another."""
    said = ""
    for _ in range(dice.randint(1, 12)):
        first, last = dice.choice(_RANGES)
        said += "".join(chr(dice.randint(first, last)) for _ in range(dice.randint(0, 9)))
        said += dice.choice(_BETWEEN)
    return said * dice.choice((1, 1, 1, 40))


def test_any_text_goes_the_whole_way(store_url: str, tmp_path: Path) -> None:
    given, dice = listening(tmp_path, store_url, ["x", "discourse"]), Random(1)
    count = 400
    tweets = [
        {
            "id": str(1990000000000000000 + number), "text": any_text(dice), "author_id": "12",
            "lang": any_text(dice), "created_at": any_text(dice),
            "entities": {
                "hashtags": [{"tag": any_text(dice)}],
                "urls": [{"url": any_text(dice), "expanded_url": f"https://{any_text(dice)}"}],
            },
            "geo": {"full_name": any_text(dice)},
        }
        for number in range(count)
    ]  # fmt: skip
    topic = {"post_type": 1, "topic_id": 7}
    posts = [
        {
            **topic, "post_number": number, "username": any_text(dice), "name": any_text(dice),
            "cooked": f"<p>{any_text(dice)}</p><a href='{any_text(dice)}'>{any_text(dice)}</a>",
            "topic_title": any_text(dice), "topic_slug": any_text(dice),
        }
        for number in range(1, count + 1)
    ]  # fmt: skip
    for platform, said in (("x", {"data": tweets}), ("discourse", {"latest_posts": posts})):
        page = Page(
            source=platform, platform=platform, url=f"https://{platform}.example/",
            received_at=NOON, body=json.dumps(said).encode(),
        )  # fmt: skip
        landing.land(given.landing, [page], f"run-{platform}", NOON, 1)
    assert refine(given)["posts_new"] == 2 * count
    with opened(given.warehouse) as engine, engine.connect() as connection:
        stored = connection.scalars(sa.select(post.c.text)).all()
    assert len(stored) == 2 * count
    assert sum(bool(text) for text in stored) > count
    assert refine(given, reparse=True)["posts_unchanged"] == 2 * count
