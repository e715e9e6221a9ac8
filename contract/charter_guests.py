"""The part of the charter that says whom to leave alone, and what is only ever counted."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from contract.charter_values import Name, Strict, Text
from contract.places import is_within

_TAG = re.compile(r"\w{2,100}")
_HASH = re.compile(r"[0-9a-f]{8}-[0-9a-f]{32}")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?")
_PATH = re.compile(r"(?:/[^\s?#]*)?")


def _tag(value: str) -> str:
    tag = value.removeprefix("#").casefold()
    if not _TAG.fullmatch(tag):
        raise PydanticCustomError(
            "tag", "is no tag; allowed is one word of letters, digits and _ (nobot)"
        )
    return tag


def _hash(value: str) -> str:
    if not _HASH.fullmatch(value):
        raise PydanticCustomError(
            "account_hash",
            "is no keyed hash; allowed is what this prints: goodguest opt-out --platform PLATFORM "
            "--account ACCOUNT. A name must not stand here",
            {"found": "…"},  # what stands here may be a name
        )
    return value


def _domain(value: str) -> str:
    domain = value.lower()
    if not _DOMAIN.fullmatch(domain):
        raise PydanticCustomError(
            "domain", "is no domain; allowed is one without scheme, port and path (social.example)"
        )
    return domain


def _site(value: str) -> str:
    domain, slash, path = value.partition("/")
    if not _DOMAIN.fullmatch(domain.lower()) or not _PATH.fullmatch(slash + path):
        raise PydanticCustomError(
            "site",
            "is no site; allowed is a domain, with the begin of a path or without, and no scheme, "
            "port or query (blog.example, town.example/forum)",
        )
    return domain.lower() + (slash + path).rstrip("/")


class OptOuts(Strict):
    """Who asked not to be read: known before anything is stored, whatever the source."""

    tags: Annotated[
        tuple[Annotated[Text, AfterValidator(_tag)], ...],
        Field(description="Who writes one of them, in a post or of themselves, is not read."),
    ] = ("nobot",)
    accounts: Annotated[
        dict[Name, tuple[Annotated[Text, AfterValidator(_hash)], ...]],
        Field(description="By platform, keyed hashes as `goodguest opt-out` prints them."),
    ] = Field(default={})
    communities: Annotated[
        dict[Name, tuple[Text, ...]],
        Field(description="By platform, by id, name or address, as the platform shows them."),
    ] = Field(default={})
    instances: Annotated[
        tuple[Annotated[Text, AfterValidator(_domain)], ...],
        Field(description="Servers of the fediverse, by domain; those below it are meant too."),
    ] = ()
    sites: Annotated[
        tuple[Annotated[Text, AfterValidator(_site)], ...],
        Field(description="Sites by domain, or by domain and begin of the path."),
    ] = ()

    def place_of(self, url: str) -> str | None:
        """Return which of the instances and sites the address is of, as the charter writes it."""
        return next((p for p in (*self.instances, *self.sites) if is_within(p, url)), None)


class Sensitive(Strict):
    """Topics of protected speech: counted, never quoted, and no single post of them is shown."""

    topics: Annotated[
        tuple[Text, ...],
        Field(description="These topics and what is narrower: URIs or preferred labels."),
    ] = ()
    min_authors: Annotated[
        int, Field(ge=2, description="Fewest different authors behind a number on one of them.")
    ] = 30
