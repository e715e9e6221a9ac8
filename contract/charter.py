"""The charter: everything an agency decides, in one YAML file that a lawyer can read."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, HttpUrl, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from contract.accounts import ALLOWED, account_of, selected_account
from contract.charter_guests import OptOuts, Sensitive
from contract.charter_outcomes import Alerts, Digest, Publication, Retention
from contract.charter_values import Amount, Cron, Duration, Language, Mail, Name, Strict, Text, Zone
from contract.charter_vocabulary import Ties, Vocabulary
from contract.errors import FixSettings
from contract.places import hosts_of

_Thing = TypeVar("_Thing")


class Agency(Strict):
    """Who listens."""

    name: Text
    contact: Annotated[Mail, Field(description="Goes into every request's User-Agent.")]
    privacy_notice: HttpUrl
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1.")] = "GB"
    languages: Annotated[
        tuple[Language, ...],
        Field(min_length=1, description="Languages people write in here (ISO 639)."),
    ] = ("en",)
    timezone: Zone = "UTC"
    organisations: Annotated[
        dict[Name, tuple[Text, ...]],
        Field(
            description="Accounts of organisations by platform: an id, a name where it is unique "
            "there, or an address. Beside those of select.accounts, no other keeps its name."
        ),
    ] = Field(default={})


class Purpose(Strict):
    """What the agency listens for, and on which basis."""

    title: Text
    legal_basis: Text
    dpia: Annotated[Text, Field(description="Id of the impact assessment.")]
    owner: Text
    expires: Annotated[
        date,
        Field(description="Last day, in the agency's time zone; after it nothing is collected."),
    ]


class Permission(Strict):
    """The word of a community's owner."""

    by: Annotated[Text, Field(description="A role, not a name: it is shown in the register.")]
    on: date
    ref: Text


class Approval(Strict):
    """A platform's approval."""

    by: Text
    on: date
    ref: Text
    expires: Annotated[date, Field(description="Last day, in the agency's time zone.")]
    clause: Text


class Select(Strict):
    """What is read of a community: places in it, tags and words; never a person."""

    categories: Annotated[
        tuple[Text, ...], Field(description="A forum's categories or boards, by slug or id.")
    ] = ()
    communities: Annotated[
        tuple[Text, ...], Field(description="Subreddits, or Flickr groups by id.")
    ] = ()
    tags: tuple[Text, ...] = ()
    query: Annotated[Text, Field(description="In the platform's own syntax.")] | None = None
    feeds: Annotated[
        tuple[Text, ...], Field(description="Feeds of the site, as paths or addresses.")
    ] = ()
    threads: Annotated[
        tuple[Text, ...], Field(description="Conversations or submissions, by id.")
    ] = ()
    lists: Annotated[
        tuple[Text, ...],
        Field(description="Lists of organisations, by id; needs account_kind: organisation."),
    ] = ()
    albums: Annotated[tuple[Text, ...], Field(description="Albums, as account/album id.")] = ()
    machine_tags: tuple[Text, ...] = ()
    box: Annotated[
        tuple[float, float, float, float] | None,
        Field(description="West, south, east, north; degrees WGS 84."),
    ] = None
    accounts: Annotated[
        tuple[Text, ...],
        Field(description="Accounts of organisations; needs account_kind: organisation."),
    ] = ()
    archive: Annotated[
        bool, Field(description="Search the platform's whole archive, where it has one.")
    ] = False


class Expect(Strict):
    """What an ordinary day brings."""

    posts_per_day: tuple[Amount, Amount]


class Budget(Strict):
    """What a source may cost in a calendar month (UTC)."""

    posts: Amount
    money: Annotated[float, Field(ge=0)] | None = None
    price: Annotated[float, Field(gt=0, description="Of one post, in the currency.")] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.")] = "USD"

    @property
    def most(self) -> int:
        """Return how many posts a month may cost, by posts and by money."""
        if self.money is None or self.price is None:
            return self.posts
        # A rounding error is worth less than a post.
        return min(self.posts, int(self.money / self.price + 1e-6))


def _organisation(kind: Any) -> Any:
    if kind not in (None, "organisation"):
        raise PydanticCustomError(
            "account_kind",
            "is no kind of account that is read; allowed is organisation. What a person writes is "
            "not followed from place to place: elected officials and journalists are persons",
        )
    return kind


class Source(Strict):
    """A community that is read."""

    platform: Name
    url: HttpUrl
    purpose: Name
    select: Select = Select()
    schedule: Cron = "@hourly"
    lookback: Annotated[
        Duration, Field(description="How far a first run, and the late-arrival overlap, reach.")
    ] = timedelta(days=2)
    expect: Expect | None = None
    permission: Permission | None = None
    approval: Approval | None = None
    conn_id: Annotated[Text, Field(description="An Airflow connection.")] | None = None
    account_kind: Annotated[Literal["organisation"], BeforeValidator(_organisation)] | None = None
    budget: Budget | None = None
    enabled: bool = True
    private_addresses: Annotated[
        bool, Field(description="The site stands in a private network and may be asked there.")
    ] = False
    expand_short_links: Annotated[
        bool,
        Field(
            description="Ask shorteners (bit.ly, t.co ...) where addresses in its posts lead. The "
            "shortener learns that somebody looked, and the address may be personal."
        ),
    ] = False

    @property
    def private_hosts(self) -> frozenset[str]:
        """Return the hosts that may be asked in a private network: those that are named here."""
        named = (str(self.url), *self.select.feeds) if self.private_addresses else ()
        return hosts_of(named)


