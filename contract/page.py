"""A page: one answer of a platform as received, and how to write and read it as a line of JSON."""

import base64
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from contract.errors import GoodguestError

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Nothing was published on a network before, or received; what claims to be stands for no date."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer as received, with the envelope that says where it came from.

    `url` is the address asked, or for an imported file the source's own; `file` names an imported
    file. `headers` holds lower-case names and only what parsing or resuming needs (content-type,
    etag, last-modified, date). `cursor` is where the run stands once this page is landed.
    """

    source: str
    platform: str
    url: str
    received_at: datetime
    status: int = 200
    method: str = "GET"
    headers: dict[str, str] = {}
    body: bytes = b""
    file: str | None = None
    cursor: dict[str, Any] | None = None


class DamagedPage(GoodguestError):
    """A landed line is cut, changed or not a page."""


class _Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    source: str
    platform: str
    method: str = "GET"
    url: str
    status: Annotated[int, msgspec.Meta(ge=0, le=999)]
    received_at: Annotated[datetime, msgspec.Meta(tz=True)]
    headers: dict[str, str] = {}
    file: str | None = None
    cursor: dict[str, Any] | None = None
    sha256: str
    encoding: Literal["utf-8", "base64"]
    body: str


_decoder = msgspec.json.Decoder(_Line)


def line_of_page(page: Page) -> bytes:
    """Return the page as one line of JSON, with the SHA-256 of its body and a final newline."""
    try:
        body, encoding = page.body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        body, encoding = base64.b64encode(page.body).decode(), "base64"
    fields = {f: getattr(page, f) for f in page.__struct_fields__ if f != "body"}
    line = _Line(
        **fields,
        sha256=sha256(page.body).hexdigest(),
        encoding=encoding,  # type: ignore[arg-type]
        body=body,
    )
    return msgspec.json.encode(line) + b"\n"


def page_of_line(line: bytes) -> Page:
    """Return the page of a landed line.

    Raises DamagedPage when the line is no page or its body does not match its checksum.
    """
    try:
        read = _decoder.decode(line)
        body = base64.b64decode(read.body) if read.encoding == "base64" else read.body.encode()
        received_at = read.received_at.astimezone(UTC)
    except (ValueError, OverflowError, RecursionError) as error:
        raise DamagedPage(f"not a landed page: {error}") from error
    if not EARLIEST <= received_at <= LATEST:
        raise DamagedPage("not a landed page: received when nothing was")
    if sha256(body).hexdigest() != read.sha256:
        raise DamagedPage(f"body of {read.url} does not match its SHA-256 {read.sha256}")
    fields = {f: getattr(read, f) for f in Page.__struct_fields__ if f != "body"}
    return Page(**{**fields, "received_at": received_at}, body=body)


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span of time `[since, until)` that a run wants, both aware and UTC."""

    since: datetime
    until: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


class Stop(NamedTuple):
    """Why `fetch` had no more pages.

    `reached` is how far back it came, where that is known and is not the whole window.
    """

    because: str
    reached: datetime | None = None


Pages = Generator[Page, None, Stop]
"""What `fetch` yields; the next page is asked for only when the last one is landed."""

Recheck = Literal["there", "gone", "changed", "silent"]
"""What is said of a post; `silent`: its site did not answer, and others were asked meanwhile."""
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(UTC)
