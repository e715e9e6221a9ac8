"""Posts written so that reading them takes hours: each is read in a moment."""

import time
from datetime import UTC, datetime

import pytest

from contract.post import Post
from pipeline.completing import cleaning_steps
from transforms.fingerprint import fingerprint
from transforms.frame import frame_of
from transforms.intent import classify_intent
from transforms.near_duplicates import sketch
from transforms.reading import read
from transforms.search import fold_words

SECONDS = 1.0
"""Of the processor; the slowest of them takes a fifth."""
LONGEST = 16_384
NOW = datetime(2026, 1, 8, 12, tzinfo=UTC)
LANGUAGES = ("en", "cy", "pl", "de", "uk", "ar")
UNITS = (
    "00 ", "12:", "4111 1111 ", "DE89 ", "1 Street ", "a@", "#a ", "a.", "a-", "http://a.",
    "http://a@", "http://a/?a&", "xn--a.", "[", "[a](", "[quote]", "<", "<a ", "<b>", "<!--",
    "&amp;", "> a\n", "10:05 \n", "wrote: \n", "\n", "\u0301", "\U0001f468\u200d", "Ab ",
)  # fmt: skip


def taken_by(body: str, body_format: str) -> dict[str, float]:
    """Return how long each step takes over a post with this body."""
    batch = frame_of(
        [
            Post(
                source="forum", platform="discourse", native_id="1", observed_at=NOW, kind="post",
                landing="x", title=body[:2_000], body=body, body_format=body_format,
            )
        ]
    )  # fmt: skip
    taken: dict[str, float] = {}
    for name, step in cleaning_steps(LANGUAGES, "GB").items():
        started = time.process_time()
        batch = step(batch)
        taken[name] = time.process_time() - started
    started = time.process_time()
    reading = read(batch)
    for describe in (fold_words, sketch, classify_intent):
        batch = describe(batch, reading=reading)
    fingerprint(batch)
    taken["words"] = time.process_time() - started
    return taken


@pytest.mark.parametrize("body_format", ["text", "html"])
def test_no_post_takes_long(body_format: str) -> None:
    taken_by("once, so that nothing is still to be loaded", body_format)
    slow = {}
    for unit in UNITS:
        # What fits nearly all the way is worst at its end.
        body = (unit * (LONGEST // len(unit) + 1))[: LONGEST - 1] + "!"
        taken = taken_by(body, body_format)
        slow |= {(unit, name): round(s, 1) for name, s in taken.items() if s > SECONDS}
    assert slow == {}
