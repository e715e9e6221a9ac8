"""One file a platform: its terms, what to ask it for, and how to read what it sends."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from connectors import bluesky, discourse, feed, flickr, mastodon, phpbb, reddit, wordpress, x
from connectors.answers import Probed
from connectors.http import Client
from contract.charter import Source
from contract.errors import FixSettings
from contract.page import Page, Pages, Recheck, Window
from contract.post import Outcome
from contract.terms import Terms


class Connector(Protocol):
    """What every platform's module offers."""

    @property
    def TERMS(self) -> Terms:  # noqa: N802  # a constant of the module
        """What the platform allows and asks."""

    def fetch(
        self,
        client: Client,
        name: str,
        source: Source,
        window: Window,
        cursor: dict[str, Any] | None,
        /,
    ) -> Pages:
        """Yield raw pages; the next is asked for only when the last is landed.

        `cursor` is that of the last landed page: with a key `run` the run goes on where it stood,
        without it begins anew.
        """

    def parse(self, page: Page, /) -> Iterator[Outcome]:
        """Yield what became of each record of the page: a post, a rejection or a named rule."""

    def recheck(
        self, client: Client, source: Source, posts: Sequence[tuple[str, str | None]], /
    ) -> Iterator[tuple[str, Recheck]]:
        """Yield a verdict for those posts, native id and address, of which it is known."""

    def probe(self, client: Client, name: str, source: Source, /) -> Probed:
        """Return what came of the cheapest request that proves address and credentials.

        It brings no posts that cost or count. Raises as the client does, with what to do.
        """

    def is_page(self, body: bytes, /) -> bool:
        """Return whether the content looks like something the platform sends."""

    def unknown_fields(self, page: Page, /) -> set[str]:
        """Return the paths of the page's fields that are neither used nor left aside on purpose."""


CONNECTORS: tuple[Connector, ...] = (
    bluesky, discourse, feed, flickr, mastodon, phpbb, reddit, wordpress, x,
)  # fmt: skip


def connector_of(platform: str) -> Connector:
    """Return the connector of a platform; raises FixSettings with the ones there are."""
    by_name = {connector.TERMS.platform: connector for connector in CONNECTORS}
    if platform not in by_name:
        raise FixSettings(f"platform: found {platform!r}; allowed are {', '.join(sorted(by_name))}")
    return by_name[platform]
