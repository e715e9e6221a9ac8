"""A post with all that the export knows of it: ties, tags, the post it answers, and answers."""

import csv
import io
import json
from typing import Any, Final

from datasette.app import Datasette

from connectors.notices import notices_of
from explorer.cells import DATABASE
from explorer.evidence import (
    evidence_in_words,
    evidence_of,
    method_in_words,
    score_in_words,
    stance_in_words,
)

_ANSWERS: Final = 100
_BRIEF: Final = "select post_key, created_at, post_title, text, kind from v_post"
_METRICS: Final = {"likes": "like", "replies": "reply", "shares": "share", "views": "view"}
"""What is counted of a post, and the word for one."""


async def read(datasette: Datasette, key: str) -> dict[str, Any] | None:
    """Return what the page of a post shows; None when the export has no such post."""

    async def rows(sql: str) -> list[dict[str, Any]]:
        given = {"key": key, "parent": post["parent_key"] if post else None}
        return [dict(row) for row in (await datasette.execute(DATABASE, sql, given)).rows]

    post: dict[str, Any] | None = None
    found = await rows("select * from v_post where post_key = :key")
    if not found:
        return None
    post = found[0]
    ties = await rows(
        "select * from v_post_tie where post_key = :key order by target, score desc, label"
    )
    return {
        "post": post,
        "metrics": [
            (post[many], one if post[many] == 1 else many)
            for many, one in _METRICS.items()
            if post[many] is not None
        ],
        "tags": await rows(
            "select tag, added_by from v_post_tag where post_key = :key order by added_by, tag"
        ),
        "ties": [_explained(tie) for tie in ties if tie["is_counted"]],
        "could_be": _could_be([tie for tie in ties if not tie["is_counted"]]),
        "former": await rows(
            "select * from v_former_tie where post_key = :key order by ended_at desc, label"
        ),
        "review": _review_sheet(ties),
        "parent": await rows(f"{_BRIEF} where post_key = :parent"),
        "answers": await rows(
            f"{_BRIEF} where parent_key = :key order by created_at, post_key limit {_ANSWERS}"
        ),
        "notices_here": notices_of({post["platform"]}),
    }


def _review_sheet(ties: list[dict[str, Any]]) -> str:
    """Return the ties as the CSV file that `goodguest review import` reads, without verdicts."""
    sheet = io.StringIO()
    rows = csv.writer(sheet, lineterminator="\n")
    rows.writerow(("post_key", "target", "target_key", "method", "verdict"))
    for tie in ties:
        keys = f"post:{tie['post_key']}", tie["target"], f"{tie['target']}:{tie['target_key']}"
        rows.writerow((*keys, tie["method"], ""))
    return sheet.getvalue()


def _could_be(ties: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return what may mean several, as the post writes it, and what each may mean."""
    named: dict[str, list[dict[str, Any]]] = {}
    for tie in ties:
        evidence = evidence_of(tie["evidence"])
        found = evidence.get("found") if isinstance(evidence, dict) else None
        named.setdefault(str(found or tie["label"]), []).append(tie)
    return list(named.items())


def _explained(tie: dict[str, Any]) -> dict[str, Any]:
    evidence = evidence_of(tie["evidence"])
    return {
        **tie,
        "says": evidence_in_words(tie["target"], evidence, tie["method"]),
        "stance_says": stance_in_words(tie["stance"], evidence),
        "sure": score_in_words(tie["method"], tie["score"]),
        "how": method_in_words(tie["method"]),
        "evidence": json.dumps(evidence, indent=2, ensure_ascii=False),
    }
