"""Issues as data, beside their pages: so that what was quoted can be taken out of them later."""

from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

import msgspec

from contract.keys import stem_of
from digest.issue import Example, Issue, Quote

MARK: Final = "[removed since]"
"""What stands where a post was quoted that is gone."""

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(Issue).decode


def content_of(issue: Issue) -> bytes:
    """Return the issue as a file holds it."""
    return _encode(issue)


def issue_of(content: bytes) -> Issue:
    """Return the issue that a file holds; raises msgspec.MsgspecError when it holds none."""
    return _decode(content)


def without(issue: Issue, post_keys: Collection[str]) -> Issue:
    """Return the issue with a mark where these posts were quoted; the numbers stay."""
    redacted: Issue = _without(issue, frozenset(map(stem_of, post_keys)))
    return redacted


def quoted_in(issue: Issue) -> set[str]:
    """Return the keys of all posts that it quotes."""
    return set(_quoted(issue))


def _quoted(value: Any) -> Iterator[str]:
    if isinstance(value, Quote | Example):
        yield value.post_key
    elif isinstance(value, tuple):
        for part in value:
            yield from _quoted(part)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _quoted(getattr(value, each.name))


def _without(value: Any, stems: frozenset[str]) -> Any:
    if isinstance(value, Quote | Example):
        if stem_of(value.post_key) not in stems or value.text == MARK:
            return value
        return replace(value, text=MARK, lang="en", why="", url=None, credit="")
    if isinstance(value, tuple):
        return tuple(_without(part, stems) for part in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return replace(
        value, **{f.name: _without(getattr(value, f.name), stems) for f in fields(value)}
    )
