"""Writes docs/recorded.md: what becomes of every recorded answer of the real platforms.

python -m docs.recorded FOLDER, where FOLDER has a folder of recordings for each platform.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from pipeline.importing import import_files
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.store import migrate, open_store, opened
from warehouse.tables import landing_part, rejected

PAGE = Path(__file__).with_name("recorded.md")
READ_BY = (
    ("x_twitter_v2", "x", "*"),
    ("reddit", "reddit", "*"),
    ("reddit", "feed", "*.rss"),
    ("flickr", "flickr", "*"),
    ("discourse", "discourse", "*"),
    ("mastodon", "mastodon", "*"),
    ("bluesky", "bluesky", "*"),
    ("forums_html_rss", "phpbb", "*"),
    ("forums_html_rss", "feed", "*.[rx]*"),
    ("wordpress", "wordpress", "*"),
    ("wordpress", "feed", "*.rss"),
    ("feeds", "feed", "*"),
)
"""A folder, the connector that reads it, and which of its files."""

_HEAD = """\
# What becomes of recorded answers

*For engineers.*

These are answers that other projects recorded from the real platforms, put through `goodguest
import` and `goodguest refine`. Every file is read or skipped by a named rule, and every record is
a post, rejected with a reason, or skipped by a named rule. Where the recordings are at hand,
`make recorded RECORDED=<folder>` writes this page anew.

Posts that stand in several recordings are counted once as posts, then as "again".

| folder | by | files | no page | pages | records | posts | again | rejected | skipped |
| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |
"""


@dataclass
class Became:
    """What became of one folder under one connector."""

    folder: str
    platform: str
    files: int
    not_pages: dict[str, int]
    pages: int
    records: int
    posts: int
    again: int
    rejected: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def row(self) -> str:
        """Return its line of the table."""
        cells = (
            f"`{self.folder}`", f"`{self.platform}`", self.files, sum(self.not_pages.values()),
            self.pages, self.records, self.posts, self.again,
            sum(self.rejected.values()), sum(self.skipped.values()),
        )  # fmt: skip
        return "| " + " | ".join(str(cell) for cell in cells) + " |"

    def reasons(self) -> Iterator[str]:
        """Yield what was left out, and why."""
        for what, counts in (
            ("no page", self.not_pages),
            ("rejected", self.rejected),
            ("skipped", self.skipped),
        ):
            if counts:
                listed = ", ".join(f"{n} {reason}" for reason, n in sorted(counts.items()))
                yield f"- {what}: {listed}"
        if self.unknown:
            yield f"- unknown fields: {', '.join(f'`{path}`' for path in self.unknown)}"


def read_folder(recordings: Path, folder: str, platform: str, which: str, place: Path) -> Became:
    """Return what became of these files of a folder, read into a store of their own in `place`.

    Raises GoodguestError when a sum does not meet.
    """
    place.mkdir()
    given = Settings(
        charter=_charter(place, platform),
        data=place,
        warehouse=f"sqlite:///{place}/warehouse.db",
        landing=str(place / "landing"),
        smtp=None,
    )
    engine = open_store(given.warehouse)
    migrate(engine)
    engine.dispose()
    landed = import_files(given, platform, sorted((recordings / folder).glob(which)))
    refined = refine(given)
    with opened(given.warehouse) as engine, engine.connect() as connection:
        reasons = Counter(connection.scalars(sa.select(rejected.c.reason)))
        rules: Counter[str] = Counter()
        for part in connection.scalars(sa.select(landing_part.c.skipped_by_rule)):
            rules.update(part)
    return Became(
        folder,
        platform,
        landed["files"],
        landed["skipped"],
        landed["pages"],
        landed["records"],
        refined["posts_new"],
        refined["posts_changed"] + refined["posts_unchanged"],
        reasons,
        rules,
        [listed.removeprefix(f"{platform} ") for listed in refined["unknown_fields"]],
    )


def _charter(place: Path, platform: str) -> Path:
    charter: dict[str, Any] = {
        "agency": {
            "name": "Town of Example",
            "contact": "listening@example.gov",
            "privacy_notice": "https://example.gov/listening",
        },
        "purposes": {
            "recorded": {
                "title": "Reading what was recorded",
                "legal_basis": "none: nobody is asked",
                "dpia": "none",
                "owner": "engineers",
                "expires": "2099-12-31",
            }
        },
        "sources": {
            "recorded": {
                "platform": platform,
                "url": "https://recorded.example",
                "purpose": "recorded",
            }
        },
    }
    path = place / "charter.yaml"
    path.write_text(yaml.safe_dump(charter), encoding="utf-8")
    return path


def page_of_all(recordings: Path, place: Path) -> str:
    """Return the page about all folders of the recordings."""
    became = [
        read_folder(recordings, folder, platform, which, place / f"{folder}-{platform}")
        for folder, platform, which in READ_BY
    ]
    parts = [_HEAD + "\n".join(b.row() for b in became) + "\n"]
    for b in became:
        lines = "\n".join(b.reasons())
        parts.append(f"## `{b.folder}` by `{b.platform}`\n\n{lines or 'Nothing is left out.'}\n")
    return "\n".join(parts)


def main() -> int:
    """Write the page; return 2 when the recordings are not there."""
    recordings = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    if recordings is None or not recordings.is_dir():
        sys.stderr.write(f"{__doc__}")
        return 2
    with tempfile.TemporaryDirectory() as place:
        PAGE.write_text(page_of_all(recordings.absolute(), Path(place)), encoding="utf-8")
    sys.stderr.write(f"wrote {PAGE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
