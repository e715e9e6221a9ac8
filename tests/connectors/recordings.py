"""Answers recorded from the real platforms, as the pages they would be landed as."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from contract.page import Page
from pipeline.archives import responses_of

RECEIVED_AT = datetime(2026, 8, 8, tzinfo=UTC)


def recorded_pages(folder: Path, platform: str, url: str) -> Iterator[Page]:
    """Yield a page for each answer of the files the folder's index names, in its order.

    `url` is that of answers that do not tell theirs.
    """
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        files = [row["file"] for row in csv.DictReader(index, delimiter="\t")]
    for file in files:
        for response in responses_of(folder / file):
            yield Page(
                source="recorded", platform=platform, file=file, received_at=RECEIVED_AT,
                url=response.url or url, status=response.status, method=response.method,
                body=response.body,
            )  # fmt: skip
