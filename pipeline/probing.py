"""Probing: asks a platform or community whether it answers, and takes the credentials held.

A probe is the cheapest question there is: it costs nothing, brings no posts that count against a
budget, and has the manners of every other request.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors import connector_of
from connectors.answers import Probed
from connectors.http import Client
from contract.charter import Charter
from contract.credentials import Credentials
from contract.errors import FixSettings, GoodguestError, OutOfBudget, RetryLater, StopSource
from contract.mending import mended_first
from pipeline.credentials import picked
from pipeline.permission import may_listen
from pipeline.settings import Settings
from pipeline.sharing import shared_pace
from warehouse.store import opened

PATIENCE = 20.0
"""Seconds after which a probe neither waits nor tries again; an answer may take as long."""


class _Nothing:
    """A budget of nothing: whatever costs is not asked."""

    def left(self, posts: int = 1, worth: int | None = None) -> int:
        return 0

    def reserve(self, posts: int, worth: int | None = None) -> None:
        raise OutOfBudget("it cannot be tested without spending; the next run will tell")

    def settle(self, posts: int, worth: int | None = None) -> None:
        raise ValueError("nothing was spent")


def probe_source(
    given: Settings, engine: Engine, charter: Charter, name: str, credentials: Credentials
) -> Probed:
    """Return what came of a probe of the source; what may not be read is not asked.

    The store keeps the pace of requests. Raises as may_listen and the platform's connector do,
    RetryLater when it would take too long.
    """
    may_listen(charter, name, datetime.now(UTC))
    source = charter.source(name)
    connector = connector_of(source.platform)
    with (
        mended_first(given.data),
        Client(
            agency=charter.agency.name,
            contact=charter.agency.contact,
            limits=connector.TERMS.limits,
            credentials=credentials,
            budget=_Nothing(),
            obey_robots=not connector.TERMS.credentials,
            pace=shared_pace(given, engine),
            private_hosts=source.private_hosts,
            deadline=timedelta(seconds=PATIENCE),
            sleep=_patient(),
        ) as client,
    ):
        return connector.probe(client, name, source)


def said_to(given: Settings, platform: str, conn_id: str, held: Mapping[str, str]) -> str:
    """Return what the platform says to what a scheduler's connection holds.

    Raises GoodguestError, with what to do, where it does not take it or may not be asked.
    """
    charter, terms = given.load_charter(), connector_of(platform).TERMS
    name = _source_for(charter, platform, conn_id)
    try:
        with opened(given.warehouse) as engine:
            said = probe_source(given, engine, charter, name, picked(name, terms, held)).said
    except SQLAlchemyError as error:
        # The driver's own words can repeat the address with its password.
        kind = type(error).__name__
        raise StopSource(f"not tested: the warehouse does not answer ({kind})") from None
    return f"{said} (asked for the source {name})"


def _source_for(charter: Charter, platform: str, conn_id: str) -> str:
    """Return a source that may be read and names the connection, else any of the platform.

    Raises what keeps the last of them from being read, FixSettings when there is none.
    """
    sources = {n: s for n, s in charter.sources.items() if s.platform == platform and s.enabled}
    names = [name for name, source in sources.items() if source.conn_id == conn_id]
    refusal: GoodguestError = FixSettings(
        f"no source of the charter is read from {connector_of(platform).TERMS.title}: add one, and "
        "name the connection as its conn_id"
    )
    for name in names or sources:
        try:
            may_listen(charter, name, datetime.now(UTC))
        except GoodguestError as error:
            refusal = error
        else:
            return name
    raise refusal


def _patient() -> Callable[[float], None]:
    """Return what sleeps so many seconds, and raises RetryLater when that is longer than it has."""
    ends = monotonic() + PATIENCE

    def wait(seconds: float) -> None:
        if monotonic() + seconds > ends:
            at = datetime.now(UTC) + timedelta(seconds=seconds)
            raise RetryLater(f"it would take more than {PATIENCE:.0f} seconds", at)
        sleep(seconds)

    return wait
