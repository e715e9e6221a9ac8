"""What platforms and pages say of being read is honoured, whoever sends them."""

from json import dumps
from pathlib import Path
from typing import Any

import pytest
from listening import listening
from planet import NOW, OUT, left_of, skipped

from pipeline.importing import import_files
from pipeline.refine import refine

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""What the database has no part in."""
BOARD = Path(__file__).parents[1] / "connectors" / "data" / "phpbb" / "mybb.html"
_TWEET = {"id": "1", "text": "It says qxheron.", "author_id": "2", "edit_history_tweet_ids": ["1"]}
_THREAD = {"id": 1, "title": "On lamps", "post_stream": {"posts": [
    {"id": 1, "topic_id": 1, "topic_slug": "lamps", "post_number": 1, "post_type": 1,
     "username": "otter", "created_at": NOW.isoformat(), "cooked": "<p>It says qxheron.</p>"},
]}}  # fmt: skip
_LINK = {"kind": "t3", "data": {"name": "t3_1", "title": "On lamps", "selftext": "It says qxheron.",
         "author": "otter", "subreddit": "town", "created_utc": NOW.timestamp()}}  # fmt: skip
SIGNALS: dict[str, tuple[str, Any, Any, str]] = {
    "protected": ("x", {"data": [_TWEET]}, {"data": [_TWEET], "includes": {"users": [
        {"id": "2", "username": "otter", "protected": True}]}}, "opted out"),
    "unlisted": ("discourse", _THREAD, {**_THREAD, "visible": False}, "opted out"),
    "not indexable": ("reddit", _LINK, {**_LINK, "data": {
        **_LINK["data"], "is_robot_indexable": False}}, "noindex"),  # type: ignore[dict-item]
    "quarantined": ("reddit", _LINK, {**_LINK, "data": {
        **_LINK["data"], "quarantine": True}}, "opted out"),  # type: ignore[dict-item]
}  # fmt: skip


@pytest.mark.parametrize("signal", SIGNALS)
@on_sqlite
def test_what_a_platform_says_of_a_post_is_honoured(
    store_url: str, tmp_path: Path, signal: str
) -> None:
    platform, without, with_it, rule = SIGNALS[signal]
    given = listening(tmp_path / "place", store_url, [platform])
    for number, said in enumerate((with_it, without)):
        file = tmp_path / f"{number}.json"
        file.write_text(dumps(said), "utf-8")
        import_files(given, platform, [file])
        result = refine(given)
        assert (result["posts_new"], result["rejected"]) == (number, 0)
        assert bool(left_of(given, [OUT])) == bool(number)
    assert skipped(given)[rule] == 1


@on_sqlite
def test_a_board_that_says_noindex_is_landed_as_a_count(store_url: str, tmp_path: Path) -> None:
    given = listening(tmp_path / "place", store_url, ["phpbb"])
    page = BOARD.read_text("utf-8").replace("</body>", "<i>qxheron</i></body>")
    for number, meta in enumerate(("<meta name='robots' content='noindex,follow'>", "")):
        file = tmp_path / f"{number}.html"
        file.write_text(page.replace("<head>", f"<head>{meta}"), "utf-8")
        import_files(given, "phpbb", [file])
        assert bool(refine(given)["posts_new"]) == bool(number)
        assert bool(left_of(given, [OUT])) == bool(number)
    assert set(skipped(given)) == {"noindex"}
