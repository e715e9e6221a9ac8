"""Recorded payloads, and what may happen to them on their way: the same for the same dice.

What is recorded of the real platforms is taken where it is at hand, else what stands in
tests/connectors/data.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from contract.errors import SkipPage
from pipeline.archives import responses_of

RECORDED = Path(__file__).parents[2] / "shared" / "recorded"
_OWN = Path(__file__).parent / "connectors" / "data"
_FOLDERS = {
    "discourse": "discourse", "feed": "feeds", "flickr": "flickr", "phpbb": "forums_html_rss",
    "bluesky": "bluesky", "mastodon": "mastodon", "reddit": "reddit", "wordpress": "wordpress",
    "x": "x_twitter_v2",
}  # fmt: skip
PLATFORMS = tuple(_FOLDERS)
_LONGEST = 60_000
"""Bytes of a payload that is taken: more of the same finds nothing more."""
_MOST_ENTRIES = 4
"""Of a list, for the same reason."""


class Payload(NamedTuple):
    """What a platform sent, and from where if that is known."""

    body: bytes
    url: str | None = None


@cache
def payloads(platform: str) -> tuple[Payload, ...]:
    """Return the payloads of a platform that are at hand, those of JSON with fewer entries."""
    folders = [_OWN / platform, RECORDED / _FOLDERS[platform]]
    files = chain.from_iterable(sorted(folder.glob("*")) for folder in folders)
    found = chain.from_iterable(map(_of_file, files))
    return tuple(each for each in found if 0 < len(each.body) <= _LONGEST)


def _of_file(file: Path) -> Iterator[Payload]:
    if file.name.endswith((".expected.json", ".tsv", ".md")):
        return
    try:
        for response in responses_of(file):
            yield Payload(_thinned(response.body), response.url)
    except SkipPage:
        return


def _thinned(body: bytes) -> bytes:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return body
    return json.dumps(_fewer(read)).encode()


def _fewer(value: Any) -> Any:
    if isinstance(value, list):
        return [_fewer(each) for each in value[:_MOST_ENTRIES]]
    return {k: _fewer(v) for k, v in value.items()} if isinstance(value, dict) else value


_JUNK: Sequence[bytes] = (
    b"null", b"true", b"0", b"-1", b"1.5", b"1e999", b"-0", b"NaN", b"-Infinity", b"9" * 400,
    b"9223372036854775808", b'""', b'" "', b'"\\u0000"', b'"\\ud83d"', b'"\\ude00\\ud83d"',
    b'"\xed\xa0\xbd"', b'"\xff\xfe"', b'"\\ufeff\\u202e\\u0085"', b'"\x00\x1b[2J"',
    b'"' + b"long " * 20_000 + b'"', b'"' + b"@" * 20_000 + b'"', b'"\xc3\xa9' * 9_000 + b'"',
    b'"<' * 3_000 + b'"', b'"http://[x"', b'"https://example.com:99999999/"', b'"//"',
    b'"9999-12-31T23:59:59-12:00"', b'"0001-01-01T00:00:00+14:00"', b'"2026-02-30"',
    b"[]", b"{}", b"[null]", b'[{}, [], "x", 1]', b'{"a": {"a": 1}}', b"[" * 60 + b"]" * 60,
    b"[" * 3_000 + b"]" * 3_000, b'{"a":' * 3_000 + b"1" + b"}" * 3_000, b"",
)  # fmt: skip
_MARKUP_JUNK: Sequence[bytes] = (
    b"&#x110000;", b"&#0;", b"&bogus;", b"&amp;amp;", b"<![CDATA[", b"]]>", b"<!--", b"-->",
    b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]>', b"<div>" * 3_000,
    b"<item>" * 300, b"</item>", b"\x00", b"\x0b\x1f", b"\xff\xfe", b"\xed\xa0\xbd", b'"', b"'>",
    b"<a href='http://[x'>", b"<time datetime='9999-12-31T23:59:59-12:00'>", b"x" * 50_000,
    "\u202e\ufeff\u2028".encode(), b"<pubDate>Thu, 99 Zzz 0000 99:99:99 +9999</pubDate>",
)  # fmt: skip
_VALUE = re.compile(rb'(?<=[:,\[])\s*("(?:[^"\\]|\\.)*+"|-?\d+(?:\.\d+)?|true|false|null)')
_KEY = re.compile(rb'"(\w{1,60})"\s*:')
_TAG = re.compile(rb"<[^<>]{1,400}>")
_WORDS = re.compile(rb"(?<=>)[^<>]{1,400}(?=<)")


def _spot(pattern: re.Pattern[bytes], body: bytes, dice: Random) -> tuple[int, int]:
    """Return a place the pattern finds, or any when it finds none."""
    found = [match.span() for match in pattern.finditer(body)]
    at = dice.randrange(len(body) + 1)
    return dice.choice(found) if found else (at, at)


def _with(body: bytes, span: tuple[int, int], junk: bytes) -> bytes:
    return body[: span[0]] + junk + body[span[1] :]


def _bytes_flipped(body: bytes, dice: Random) -> bytes:
    changed = bytearray(body)
    for _ in range(dice.randint(1, 8)):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _cut(body: bytes, dice: Random) -> bytes:
    begin, end = sorted(dice.randrange(len(body) + 1) for _ in range(2))
    return dice.choice((body[:end], body[begin:], body[:begin] + body[end:]))


def _doubled(body: bytes, dice: Random) -> bytes:
    begin, end = sorted(dice.randrange(len(body) + 1) for _ in range(2))
    return body[:end] + body[begin:]


def _marked(body: bytes, dice: Random) -> bytes:
    mark = dice.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff", b"\0", b"\n ,"))
    return dice.choice((mark + body, mark * 2 + body, body + mark))


def _in_another_encoding(body: bytes, dice: Random) -> bytes:
    name = dice.choice(("utf-16", "utf-16-le", "utf-32", "cp1252", "shift_jis", "utf-7", "koi8-r"))
    return body.decode("utf-8", "replace").encode(name, "replace")


def _value_swapped(body: bytes, dice: Random) -> bytes:
    return _with(body, _spot(_VALUE, body, dice), b" " + dice.choice(_JUNK))


def _key_doubled(body: bytes, dice: Random) -> bytes:
    begin, end = _spot(_KEY, body, dice)
    return _with(body, (begin, begin), body[begin:end] + dice.choice(_JUNK) + b", ")


def _key_renamed(body: bytes, dice: Random) -> bytes:
    name = dice.choice((b"", b"nobody.knows", b"*", b"\\ud83d", b"k" * 5_000, b"id", b"name"))
    return _with(body, _spot(_KEY, body, dice), b'"' + name + b'":')


def _tree_changed(body: bytes, dice: Random) -> bytes:
    """Drop, double or exchange whole branches of JSON."""
    try:
        read = {"": json.loads(body)}
    except (ValueError, RecursionError):
        return _value_swapped(body, dice)
    for _ in range(dice.randint(1, 4)):
        (holder, key), (other, its) = (dice.choice(list(_places(read))) for _ in range(2))
        branch = json.loads(json.dumps(other[its]))
        match dice.randrange(3):
            case 0 if isinstance(holder, dict) and holder is not read:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.insert(key, branch)
            case _:
                holder[key] = branch
    return json.dumps(read[""]).encode()[: 4 * _LONGEST]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place of a value that lists and objects hold, as the holder and its key."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _tag_changed(body: bytes, dice: Random) -> bytes:
    begin, end = _spot(_TAG, body, dice)
    return _with(body, (begin, end), dice.choice((b"", body[begin:end] * 3, b"<x", b"</x>")))


def _tag_elsewhere(body: bytes, dice: Random) -> bytes:
    begin, end = _spot(_TAG, body, dice)
    return _with(body, (dice.randrange(len(body) + 1),) * 2, body[begin:end])


def _words_swapped(body: bytes, dice: Random) -> bytes:
    return _with(body, _spot(_WORDS, body, dice), dice.choice(_MARKUP_JUNK))


Mutation = Callable[[bytes, Random], bytes]
_OF_ALL: Sequence[Mutation] = (_bytes_flipped, _cut, _doubled, _marked, _in_another_encoding)
_OF_JSON: Sequence[Mutation] = (_value_swapped, _key_doubled, _key_renamed, _tree_changed)
_OF_MARKUP: Sequence[Mutation] = (_tag_changed, _tag_elsewhere, _words_swapped)


def mutated(body: bytes, dice: Random) -> bytes:
    """Return the payload with one to three things happened to it, most of them to its structure."""
    for _ in range(dice.choice((1, 1, 2, 3))):
        if not body:
            return body
        own = _OF_MARKUP if body.lstrip().startswith(b"<") else _OF_JSON
        body = dice.choice(dice.choice((_OF_ALL, own, own, own)))(body, dice)
    return body


def mutations(platform: str, count: int, seed: int) -> Iterator[Payload]:
    """Yield so many changed payloads of a platform."""
    dice, held = Random(f"{platform} {seed}"), payloads(platform)
    for _ in range(count):
        one = dice.choice(held)
        yield one._replace(body=mutated(one.body, dice))
