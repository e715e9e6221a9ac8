"""Files that hold what platforms once answered: plain bodies, JSON lines and recorded cassettes."""

import base64
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import yaml
from backports import zstd

from connectors.markup import web_address
from contract.errors import SkipPage
from contract.page import EARLIEST, LATEST, DamagedPage, Page, page_of_line

FILE_BYTES_AT_MOST = 256 * 1024 * 1024
_DEEPEST = 100
_LONGEST_TEXT = 10_000
"""Characters of an address or a header."""
_MOST_TOLD = 5
_KEPT_HEADERS = {"content-type", "etag", "last-modified", "date", "link", "x-robots-tag"}
_OPENED: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"\x28\xb5": zstd.open}
_CASSETTE_KEYS = ("interactions", "http_interactions")
# The C parser is some ten times faster; a wheel without it has the slow one only.
_YamlLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Response:
    """A body a platform once sent, and what the file tells of its envelope."""

    body: bytes
    url: str | None = None
    status: int = 200
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    received_at: datetime | None = None


def responses_of(path: Path) -> Iterator[Response]:
    """Yield the responses in a file; the kind of the file is recognised by its content.

    Known are vcrpy, betamax, Ruby VCR, R vcr and go-vcr cassettes, Goodguest's own landed parts,
    JSON lines, and any single body; each plain or compressed by gzip or zstd.
    Raises SkipPage, once what can be read was yielded, when the file is damaged or larger than
    FILE_BYTES_AT_MOST once decompressed.
    """
    content = _content(path)
    cassette = _cassette(content)
    if cassette is not None:
        yield from _of_cassette(path, cassette)
    elif _is_json_lines(content):
        for line in content.splitlines():
            if line.strip():
                yield _of_line(line)
    else:
        yield Response(content)


def _of_cassette(path: Path, cassette: list[Mapping[str, Any]]) -> Iterator[Response]:
    damaged = []
    for number, interaction in enumerate(cassette, 1):
        try:
            response = _of_interaction(interaction)
        except (AttributeError, IndexError, TypeError, ValueError, zlib.error) as error:
            damaged.append(f"interaction {number}: {error}")
            continue
        yield response
    if damaged:
        told = "; ".join(damaged[:_MOST_TOLD])
        raise SkipPage(f"{path}: {len(damaged)} of its answers are damaged: {told}")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            opened = _OPENED.get(file.read(2), open)
        with opened(path, "rb") as file:
            content: bytes = file.read(FILE_BYTES_AT_MOST + 1)
    except (zstd.ZstdError, zlib.error, EOFError, OSError) as error:
        raise SkipPage(f"{path}: not readable, cut or damaged: {error}") from error
    if len(content) > FILE_BYTES_AT_MOST:
        raise SkipPage(f"{path}: larger than {FILE_BYTES_AT_MOST:,} bytes; split it")
    return content


def _cassette(content: bytes) -> list[Mapping[str, Any]] | None:
    head = content[:400]
    if not any(key.encode() in head for key in _CASSETTE_KEYS):
        return None
    try:
        loaded = json.loads(content) if head.lstrip().startswith(b"{") else _loaded_yaml(content)
    except (ValueError, RecursionError, yaml.YAMLError):
        return None
    key = next((k for k in _CASSETTE_KEYS if isinstance(loaded, dict) and k in loaded), None)
    found = loaded[key] if key else None
    if not isinstance(found, list):
        return None
    return [i for i in found if isinstance(i, dict) and isinstance(i.get("response"), dict)]


def _loaded_yaml(content: bytes) -> Any:
    # The C loader builds nested collections on the stack, and brings the process down with it.
    depth = 0
    for event in yaml.parse(content, Loader=_YamlLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return None
    return yaml.load(content, Loader=_YamlLoader)  # noqa: S506 - a safe loader


def _of_interaction(interaction: Mapping[str, Any]) -> Response:
    request, response = interaction.get("request") or {}, interaction["response"]
    held = response.get("headers") or {}
    headers = {_text(name).lower(): _text(value) for name, value in held.items()}
    return Response(
        body=_body(response, headers),
        url=web_address(_text(request.get("uri") or request.get("url"))),
        status=_status(response),
        method=_text(request.get("method")).upper() or "GET",
        headers={name: value for name, value in headers.items() if name in _KEPT_HEADERS},
        received_at=_moment(interaction.get("recorded_at")) or _moment(headers.get("date")),
    )


def _text(value: object) -> str:
    """Return the text, or the first of a list; a number as one, and nothing of what is neither.

    A small YAML file can hold a list of lists that is longer than any memory once it is written.
    """
    first = value[0] if isinstance(value, list) and value else value
    said = str(first) if isinstance(first, str | int | float) else ""
    return said[:_LONGEST_TEXT].encode(errors="replace").decode()


def _status(response: Mapping[str, Any]) -> int:
    said = response.get("status", response.get("status_code", response.get("code", 200)))
    if isinstance(said, dict):
        said = said.get("code", said.get("status_code", 200))
    # In Ruby's cassettes the words stand behind the number.
    number = _text(said).partition(" ")[0]
    if not re.fullmatch("[1-9][0-9]{2}", number, re.ASCII):
        raise ValueError("its status is none; allowed are 100 to 999")
    return int(number)


def _body(response: Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    body = response.get("body", response.get("content", b""))
    if isinstance(body, dict):
        if "base64_string" in body:
            body = base64.b64decode(body["base64_string"])
        else:
            body = body.get("string", b"")
    if not isinstance(body, str | bytes | None):
        raise TypeError(f"its body is {type(body).__name__}; allowed are text and bytes")
    content = body.encode("utf-8", "replace") if isinstance(body, str) else body or b""
    if headers.get("content-encoding") == "gzip" and content.startswith(b"\x1f\x8b"):
        opened = zlib.decompressobj(wbits=31)
        content = opened.decompress(content, FILE_BYTES_AT_MOST)
        if opened.unconsumed_tail:
            raise ValueError(f"its body is larger than {FILE_BYTES_AT_MOST:,} bytes")
    return content


def _is_json_lines(content: bytes) -> bool:
    lines = [line for line in content[:4_000_000].splitlines() if line.strip()][:2]
    try:
        return len(lines) == 2 and all(isinstance(json.loads(line), dict) for line in lines)
    except (ValueError, RecursionError):
        return False


def _of_line(line: bytes) -> Response:
    try:
        page: Page = page_of_line(line)
    except DamagedPage:
        return Response(line)
    return Response(page.body, page.url, page.status, page.method, page.headers, page.received_at)


def _moment(value: object) -> datetime | None:
    """Return when it was received, None where that is not said or cannot be."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = value if isinstance(value, datetime) else read(_text(value))
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
        return moment if EARLIEST <= moment <= LATEST else None
    return None
