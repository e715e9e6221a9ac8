"""The pace holds whatever comes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import NOON, Time

from connectors.pace import LONGEST_HOLD, Pace, moment_said
from contract.errors import RetryLater
from contract.terms import Rate

LIMITS = (Rate(2, 5.0), Rate(5, 30.0))


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(0, 20)), max_size=40))
def test_no_window_holds_more_than_allowed(asked: list[tuple[str, float]]) -> None:
    time = Time()
    pace = Pace(LIMITS, time.clock, time.sleep)
    left = []
    for host, pause in asked:
        time.now += timedelta(seconds=pause)
        pace.wait(host)
        left.append((host, time.now))
    for rate in LIMITS:
        for host, at in left:
            since = at - timedelta(seconds=rate.seconds)
            assert sum(h == host and since < t <= at for h, t in left) <= rate.requests


def test_hosts_do_not_wait_for_each_other() -> None:
    time = Time()
    pace = Pace((Rate(1, 50.0),), time.clock, time.sleep)
    for host in "abc":
        pace.wait(host)
    assert time.slept == []
    pace.wait("a")
    assert time.slept == [50.0]


def test_no_header_keeps_a_source_away_for_ever() -> None:
    time = Time()
    pace = Pace((), time.clock, time.sleep)
    pace.heed("a", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"})
    with pytest.raises(RetryLater) as caught:
        pace.wait("a")
    assert caught.value.at == NOON + LONGEST_HOLD


def test_a_remaining_request_may_leave() -> None:
    time = Time()
    pace = Pace((), time.clock, time.sleep)
    pace.heed("a", {"ratelimit-remaining": "1", "ratelimit-reset": "50"})
    pace.wait("a")
    assert time.slept == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5), ("0", 0), (" 7.5 ", 7.5), (str(int(NOON.timestamp()) + 9), 9),
        ("Thu, 08 Jan 2026 12:00:05 GMT", 5), ("2026-01-08T12:00:05.5+00:00", 5.5),
        ("2026-01-08T12:00:05", 5), ("9999999", LONGEST_HOLD.total_seconds()),
        ("-3", None), ("soon", None), ("", None), ("nan", None), ("inf", None),
        ("Thu, 99 Jan 2026 12:00:05 GMT", None),
    ],
)  # fmt: skip
def test_what_a_header_means(value: str, seconds: float | None) -> None:
    expected = None if seconds is None else NOON + timedelta(seconds=seconds)
    assert moment_said(value, NOON) == expected
