"""X: whether it takes the key, asked for what it counts against it."""

from typing import Any

from connectors.answers import Probed
from connectors.decoding import decoded
from connectors.http import Client
from connectors.parts.x.asking import NOTHING, asked, talk_to
from connectors.parts.x.fields import first_of
from contract.charter import Source
from contract.errors import StopSource

_FIELDS = {"usage.fields": "cap_reset_day,project_cap,project_usage"}


def probe(client: Client, name: str, source: Source) -> Probed:
    """Return how many posts X counts against the key: that costs nothing and is not counted.

    https://docs.x.com/x-api/usage/introduction
    """
    answer = asked(
        talk_to(client, source),
        NOTHING,
        lambda api: api.request("GET", "/2/usage/tweets", params=_FIELDS),
    )
    if answer.status != 200:
        raise StopSource(
            f"sources.{name}.url: X's API does not stand there (answered {answer.status}); "
            "write https://api.x.com"
        )
    usage = first_of(decoded(answer.body), "data")
    counted, cap = _number(usage, "project_usage"), _number(usage, "project_cap")
    if counted is None or cap is None:
        return Probed(answer, "X takes the key")
    day = _number(usage, "cap_reset_day")
    since = f" since day {day} of the month" if day else ""
    return Probed(answer, f"X takes the key, and counts {counted:,} of {cap:,} posts{since}")


def _number(usage: Any, field: str) -> int | None:
    """Return a number, which X writes as one or as text."""
    said = str(usage.get(field)) if isinstance(usage, dict) else ""
    return int(said) if said.isdecimal() and len(said) < 19 else None
