"""What others make of the same answers: `python -P peers.py PEER ANSWERS FOLDER`.

Run by a Python that has their packages, and needs nothing else. They load the posts and no more;
prints which version did.
"""

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any


def main(peer: str, answers: str, folder: str) -> None:
    """Load the posts of the answers, one answer a line, with this peer."""
    pages = _pages(Path(answers))
    PEERS[peer](pages, folder)
    sys.stdout.write(version(peer))


def _pages(answers: Path) -> Iterator[list[dict[str, Any]]]:
    with answers.open("rb") as lines:
        for line in lines:
            yield _posts(json.loads(line))


def _posts(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the posts of an answer, whatever platform it is of; each has an `id`."""
    if answer.get("kind") == "Listing":
        return [child["data"] for child in answer["data"]["children"]]
    found = answer["photos"]["photo"] if "photos" in answer else None
    posts: list[dict[str, Any]] = found or answer.get("latest_posts") or answer["data"]
    return posts


def _dlt(pages: Iterator[list[dict[str, Any]]], folder: str) -> None:
    """Merge by id into a table and one for each list in it."""
    import dlt  # type: ignore[import-not-found]

    pipeline = dlt.pipeline(
        pipeline_name="peer",
        destination=dlt.destinations.sqlalchemy(credentials=f"sqlite:///{folder}/dlt.db"),
        dataset_name="main",
        pipelines_dir=f"{folder}/pipelines",
    )
    pipeline.run(pages, table_name="post", write_disposition="merge", primary_key="id")


def _sqlite_utils(pages: Iterator[list[dict[str, Any]]], folder: str) -> None:
    """Upsert by id into one table; what is nested stays JSON."""
    from sqlite_utils import Database  # type: ignore[import-not-found]

    table = Database(f"{folder}/sqlite_utils.db")["post"]
    table.upsert_all(chain.from_iterable(pages), pk="id", alter=True)


def _pandas(pages: Iterator[list[dict[str, Any]]], folder: str) -> None:
    """Flatten and append, without a key; all are in memory at once."""
    import pandas as pd

    frame = pd.json_normalize(list(chain.from_iterable(pages)))
    flat = frame.map(lambda value: json.dumps(value) if isinstance(value, list | dict) else value)
    with closing(sqlite3.connect(f"{folder}/pandas.db")) as connection:
        flat.to_sql("post", connection, if_exists="append", index=False)


PEERS = {"dlt": _dlt, "sqlite-utils": _sqlite_utils, "pandas": _pandas}

if __name__ == "__main__":
    main(*sys.argv[1:])
