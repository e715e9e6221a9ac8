"""Disclose: what anybody is told who asks what the agency reads and counts; nothing of a person."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from contract.charter import Charter
from contract.errors import FixSettings
from digest.weeks import span
from pipeline.disclose import Request, write_answer
from pipeline.register import about, register_of
from pipeline.settings import Settings
from warehouse.labels import topics_named
from warehouse.publication import published
from warehouse.reporting import datasets_named, issues, runs_by_month
from warehouse.store import opened
from warehouse.tables import published_cell, published_week

_NOT_IN_CHARTER: Final[Mapping[str, tuple[str, ...]]] = {
    "digests": ("to",),
    "sources": ("conn_id", "permission", "approval", "budget"),
    "opt_outs": (),
}
"""What is left out of each entry of a section of the charter; none: the section as a whole."""
_WITHHELD: Final = (
    (
        "Texts, addresses and pictures of posts, and lists of them",
        "personal data of who wrote them",
    ),
    ("Pseudonyms, and anything by author", "personal data; no person is followed"),
    (
        "Numbers of fewer than {min_authors} authors, and those from which such a number follows",
        "publication.min_authors of the charter: small numbers point at people",
    ),
    ("Numbers of weeks that are not settled or not published yet", "they still change"),
    ("Exact numbers of posts held and removed", "their differences point at single posts"),
    ("Digests as they were sent", "they quote posts and hold small numbers"),
    ("Who gets digests and alerts, and who opted out", "personal data"),
    (
        "Names of connections, and references of permissions and approvals",
        "security; third parties",
    ),
    ("References of orders of legal hold, and what they hold", "pending proceedings"),
    ("Who asked what of the posts", "personal data of staff and of those asked about"),
)


def disclose_foi(
    given: Settings,
    asked: Request,
    out: Path,
    *,
    topic: str | None = None,
    dataset: str | None = None,
    week: str | None = None,
) -> dict[str, Any]:
    """Write what may be told of the listening, and its published figures, into the folder.

    With a topic (URI or label), a dataset (key, identifier or title) or a week only figures of
    these. Returns `files`, `figures`, `weeks`. Raises FixSettings for a name nothing goes by, a
    folder that holds something, or a request that lacks its reference or role.
    """
    asked.refuse_unfit(out)
    if week is not None:
        span(week)
    charter, now = given.load_charter(), datetime.now(UTC)
    with opened(given.warehouse) as engine, engine.connect() as connection:
        subjects = _subjects(connection, topic, dataset)
        figures = [
            row
            for row in _rows(connection, published_cell)
            if (subjects is None or (row["kind"], row["subject"]) in subjects)
            and week in (None, row["week"])
        ]
        weeks = [row for row in _rows(connection, published_week) if week in (None, row["week"])]
        runs = [{**row, "posts_new": about(row["posts_new"])} for row in runs_by_month(connection)]
        digests = issues(connection, week)
    least = charter.publication.min_authors
    said: dict[str, Any] = {
        **asked.said(charter),
        "asked_for": {"topic": topic, "dataset": dataset, "week": week},
        "figures": figures,
        "weeks": weeks,
        "runs": runs,
        "digests": digests,
        "register": register_of(given, now),
        "charter": charter_told(charter),
        "withheld": [
            {"what": what.format(min_authors=least), "why": why} for what, why in _WITHHELD
        ],
    }
    scope = [f"{name} {value}" for name, value in said["asked_for"].items() if value]
    asked.note(given, "freedom of information", ", ".join(scope) or "all", 0)
    files = write_answer(out, said, "foi.html")
    return {"files": files, "figures": len(figures), "weeks": len(weeks)}


def charter_told(charter: Charter) -> dict[str, Any]:
    """Return the charter without who gets what, who opted out, and what belongs to others."""
    told: dict[str, Any] = charter.model_dump(mode="json")
    for section, names in _NOT_IN_CHARTER.items():
        if not names:
            del told[section]
        for entry in told.get(section, {}).values():
            for name in names:
                del entry[name]
    del told["alerts"]["to"]
    return told


def _subjects(
    connection: Connection, topic: str | None, dataset: str | None
) -> set[tuple[str, str]] | None:
    """Return kind and key of what was named; None where nothing was."""
    if topic is None and dataset is None:
        return None
    found: set[tuple[str, str]] = set()
    named: Sequence[tuple[str, str | None, Any]] = (
        ("topic", topic, topics_named),
        ("dataset", dataset, datasets_named),
    )
    for kind, name, keys_of in named:
        if name is None:
            continue
        keys = keys_of(connection, [name]).get(name, ())
        if not keys:
            raise FixSettings(f"--{kind}: nothing goes by {name!r}; goodguest catalogue loads them")
        found |= {(kind, key) for key in keys}
    return found


def _rows(connection: Connection, table: Any) -> list[dict[str, Any]]:
    names = table.columns.keys()
    rows = (dict(zip(names, row, strict=True)) for row in published(connection, table))
    return [
        {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in rows
    ]
