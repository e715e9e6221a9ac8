"""The charter: what loads, and what each mistake is answered with."""

from datetime import date, timedelta
from itertools import pairwise
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
    (
        "[policy@town.example]",
        "[a@town.example, b@town.example, A@town.example]",
        "are of one address at the places 1, 3",
    ),
    ("lookback: P2W", "lookback: 2 weeks", ":12: sources.forum.lookback: found '2 weeks'"),
    ("lookback: P2W", "lookback: 2 weeks", "allowed are P30D, P2W, P5Y or PT6H"),
    ("lookback: P2W", "schedule: often", "allowed are five cron fields"),
    ("lookback: P2W", "schedule: 0 0 * * * *", "allowed are five cron fields"),
    ("lookback: P2W", "schedule: 0 0 30 2 *", "is a schedule that never comes"),
    ("purpose: roads\n", "purpose: parks\n", "sources.forum.purpose: found 'parks'"),
    ("purpose: roads\n", "purpose: parks\n", "allowed are roads"),
    ("expires: 2027-06-30", "expires: soon", "purposes.roads.expires: found 'soon'"),
    ("dpia: D-1, ", "", ":6: purposes.roads.dpia: is missing"),
    ("lookback: P2W", "account_kind: mayor", ":12: sources.forum.account_kind: found 'mayor'"),
    ("lookback: P2W", "account_kind: mayor", "allowed is organisation"),
    ("lookback: P2W", "budget: {posts: 9, money: 5}", ":12: sources.forum.budget.money: found 5"),
    ("lookback: P2W", "budget: {posts: 9, money: 5}", "money beside price"),
    ("https://forum.ex", "https://us:hush@forum.ex", ":10: sources.forum.url: found 'https://…@"),
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


def test_the_organisations_it_names(tmp_path: Path) -> None:
    named = "  organisations: {discourse: [https://forum.example/u/council]}\npurposes:"
    accounts = (
        "lookback: P2W\n    account_kind: organisation\n    select: {accounts: [a], albums: [b/1]}"
    )
    text = GOOD.replace("purposes:", named, 1).replace("lookback: P2W", accounts)
    assert _load(tmp_path, text).organisations == {
        ("discourse", "https://forum.example/u/council"),
        ("discourse", "a"),
        ("discourse", "b"),
    }
    assert _load(tmp_path, GOOD).organisations == frozenset()


def test_an_organisation_of_a_platform_nobody_reads_is_a_mistake(tmp_path: Path) -> None:
    text = GOOD.replace("purposes:", "  organisations: {twitter: [a]}\npurposes:", 1)
    with pytest.raises(FixSettings, match=r"agency\.organisations\.twitter.*allowed are discourse"):
        _load(tmp_path, text)


@pytest.mark.parametrize(
    ("platform", "written", "account"),
    [
        ("x", "12345", "12345"),
        ("x", "@12345", "@12345"),
        ("x", "TownCouncil", "@TownCouncil"),
        ("x", "https://x.com/TownCouncil", "@TownCouncil"),
        ("x", "https://twitter.com/12345/", "@12345"),
        ("reddit", "t2_abc", "t2_abc"),
        ("reddit", "u/TownCouncil", "@TownCouncil"),
        ("reddit", "https://www.reddit.com/user/TownCouncil/", "@TownCouncil"),
        ("mastodon", "@TownCouncil@social.example", "TownCouncil@social.example"),
        ("mastodon", "TownCouncil@social.example:3000", "TownCouncil@social.example:3000"),
        ("bluesky", "did:plc:abc", "did:plc:abc"),
        ("bluesky", "https://bsky.app/profile/did:plc:abc", "did:plc:abc"),
        ("bluesky", "@town.example.gov", "@town.example.gov"),
        ("bluesky", "https://bsky.app/profile/town.example.gov/", "@town.example.gov"),
        ("flickr", "12345678@N01", "12345678@N01"),
        ("flickr", "https://www.flickr.com/people/12345678@N01/", "12345678@N01"),
        ("flickr", "https://www.flickr.com/photos/towncouncil", "@towncouncil"),
    ],
)
def test_an_account_is_its_id_or_its_name(
    tmp_path: Path, platform: str, written: str, account: str
) -> None:
    named = f"  organisations: {{{platform}: ['{written}']}}\npurposes:"
    text = GOOD.replace("purposes:", named, 1).replace("discourse", platform)
    assert _load(tmp_path, text).organisations == {(platform, account)}


@pytest.mark.parametrize(
    ("platform", "written", "allowed"),
    [
        ("x", "https://x.com/TownCouncil/status/1", r"\(@TownCouncil\)"),
        ("x", "https://town.example/TownCouncil", r"\(12345\)"),
        ("reddit", "r/TownCouncil", r"\(u/TownCouncil\)"),
        ("flickr", "Town Council", r"\(towncouncil\)"),
        ("mastodon", "TownCouncil", r"\(@TownCouncil@social\.example\)"),
        ("bluesky", "TownCouncil", r"\(@town\.example\.gov\)"),
    ],
)
def test_what_would_name_nobody_is_a_mistake(
    tmp_path: Path, platform: str, written: str, allowed: str
) -> None:
    named = f"  organisations: {{{platform}: ['{written}']}}\npurposes:"
    text = GOOD.replace("purposes:", named, 1).replace("discourse", platform)
    with pytest.raises(
        FixSettings, match=rf"organisations\.{platform}: found .*allowed.*{allowed}"
    ):
        _load(tmp_path, text)


def test_an_account_that_x_is_asked_for_is_a_name(tmp_path: Path) -> None:
    accounts = "lookback: P2W\n    account_kind: organisation\n    select: {accounts: ['12345']}"
    text = GOOD.replace("lookback: P2W", accounts).replace("discourse", "x")
    assert _load(tmp_path, text).organisations == {("x", "@12345")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &a [x, x]\n" + "".join(f"{k}: &{k} [{', '.join([f'*{j}'] * 9)}]\n" for j, k in
         pairwise("abcdefghijk")), ":7: the charter has more than 250,000 values by here"),
        ("a: " + "[" * 100_000, ":1: more than 50 values stand in one another"),
        ("a: &a [*a]", ":1: *a stands for what does not end before it"),
        ("a: " + "x" * 8_000_000, "the charter is larger than 8,000,000 bytes"),
        ("a: " + "9" * 5000, "not YAML: "),
        ("a: 2026-13-45", "not YAML: month must be in 1..12"),
        ("", ":1: holds no charter; allowed are the sections agency, purposes, sources"),
    ],
)  # fmt: skip
def test_a_file_that_is_too_much_is_no_charter(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "charter.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(FixSettings) as caught:
        load_charter(file)
    assert said in str(caught.value)
