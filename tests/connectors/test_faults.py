"""Every connector, whatever goes wrong: the same posts in the end, or an end that says so."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from faults import FAULTS, ODDITIES, lasting_fault, no_faults, passing_faults
from front import REFUSED, WAITING, Front, Visitor, before, digest, posts_of, unchanged
from loopback import Time
from reads import READS, Read
from runs import state_after

from connectors import connector_of
from connectors.ends import LEFT_OUT
from contract.charter import Source
from contract.page import Window
from samples.server import serve
from samples.town import Town, build_town

TODAY = date(2026, 11, 22)
UNTIL = datetime.combine(TODAY, time(), UTC)
MOST_RUNS = 8


@contextmanager
def fronted(town: Town) -> Iterator[Front]:
    """Run a town and what stands before it, which live in the same time."""
    time = Time(UNTIL)
    town.x.clock = time.clock
    with serve(town, per_ten_seconds=10**6) as address, before(address, time) as found:
        yield found


VANISHING = {name: read for name, read in READS.items() if read.vanish}
each_read = pytest.mark.parametrize("read", READS.values(), ids=list(READS))


@pytest.fixture(scope="module")
def lasting_front() -> Iterator[Front]:
    with fronted(build_town(TODAY)) as found:
        yield found


@pytest.fixture(scope="module")
def normals() -> dict[str, "Normal"]:
    """What each read gives without any fault, once it is known."""
    return {}


@pytest.fixture
def front(lasting_front: Front) -> Front:
    reset(lasting_front)
    return lasting_front


def visitor(front: Front, read: Read, folder: Path) -> Visitor:
    front.sizes = read.sizes
    source = Source.model_validate(
        {
            "platform": read.platform,
            "url": f"{front.base}{read.prefix}",
            "purpose": "test",
            "select": read.select,
            "account_kind": "organisation",
        }
    )
    window = Window(UNTIL - timedelta(days=read.days), UNTIL)
    return Visitor(source, window, front.time, folder, read.credentials)


class Normal(NamedTuple):
    """A run without any fault: what it read and what it asked for."""

    posts: dict[str, tuple[Any, ...]]
    targets: list[str]


def reset(front: Front) -> None:
    front.plan, front.change, front.sizes = no_faults, unchanged, ""
    front.time.now = UNTIL + timedelta(minutes=1)
    front.asked.clear()


def undisturbed(front: Front, read: Read, folder: Path) -> Normal:
    """Return the run without any fault, and forget that it was."""
    reset(front)
    run = visitor(front, read, folder / "undisturbed").run(None)
    targets = {target for _, target in front.asked if target != "/robots.txt"}
    reset(front)
    return Normal(posts_of(run.pages), sorted(targets))


@pytest.fixture
def normal(lasting_front: Front, read: Read, normals: dict[str, Normal], tmp_path: Path) -> Normal:
    name = str(read)
    if name not in normals:
        normals[name] = undisturbed(lasting_front, read, tmp_path)
        assert len(normals[name].posts) > 20
        assert len(normals[name].targets) > 3
    return normals[name]


def until_all_is_read(
    front: Front, who: Visitor, dice: Random, looks: int
) -> dict[str, tuple[Any, ...]]:
    """Return the posts of as many runs as it takes; each asks for nothing it has.

    But it may look again, so many times, whether a page it has is as it was.
    """
    state, posts = None, {}
    for _ in range(MOST_RUNS):
        front.right.clear()
        run = who.run(state, dice)
        sent = Counter(front.right)
        landed = Counter(digest(page.body) for page in run.pages if page.status == 200)
        assert all(0 <= sent[body] - number <= looks for body, number in landed.items())
        posts |= posts_of(run.pages)
        if run.because != LEFT_OUT:
            assert run.because not in (WAITING, REFUSED)
            return posts
        state = state_after(run.pages) if run.pages else state
    raise AssertionError("something is left out for ever")


def is_polite(front: Front, platform: str) -> bool:
    moments = [at for at, _ in front.asked]
    return all(
        (later - earlier).total_seconds() >= rate.seconds - 0.001
        for rate in connector_of(platform).TERMS.limits
        for earlier, later in zip(moments, moments[rate.requests :], strict=False)
    )


@each_read
@pytest.mark.parametrize("seed", range(3))
def test_faults_that_pass_cost_no_post(
    front: Front, normal: Normal, read: Read, seed: int, tmp_path: Path
) -> None:
    front.plan = passing_faults(seed, read.undetectable)
    posts = until_all_is_read(front, visitor(front, read, tmp_path), Random(seed), read.looks)
    assert posts == normal.posts
    assert is_polite(front, read.platform)


@each_read
def test_what_is_odd_and_right_changes_nothing(
    front: Front, normal: Normal, read: Read, tmp_path: Path
) -> None:
    dice = Random(str(read.select))
    front.plan, front.change = (lambda _: dice.choice(list(ODDITIES))), read.change or unchanged
    posts = until_all_is_read(front, visitor(front, read, tmp_path), dice, read.looks)
    # In disorder, more may be read than was asked for.
    assert {key: posts.get(key) for key in normal.posts} == normal.posts
    assert is_polite(front, read.platform)


@each_read
@pytest.mark.parametrize("seed", range(2))
def test_a_fault_that_lasts_ends_the_run_and_is_told(
    front: Front, normal: Normal, read: Read, seed: int, tmp_path: Path
) -> None:
    dice = Random(f"{seed} {read.platform} {read.select}")
    target = dice.choice(normal.targets)
    fault = dice.choice(sorted(FAULTS.keys() - read.undetectable))
    front.plan = lasting_fault(target, fault)
    run = replace(visitor(front, read, tmp_path), late=timedelta(hours=1)).run(None, dice)
    missing = normal.posts.keys() - posts_of(run.pages).keys()
    assert not missing or run.because in (LEFT_OUT, WAITING, REFUSED), (target, fault)
    assert len(front.asked) < 20 * len(normal.targets) + 200
    assert is_polite(front, read.platform)


@pytest.mark.parametrize("read", VANISHING.values(), ids=list(VANISHING))
def test_what_vanishes_meanwhile_takes_nothing_else_along(read: Read, tmp_path: Path) -> None:
    town = build_town(TODAY)
    with fronted(town) as front:
        normal, dice = undisturbed(front, read, tmp_path), Random(str(read.select))
        calls = iter(range(10**6))

        def plan(_: str) -> None:
            if read.vanish and next(calls) % 3 == 2:
                read.vanish(town, dice, sorted(normal.posts))

        front.plan = plan
        run = visitor(front, read, tmp_path).run(None)
        after = undisturbed(front, read, tmp_path / "after").posts
        left = {key for key, post in after.items() if not post[-1]}
        assert normal.posts.keys() - left
        # A page may hold more than the window.
        assert normal.posts.keys() & left <= posts_of(run.pages).keys()
