"""The charter: what loads, and what each mistake is answered with."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.charter import Budget, Charter, charter_schema
from contract.charter_file import load_charter
from contract.errors import FixSettings

GOOD = """\
agency:
  name: Town of Example
  contact: listening@town.example
  privacy_notice: https://town.example/listening
purposes:
  roads: {title: Roads, legal_basis: Public task, dpia: D-1, owner: transport, expires: 2027-06-30}
sources:
  forum:
    platform: discourse
    url: https://forum.example
    purpose: roads
    lookback: P2W
    permission: {by: owner, on: 2026-09-01, ref: mail-1}
digests:
  weekly: {purpose: roads, to: [policy@town.example]}
"""


def _load(folder: Path, text: str) -> Charter:
    path = folder / "charter.yaml"
    path.write_text(text)
    return load_charter(path)


def test_a_charter_loads(tmp_path: Path) -> None:
    charter = _load(tmp_path, GOOD)
    forum = charter.sources["forum"]
    assert forum.lookback == timedelta(weeks=2)
    assert forum.permission is not None
    assert forum.permission.on == date(2026, 9, 1), "`on:` is a key, not YAML 1.1's true"
    assert not forum.private_addresses
    assert charter.retention.raw == timedelta(days=30)


MISTAKES = [
    ("contact: listening@town.example", "contact: nobody", ":3: agency.contact: found 'nobody'"),
    ("platform: discourse", "platfrom: discourse", "sources.forum.platfrom: is not a key"),
    ("platform: discourse", "platfrom: discourse", "did you mean platform?"),
    ("platform: discourse", "x: 1", "sources.forum.platform: is missing"),
    ("lookback: P2W", "lookback: 2 weeks", ":12: sources.forum.lookback: found '2 weeks'"),
    ("lookback: P2W", "lookback: 2 weeks", "allowed are P30D, P2W, P5Y or PT6H"),
    ("lookback: P2W", "schedule: often", "allowed are five cron fields"),
    ("purpose: roads\n", "purpose: parks\n", "sources.forum.purpose: found 'parks'"),
    ("purpose: roads\n", "purpose: parks\n", "allowed are roads"),
    ("expires: 2027-06-30", "expires: soon", "purposes.roads.expires: found 'soon'"),
    ("dpia: D-1, ", "", ":6: purposes.roads.dpia: is missing"),
    ("lookback: P2W", "select: {accounts: [it]}", ":12: sources.forum.select.accounts: found"),
    ("lookback: P2W", "select: {accounts: [it]}", "with account_kind: organisation"),
    ("lookback: P2W", "budget: {posts: 9, money: 5}", ":12: sources.forum.budget.money: found 5"),
    ("lookback: P2W", "budget: {posts: 9, money: 5}", "money beside price"),
    ("lookback: P2W", "select: {box: [1, 2]}", "sources.forum.select.box"),
    ("  forum:\n", "  ../forum:\n", "should match pattern"),
    ("digests:\n", "agency: {}\ndigests:\n", ":14: agency: stands here a second time"),
    ("agency:", "agency: [", ": not YAML: "),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES)
def test_a_mistake_names_line_key_value_and_what_is_allowed(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    assert right in GOOD
    with pytest.raises(FixSettings) as caught:
        _load(tmp_path, GOOD.replace(right, wrong, 1))
    assert said in str(caught.value)
    assert str(tmp_path / "charter.yaml") in str(caught.value)


@pytest.mark.parametrize(
    ("budget", "most"),
    [
        ({"posts": 100}, 100),
        ({"posts": 100, "money": 0.2, "price": 0.005}, 40),
        ({"posts": 30, "money": 0.2, "price": 0.005}, 30),
        ({"posts": 100, "money": 0, "price": 0.005}, 0),
    ],
)
def test_a_budget_ends_at_the_first_of_posts_and_money(budget: dict[str, Any], most: int) -> None:
    assert Budget.model_validate(budget).most == most


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    twice = GOOD.replace("P2W", "long").replace("2027-06-30", "soon")
    with pytest.raises(FixSettings) as caught:
        _load(tmp_path, twice)
    assert len(str(caught.value).splitlines()) == 2


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match=r"nowhere\.yaml: the charter cannot be read"):
        load_charter(tmp_path / "nowhere.yaml")


def test_the_schema_describes_every_section() -> None:
    assert set(charter_schema()["properties"]) == set(Charter.model_fields)
