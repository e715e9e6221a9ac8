"""All that was recorded of the real platforms: nothing raises, nothing is lost."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors import connector_of
from connectors.parts.discourse.posts import posts_in, unknown_fields
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped

RECEIVED_AT = datetime(2026, 1, 8, tzinfo=UTC)


def pages(folder: Path) -> Iterator[tuple[Page, dict[str, str]]]:
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    platform = "feed" if folder.name == "feeds" else folder.name
    for row in rows:
        yield (
            Page(
                source="recorded", platform=platform, url="https://source.example/",
                received_at=RECEIVED_AT, body=(folder / row["file"]).read_bytes(), file=row["file"],
            ),
            row,
        )  # fmt: skip


def parsed(page: Page) -> list[Outcome]:
    return list(connector_of(page.platform).parse(page))


def test_feeds(recorded: Path) -> None:
    posts: list[Post] = []
    counts: Counter[str] = Counter()
    for page, row in pages(recorded / "feeds"):
        outcomes = parsed(page)
        assert outcomes, row["file"]
        of_items = [o for o in outcomes if not isinstance(o, Skipped)]
        assert len(of_items) >= int(row["records"] or 0), row["file"]
        posts += [o for o in outcomes if isinstance(o, Post)]
        counts.update(o.reason for o in outcomes if isinstance(o, Rejected))
    # Of the conformance suite: items of one odd field only, CDF, and plain XML.
    assert set(counts) == {"empty item", "not a feed"}
    assert counts["not a feed"] <= 6
    assert counts["empty item"] <= 56
    assert len(posts) >= 513
    assert all(p.url is None or p.url.startswith("http") for p in posts)
    assert all(p.created_at is None or 1990 <= p.created_at.year <= 2026 for p in posts)
    assert sum(p.created_at is not None for p in posts) >= 316


def test_discourse(recorded: Path) -> None:
    rules: Counter[str] = Counter()
    ids: Counter[str] = Counter()
    for page, row in pages(recorded / "discourse"):
        outcomes = parsed(page)
        assert not [o for o in outcomes if isinstance(o, Rejected)], row["file"]
        rules.update(o.rule for o in outcomes if isinstance(o, Skipped))
        ids.update(o.native_id for o in outcomes if isinstance(o, Post))
        if row["file"].endswith(".json"):
            read: Any = json.loads(page.body)
            written = posts_in(read)
            assert unknown_fields(page) == set(), row["file"]
            assert not written or len(outcomes) == len(written), row["file"]
    assert ids.total() == 2904
    assert rules["small action"] == 41
    assert set(rules) == {
        "small action", "topic list entry", "category", "post action", "search hit",
        "user action", "empty list",
    }  # fmt: skip


def test_the_same_post_has_one_id_in_json_and_rss(recorded: Path) -> None:
    named = {page.file: page for page, _ in pages(recorded / "discourse")}

    def ids(*files: str) -> dict[str, datetime | None]:
        found = (o for f in files for o in parsed(named[f]))
        return {o.native_id: o.created_at for o in found if isinstance(o, Post)}

    as_json, as_rss = ids("cf_posts.json"), ids("cf_posts.rss")
    assert set(as_json) == set(as_rss)
    assert {k: v.replace(microsecond=0) for k, v in as_json.items() if v} == as_rss
    assert set(ids("cf_t_2144.rss")) <= set(ids("cf_t_2144_posts.json")) | set(as_json) | set(
        ids("cf_t_2144_posts_pn_41.json")
    )


def test_what_is_no_page_is_known_and_what_is_too(recorded: Path) -> None:
    for folder, platform in (("feeds", "feed"), ("discourse", "discourse")):
        for file in sorted((recorded / folder).iterdir()):
            is_page = connector_of(platform).is_page(file.read_bytes())
            assert is_page == (file.suffix not in (".tsv", ".md")), file.name