class Charter(Strict):
    """The whole charter."""

    agency: Agency
    purposes: Annotated[dict[Name, Purpose], Field(min_length=1)]
    sources: Annotated[dict[Name, Source], Field(min_length=1)]
    opt_outs: OptOuts = OptOuts()
    vocabulary: Vocabulary = Vocabulary()
    ties: Ties = Ties()
    sensitive: Sensitive = Sensitive()
    retention: Retention = Retention()
    publication: Publication = Publication()
    alerts: Alerts = Alerts()
    digests: dict[Name, Digest] = Field(default={})

    def source(self, name: str) -> Source:
        """Return the source of that name, or raise FixSettings listing those there are."""
        return _named(self.sources, name, "source")

    def digest(self, name: str) -> Digest:
        """Return the digest of that name, or raise FixSettings listing those there are."""
        return _named(self.digests, name, "digest")

    def today(self, now: datetime) -> date:
        """Return the agency's day at this time: what expires, expires with it."""
        return now.astimezone(ZoneInfo(self.agency.timezone)).date()

    @property
    def organisations(self) -> frozenset[tuple[str, str]]:
        """Return platform and account of each organisation the charter names: an id, or @name."""
        named = {
            (p, account_of(p, a) or a)
            for p, some in self.agency.organisations.items()
            for a in some
        }
        for source in self.sources.values():
            if source.account_kind == "organisation":
                platform, select = source.platform, source.select
                owners = (album.partition("/")[0] for album in select.albums)
                accounts = (*select.accounts, *owners)
                named.update((platform, selected_account(platform, a)) for a in accounts)
        return frozenset(named)

    @property
    def expanding(self) -> frozenset[str]:
        """Return the sources whose short links are expanded."""
        return frozenset(name for name, s in self.sources.items() if s.expand_short_links)

    @model_validator(mode="after")
    def _platforms_are_those_of_sources(self) -> "Charter":
        platforms = dict.fromkeys(source.platform for source in self.sources.values())
        named = {
            ("agency", "organisations"): self.agency.organisations,
            ("opt_outs", "accounts"): self.opt_outs.accounts,
            ("opt_outs", "communities"): self.opt_outs.communities,
        }
        for at, section in named.items():
            for platform in section:
                if platform not in platforms:
                    allowed = f"is no platform of a source; allowed are {', '.join(platforms)}"
                    raise _misfit((*at, platform), platform, allowed)
        return self

    @model_validator(mode="after")
    def _organisations_are_accounts(self) -> "Charter":
        for platform, accounts in self.agency.organisations.items():
            for written in accounts:
                if not account_of(platform, written):
                    allowed = f"is no account; allowed are {ALLOWED[platform]}"
                    raise _misfit(("agency", "organisations", platform), written, allowed)
        return self

    @model_validator(mode="after")
    def _names_meet(self) -> "Charter":
        for section in ("sources", "digests"):
            for name, item in getattr(self, section).items():
                if item.purpose not in self.purposes:
                    allowed = f"names no purpose; allowed are {', '.join(self.purposes)}"
                    raise _misfit((section, name, "purpose"), item.purpose, allowed)
        return self

    @model_validator(mode="after")
    def _addresses_hold_no_key(self) -> "Charter":
        for name, source in self.sources.items():
            if source.url.username or source.url.password:
                # The address itself is not repeated: it would stand in a log.
                allowed = "allowed is an address without user and password, and conn_id for a key"
                raise _misfit(("sources", name, "url"), f"https://…@{source.url.host}", allowed)
        return self

    @model_validator(mode="after")
    def _money_has_a_price(self) -> "Charter":
        for name, source in self.sources.items():
            if source.budget and source.budget.money is not None and not source.budget.price:
                allowed = "allowed is money beside price, what one post costs"
                raise _misfit(("sources", name, "budget", "money"), source.budget.money, allowed)
        return self


def _misfit(at: tuple[str, ...], found: Any, allowed: str) -> PydanticCustomError:
    return PydanticCustomError(
        "misfit", "{allowed}", {"allowed": allowed, "loc": at, "found": found}
    )


def _named(things: dict[str, _Thing], name: str, kind: str) -> _Thing:
    if name not in things:
        there = ", ".join(things) or "none"
        raise FixSettings(f"{name!r} is no {kind} of the charter; there are {there}")
    return things[name]


def charter_schema() -> dict[str, Any]:
    """Return the JSON Schema of a charter, for editors that complete and check it."""
    schema = TypeAdapter(Charter).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
