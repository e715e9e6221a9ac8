"""The pace holds whatever comes."""

import subprocess
import sys
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import NOON, Time

from connectors.pace import LONGEST_HOLD, Pace, in_files, moment_said
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


def test_what_shares_a_folder_and_credentials_shares_the_pace(tmp_path: Path) -> None:
    time = Time()

    def pace(credentials: str, folder: Path | None = tmp_path) -> Pace:
        kept = in_files(folder) if folder else None
        return Pace((Rate(2, 10.0),), time.clock, time.sleep, kept, credentials)

    mine, yours, others = pace("a"), pace("a"), pace("b")
    for each in (mine, yours, others, others, pace("a", None)):
        each.wait("api.example")
    assert time.slept == []
    yours.hold("api.example", NOON + timedelta(seconds=30))
    mine.wait("api.example")
    assert time.slept == [30.0]
    assert mine.seconds_limited == 30.0


def test_processes_keep_the_limit_together(tmp_path: Path) -> None:
    """In real time: four of them, eight requests, three a second and a half at most."""
    asks = (
        "import sys, time; from datetime import UTC, datetime; from pathlib import Path\n"
        "from connectors.pace import Pace, in_files; from contract.terms import Rate\n"
        "kept = in_files(Path(sys.argv[1]))\n"
        "pace = Pace((Rate(3, 1.5),), lambda: datetime.now(UTC), time.sleep, kept)\n"
        "for _ in range(2): pace.wait('api.example'); print(time.time(), flush=True)\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", asks, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    left = sorted(float(line) for each in running for line in each.communicate()[0].split())
    assert len(left) == 8
    # A process may be slow to print that it was let go.
    assert all(later - earlier > 1.3 for earlier, later in zip(left, left[3:], strict=False))


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"sent": [1e300, 9e11], "not_before": 9e11}', b'{"sent": ["x"]}']
)
def test_a_damaged_or_impossible_past_is_forgotten(tmp_path: Path, content: bytes) -> None:
    time = Time()
    pace = Pace((Rate(1, 10.0),), time.clock, time.sleep, in_files(tmp_path))
    pace.wait("api.example")
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(content)
    pace.wait("api.example")
    assert time.slept == []


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_wrong_clock_of_theirs_does_not_matter(hours: int) -> None:
    theirs = NOON + timedelta(hours=hours)
    headers = {"date": format_datetime(theirs, usegmt=True)}
    for said in (
        str(int(theirs.timestamp()) + 40),
        format_datetime(theirs + timedelta(seconds=40), usegmt=True),
        (theirs + timedelta(seconds=40)).isoformat(),
    ):
        assert moment_said(said, NOON, headers) == NOON + timedelta(seconds=40)
    assert moment_said("40", NOON, headers) == NOON + timedelta(seconds=40)
    assert moment_said("9999-12-31T23:59:59Z", NOON, headers) == NOON + LONGEST_HOLD
