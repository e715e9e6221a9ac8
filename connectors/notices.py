"""The sentences that have to stand wherever a platform's data is shown."""

from collections.abc import Collection

from connectors import CONNECTORS


def notices_of(platforms: Collection[str]) -> tuple[str, ...]:
    """Return the notices of those platforms that ask for one, in the catalogue's order."""
    terms = [connector.TERMS for connector in CONNECTORS]
    return tuple(t.notice for t in terms if t.notice and t.platform in platforms)
