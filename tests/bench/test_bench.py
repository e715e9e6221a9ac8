"""The measurement of refine: it goes the whole way, and sees what is wrong, slow or large."""

import json
import sys
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from bench import place
from bench.checks import checks, digest
from bench.gates import verdicts
from bench.invented import held
from bench.measuring import (
    AGAIN,
    FLOOR,
    LOAD_ONLY,
    MATCHERS,
    NOTHING,
    REFINE,
    SMALL,
    SMALL_NOTHING,
    Measured,
    Peers,
    measure,
)  # fmt: skip
from bench.payloads import MIX, PLATFORMS, payloads, said
from bench.process import Failed, Took, run
from bench.report import page_of, text_of
from connectors import connector_of
from contract.post import Post
from pipeline.refine import refine
from warehouse.store import opened

HOLDINGS = held(topics=60, datasets=40, entities=30)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_record_of_a_page_is_a_post_of_a_real_connector(platform: str) -> None:
    pages = list(payloads(platform, 900, HOLDINGS))
    connector = connector_of(platform)
    outcomes = [outcome for page in pages for outcome in connector.parse(page)]
    assert Counter(type(outcome) for outcome in outcomes) == {Post: 900}
    assert {path for page in pages for path in connector.unknown_fields(page)} == set()
    sayings = list(said(platform, 900, HOLDINGS))
    ids = {PLATFORMS[platform].native_id(saying.number, 900) for saying in sayings}
    assert {o.native_id for o in outcomes if isinstance(o, Post)} == ids
    assert 5 < 900 - len(ids) < 50, "some come again"
    assert all(page.received_at < later.received_at for page, later in pairwise(pages))


def test_payloads_are_the_same_each_time_and_made_while_they_are_read() -> None:
    first, again = (list(islice(payloads("x", 10**9, HOLDINGS), 3)) for _ in range(2))
    assert first == again
    assert {page.platform for page in payloads(MIX, 600, HOLDINGS)} == PLATFORMS.keys()


def test_all_is_measured_whole_and_what_is_stored_is_right(tmp_path: Path) -> None:
    heard: list[str] = []
    measured = Measured("x", "sqlite", 400, tell=heard.append)
    measure(measured, 1, tmp_path, HOLDINGS, Peers())
    assert {FLOOR, LOAD_ONLY, REFINE, AGAIN, NOTHING, MATCHERS} <= measured.runs.keys()
    assert len(heard) == len(measured.runs)
    assert all(took.memory > 5 for runs in measured.runs.values() for took in runs)
    assert [check for check in measured.checks if not check.holds] == []
    judged = verdicts(measured)
    assert {verdict.holds for verdict in judged} == {None}, "too few posts to judge"
    page, text = page_of("a command", measured, judged), text_of(measured, judged)
    for name in (*measured.runs, *measured.stages, *(v.name for v in judged)):
        assert f"| {name} |" in page
        assert f"\n{name} " in text


def test_what_is_stored_wrongly_is_seen(tmp_path: Path) -> None:
    with place.opened("sqlite", tmp_path, tmp_path / "cache", HOLDINGS) as place_of:
        here = place_of("x", 600)
        given = here.settings("spoilt")
        refine(given)
        before = digest(given.warehouse)
        wrong = {check.name for check in checks(here, given.warehouse) if not check.holds}
        with opened(given.warehouse) as engine, engine.begin() as connection:
            for statement in (
                "update post set lang = 'cy'",
                "update post set near_duplicate_of = null",
                "update post set near_duplicate_of = (select min(post_key) from post)"
                " where lang_score > 0.9999",
                "update post set text = text || ' nobody1@mail.example 07700 900100'"
                " where text like '%[%]%'",
                "delete from post_topic",
                "update landing_part set posts_new = posts_new - 1",
            ):
                connection.execute(sa.text(statement))
        assert digest(given.warehouse) != before
        spoilt = {check.name for check in checks(here, given.warehouse) if not check.holds}
    assert wrong <= spoilt
    assert len(spoilt - wrong) >= 4


def test_gates_judge_by_the_medians_of_as_many_posts_as_they_need() -> None:
    def of(posts: int, seconds: float) -> dict[str, bool | None]:
        measured = Measured("x", "sqlite", posts)
        for cpu in (seconds, seconds, 1_000.0):
            measured.add(REFINE, Took(cpu, cpu, 0.0, 699.0, ""))
            measured.add(FLOOR, Took(1.0, 1.0, 0.0, 9.0, ""))
            measured.add(LOAD_ONLY, Took(3.6, 1.0, 0.0, 9.0, ""))
            measured.add(MATCHERS, Took(2.0, 1.0, 0.0, 9.0, json.dumps({"kept": 0.5})))
        return {verdict.name: verdict.holds for verdict in verdicts(measured)}

    throughput, load = "posts per CPU second of refine", "load only ÷ floor, CPU"
    assert of(100_000, 24.9)[throughput] is True
    assert of(100_000, 25.1)[throughput] is False
    assert of(100_000, 25.0)[load] is False
    assert of(10_000, 2.6)[load] is None
    assert of(10_000, 9.9)[throughput] is True, "few posts have a loose limit"
    assert of(10_000, 10.1)[throughput] is False
    assert of(1_000_000, 200.0)["MiB of all processes"] is True


@pytest.mark.parametrize(("seconds", "holds"), [(251.9, True), (252.1, False)])
def test_a_post_costs_what_is_left_of_a_run_without_its_start(seconds: float, holds: bool) -> None:
    measured = Measured("x", "sqlite", 1_000_000)
    for name, cpu in {REFINE: seconds, NOTHING: 2.0, SMALL: 3.0, SMALL_NOTHING: 1.0}.items():
        measured.add(name, Took(cpu, cpu, 0.0, 9.0, ""))
    measured.add(MATCHERS, Took(2.0, 1.0, 0.0, 9.0, json.dumps({"kept": 0.5})))
    found = {verdict.name: verdict.holds for verdict in verdicts(measured)}
    assert found["CPU a post ÷ that at 10,000 posts"] is holds


_CHILD = "x = bytearray(80_000_000); import time; time.sleep(0.7); sum(range(5_000_000))"


def test_a_process_is_measured_with_its_children() -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_CHILD!r}])"
    took = run((sys.executable, "-c", f"{parent}; print('done')"))
    assert took.said == "done\n"
    assert took.memory > 80
    assert took.cpu > 0.05
    assert took.wall > 0.7
    with pytest.raises(Failed, match="ended with 3: oh dear"):
        run((sys.executable, "-c", "import sys; sys.stderr.write('oh dear'); sys.exit(3)"))
