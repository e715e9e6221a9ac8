"""A small installation that read posts, names and a catalogue made to do harm."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from listening import listening

from contract.page import Page
from pipeline import landing
from pipeline.catalogue import load_catalogue
from pipeline.cli import main
from pipeline.refine import refine
from pipeline.settings import Settings

DAY = datetime(2026, 11, 11, 12, tzinfo=UTC)
WEEK = "2026-W46"
TERMINAL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp"
"""Sets a window's title, clears a screen, and turns what follows around."""
HARM = {
    "sql": "lamps'); drop table post; -- \" ; delete from post where '1'='1",
    "jinja": "lamps {{ 7*7 }} {% for x in y %} ${HOME} {x.__class__} {0} %s %(x)s %n",
    "formula": "=cmd|' /C calc'!A0",
    "fullwidth": "＝HYPERLINK(“http://evil.example”,“lamps”)",
    "plus": "+1+cmd|' /C calc'!A0",
    "at": '@SUM(1+9)*cmd|" /C calc"!A0',
    "quoted": '"=1+1",=2+2;=3+3\t=4+4\n=5+5',
    "fts": 'lamps" OR * NEAR(a b) -c ^d:e (f',
    "tsquery": "lamps & | ! :* <-> ''",
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>\"' onclick=alert(3)",
    "terminal": f"lamps {TERMINAL}\n2026-11-22 ERROR forged",
    "header": "lamps\r\nBcc: all@evil.example\r\n\r\nbody",
}
_TOPICS = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://t.example/scheme> a skos:ConceptScheme .
{concepts}
"""


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def harmed(folder: Path, store_url: str) -> Settings:
    """Return an installation whose posts, authors, titles, topics and datasets mean harm."""
    given = listening(folder, store_url, ["discourse"])
    charter = yaml.safe_load(given.charter.read_text("utf-8"))
    charter["purposes"]["none"] |= {"title": HARM["jinja"], "legal_basis": HARM["html"]}
    charter["vocabulary"] = {"topics": ["topics.ttl"], "datasets": ["data.json"]}
    charter["digests"] = {"weekly": {"purpose": "none", "to": ["reader@agency.example"]}}
    given.charter.write_text(yaml.safe_dump(charter), "utf-8")
    (folder / "topics.ttl").write_text(_topics(), "utf-8")
    (folder / "data.json").write_text(json.dumps({"dataset": _datasets()}), "utf-8")
    load_catalogue(given)
    land(given, 1, _posts())
    refine(given)
    return given


def land(given: Settings, number: int, posts: Sequence[dict[str, Any]]) -> None:
    """Land the posts as a page of the forum."""
    page = Page(
        source="discourse", platform="discourse", url="https://discourse.example/posts.json",
        received_at=DAY, body=msgspec.json.encode({"latest_posts": posts}),
    )  # fmt: skip
    landing.land(given.landing, [page], "run", DAY, number)


def _topics() -> str:
    concepts = (
        f"<https://t.example/{name}> a skos:Concept ; skos:inScheme <https://t.example/scheme> ; "
        f'skos:prefLabel {json.dumps(said)}@en ; skos:altLabel "lamps"@en .'
        for name, said in HARM.items()
    )
    return _TOPICS.format(concepts="\n".join(concepts))


def _datasets() -> list[dict[str, Any]]:
    return [
        {"title": said, "description": f"lamps and more of {name}", "keyword": [said],
         "identifier": said, "landingPage": "javascript:alert(1)"}
        for name, said in HARM.items()
    ]  # fmt: skip


def _posts() -> list[dict[str, Any]]:
    return [
        {"id": n, "topic_id": n, "topic_slug": "lamps", "topic_title": said, "post_number": 1,
         "post_type": 1, "username": said, "name": said, "created_at": DAY.isoformat(),
         "cooked": f"<p>{escape(said)} The lamps on the quay are out all week.</p>"}
        for n, said in enumerate((*HARM.values(), *HARM.values()), 1)
    ]  # fmt: skip


def goodguest(
    given: Settings, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, *words: str
) -> Said:
    """Return what a command says when it is run on the installation."""
    for name, value in {
        "GOODGUEST_CHARTER": str(given.charter), "GOODGUEST_DATA": str(given.data),
        "GOODGUEST_WAREHOUSE": given.warehouse, "GOODGUEST_LANDING": given.landing,
    }.items():  # fmt: skip
        patch.setenv(name, value)
    patch.setattr(sys, "argv", ["goodguest", *words])
    before = os.umask(0o022)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        os.umask(before)
    said = capfd.readouterr()
    return Said(int(ended.value.code or 0), said.out, said.err)
