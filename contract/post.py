"""The post: what `parse` returns, what transforms complete and what the warehouse keeps.

A column is declared once, here: its name and type are the field's, its meaning and privacy class
stand beside it. DDL, load checks, the data dictionary and what may be published follow from this
(see `contract.columns`).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

from contract.page import EARLIEST, LATEST


class Privacy(StrEnum):
    """Who may see a column."""

    OPEN = "open"
    """May be published once the cell is large enough."""
    INTERNAL = "internal"
    """For the agency's analysts."""
    PERSONAL = "personal"
    """Could lead to a person: analysts with a reason, never published, purged by retention."""
    TRANSIENT = "transient"
    """Lives in a batch only; never written to the warehouse."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column says, in one sentence, who may see it, and which values it may have.

    `least` and `most` are themselves allowed; a whole value matches `pattern`.
    """

    text: str
    privacy: Privacy
    is_list: bool = False
    """A list is written to a table of its own, one row an element."""
    is_needed: bool = False
    """A row to be loaded has it, and it is not empty; what `parse` returns need not."""
    least: float | datetime | None = None
    most: float | datetime | None = None
    pattern: str | None = None


class Tag(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A tag on a post and who put it there; `normalised` is filled by `transforms.tags`."""

    tag: str
    normalised: str = ""
    added_by: Literal["author", "community"] = "author"


class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An address in a post; `canonical_url` and `domain` are filled by `transforms.links`."""

    url: str
    canonical_url: str = ""
    domain: str = ""


class Media(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A picture, film or sound of a post: where it stands, never the file itself.

    `alt_text` is the author's own description, `licence` an address of its terms or the platform's
    own words.
    """

    url: str
    kind: Literal["image", "video", "audio", "other"] = "image"
    alt_text: str | None = None
    licence: str | None = None


AuthorKind = Literal["person", "organisation", "bot", "unknown"]
PostKind = Literal["post", "comment", "reply", "photo", "review", "article"]
Intent = Literal["question", "praise"]
BodyFormat = Literal["html", "text"]

_OPEN, _INTERNAL = Privacy.OPEN, Privacy.INTERNAL
_PERSONAL, _TRANSIENT = Privacy.PERSONAL, Privacy.TRANSIENT
_KEY = "[0-9a-f]{32}"  # as contract.keys makes them
_OWN_KEY: dict[str, Any] = {"is_needed": True, "pattern": _KEY}
_WHEN: dict[str, Any] = {"least": EARLIEST, "most": LATEST}


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One post, comment, reply, photo, review or article.

    `parse` sets what the platform says; the fields of the last group are completed by the
    transforms. Times are aware and UTC. `None` means that the source does not say.
    """

    platform: Annotated[str, Meaning("Platform the post was read from.", _OPEN, is_needed=True)]
    native_id: Annotated[
        str, Meaning("The platform's own id, unique within it.", _PERSONAL, is_needed=True)
    ]
    kind: Annotated[PostKind, Meaning("What it is on its platform.", _OPEN)]
    url: Annotated[str | None, Meaning("Where a person can read it.", _PERSONAL)] = None

    community_id: Annotated[
        str | None, Meaning("The platform's id of the community it stands in.", _TRANSIENT)
    ] = None
    community_name: Annotated[str | None, Meaning("Name of that community.", _TRANSIENT)] = None
    community_url: Annotated[str | None, Meaning("Address of that community.", _TRANSIENT)] = None

    author_id: Annotated[str | None, Meaning("The author's account.", _TRANSIENT)] = None
    author_handle: Annotated[
        str | None, Meaning("What that account is called, where its id is another.", _TRANSIENT)
    ] = None
    author_name: Annotated[str | None, Meaning("The author's shown name.", _TRANSIENT)] = None
    author_kind: Annotated[AuthorKind, Meaning("What the author is.", _TRANSIENT)] = "unknown"

    parent_id: Annotated[
        str | None, Meaning("Native id of the post this one answers.", _TRANSIENT)
    ] = None
    root_id: Annotated[
        str | None, Meaning("Native id of the post that began the thread.", _TRANSIENT)
    ] = None

    author_note: Annotated[
        str | None, Meaning("What the author says of the account, to find opt-outs in.", _TRANSIENT)
    ] = None
    opt_out: Annotated[
        str | None,
        Meaning("The signal by which its author or site asks not to be read.", _TRANSIENT),
    ] = None

    title: Annotated[str | None, Meaning("Its title, or its thread's; redacted.", _PERSONAL)] = None
    body: Annotated[str, Meaning("Its body as received.", _TRANSIENT)] = ""
    body_format: Annotated[BodyFormat, Meaning("How the body is written.", _TRANSIENT)] = "text"
    lang_declared: Annotated[
        str | None, Meaning("Language the platform states (BCP 47).", _TRANSIENT)
    ] = None

    created_at: Annotated[
        datetime | None, Meaning("When it was published, as the platform says.", _INTERNAL, **_WHEN)
    ] = None
    edited_at: Annotated[
        datetime | None, Meaning("When it was last edited.", _INTERNAL, **_WHEN)
    ] = None
    removed_at: Annotated[
        datetime | None, Meaning("When its removal upstream was seen.", _INTERNAL, **_WHEN)
    ] = None
    removal_reason: Annotated[str | None, Meaning("Why it was removed, if known.", _INTERNAL)] = (
        None
    )

    place: Annotated[str | None, Meaning("Place the author attached.", _PERSONAL)] = None
    latitude: Annotated[
        float | None,
        Meaning("Latitude the author attached, degrees WGS 84.", _PERSONAL, least=-90, most=90),
    ] = None
    longitude: Annotated[
        float | None,
        Meaning("Longitude the author attached, degrees WGS 84.", _PERSONAL, least=-180, most=180),
    ] = None

    likes: Annotated[int | None, Meaning("Likes when observed.", _TRANSIENT)] = None
    replies: Annotated[int | None, Meaning("Direct replies when observed.", _TRANSIENT)] = None
    shares: Annotated[int | None, Meaning("Shares when observed.", _TRANSIENT)] = None
    views: Annotated[int | None, Meaning("Views when observed.", _TRANSIENT)] = None

    rating: Annotated[
        float | None, Meaning("Stars its author gives.", _INTERNAL, least=0, most=100)
    ] = None
    best_rating: Annotated[
        float | None, Meaning("The most stars there are to give.", _INTERNAL, least=1, most=100)
    ] = None

    tags: Annotated[tuple[Tag, ...], Meaning("Tags on it.", _INTERNAL, is_list=True)] = ()
    links: Annotated[tuple[Link, ...], Meaning("Addresses in it.", _INTERNAL, is_list=True)] = ()

    media: Annotated[
        tuple[Media, ...], Meaning("Pictures and films on it.", _INTERNAL, is_list=True)
    ] = ()

    post_key: Annotated[
        str, Meaning("Key derived from platform and native id alone.", _INTERNAL, **_OWN_KEY)
    ] = ""
    source: Annotated[
        str, Meaning("Source of the charter it was first read through.", _OPEN, is_needed=True)
    ] = ""
    community_key: Annotated[str | None, Meaning("Its community.", _OPEN, pattern=_KEY)] = None
    author_key: Annotated[
        str | None, Meaning("Keyed pseudonym of the author.", _PERSONAL, pattern=_KEY)
    ] = None
    parent_key: Annotated[
        str | None, Meaning("The post this one answers.", _INTERNAL, pattern=_KEY)
    ] = None
    root_key: Annotated[
        str | None, Meaning("The post that began the thread.", _INTERNAL, pattern=_KEY)
    ] = None
    text: Annotated[
        str,
        Meaning("Its author's own words: plain text, no quotes of others, redacted.", _PERSONAL),
    ] = ""
    references: Annotated[
        tuple[str, ...],
        Meaning("Addresses its author's own markup leads to.", _TRANSIENT, is_list=True),
    ] = ()
    intent: Annotated[
        Intent | None, Meaning("What its author does with it; null when undetermined.", _OPEN)
    ] = None
    redactions: Annotated[
        int, Meaning("How many mails, phones and the like were replaced in it.", _INTERNAL, least=0)
    ] = 0
    lang: Annotated[
        str | None, Meaning("Language identified (BCP 47); null when undetermined.", _OPEN)
    ] = None
    lang_score: Annotated[
        float | None, Meaning("Probability of that language.", _INTERNAL, least=0, most=1)
    ] = None
    content_hash: Annotated[
        str,
        Meaning(
            "Digest of what the post says, to find changes and exact copies.", _INTERNAL, **_OWN_KEY
        ),
    ] = ""
    text_signature: Annotated[
        str,
        Meaning(
            "Digest of its words alone, to find copies; empty when too short.",
            _INTERNAL,
            pattern=f"({_KEY})?",
        ),
    ] = ""
    sketch: Annotated[
        str | None,
        Meaning("Digests of its words, to find posts nearly the same; null when few.", _INTERNAL),
    ] = None
    row_hash: Annotated[
        str | None,
        Meaning(
            "Digest of what was read and of the methods it was completed with, to know it again.",
            _INTERNAL,
            pattern=_KEY,
        ),
    ] = None
    words: Annotated[
        str, Meaning("Words of title and text in one form, for search.", _TRANSIENT)
    ] = ""
    observed_at: Annotated[
        datetime | None,
        Meaning("When the page it came with was received.", _INTERNAL, is_needed=True, **_WHEN),
    ] = None
    landing: Annotated[
        str, Meaning("Landing file and line it was read from.", _INTERNAL, is_needed=True)
    ] = ""


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be read: `reason` is a fixed phrase, `detail` what was found."""

    reason: str
    detail: str = ""
    native_id: str | None = None


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A record left out by a named rule, such as `small action` or `not a post`."""

    rule: str
    native_id: str | None = None


Outcome = Post | Rejected | Skipped
"""What `parse` says of each record of a page: nothing else, so that sums can be checked."""
