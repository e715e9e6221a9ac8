"""Archives: the kind of a file is recognised by what is in it."""

import base64
import gzip
import json
from pathlib import Path

import pytest
from backports import zstd

from contract.errors import SkipPage
from pipeline import archives
from pipeline.archives import responses_of

BODY = '{"latest_posts": []}'
REQUEST = {"method": "GET", "uri": "https://forum.example/posts.json"}
HEADERS = {"Content-Type": ["application/json"], "Date": ["Fri, 20 Nov 2026 12:00:00 GMT"]}
VCRPY = {"request": REQUEST, "response": {
    "status": {"code": 200}, "headers": HEADERS, "body": {"string": BODY}}}  # fmt: skip
BETAMAX = {"recorded_at": "2026-11-20T12:00:00", "request": REQUEST, "response": {
    "status": {"code": 200}, "headers": HEADERS,
    "body": {"base64_string": base64.b64encode(BODY.encode()).decode()}}}  # fmt: skip
GO_VCR = {"request": {"url": REQUEST["uri"], "method": "GET"}, "response": {
    "code": 200, "headers": HEADERS, "body": BODY}}  # fmt: skip
CASSETTES = {
    "vcrpy.json": json.dumps({"interactions": [VCRPY]}),
    "vcrpy.yaml": "interactions:\n- " + json.dumps(VCRPY) + "\n",
    "betamax.json": json.dumps({"http_interactions": [BETAMAX]}),
    "govcr.yaml": "---\nversion: 2\ninteractions:\n- " + json.dumps(GO_VCR) + "\n",
}


@pytest.mark.parametrize("name", CASSETTES)
def test_a_cassette_gives_its_responses(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(CASSETTES[name])
    (response,) = responses_of(path)
    assert response.body.decode() == BODY
    assert (response.url, response.status) == (REQUEST["uri"], 200)
    assert response.headers["content-type"] == "application/json"
    assert response.received_at is not None
    assert response.received_at.isoformat() == "2026-11-20T12:00:00+00:00"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_lines_of_json_are_a_response_each(tmp_path: Path, pack: type[bytes]) -> None:
    path = tmp_path / "answers"
    path.write_bytes(pack(b'{"a": 1}\n\n{"a": 2}\n{"a": '))
    assert [r.body for r in responses_of(path)] == [b'{"a": 1}', b'{"a": 2}', b'{"a": ']


def test_any_other_file_is_one_response(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(b"\n<rss/>")
    assert [r.body for r in responses_of(path)] == [b"\n<rss/>"]


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FILE_BYTES_AT_MOST", 1000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"0" * 10_000))
    with pytest.raises(SkipPage, match="larger than 1,000 bytes"):
        list(responses_of(path))


def test_a_cut_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(b"0" * 10_000)[:-9])
    with pytest.raises(SkipPage, match="cut or damaged"):
        list(responses_of(path))


def test_a_damaged_interaction_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "cassette.json"
    damaged = {**VCRPY, "response": {**VCRPY["response"], "body": {"string": 3_000_000_000}}}
    path.write_text(json.dumps({"interactions": [damaged, VCRPY]}))
    responses = responses_of(path)
    assert next(responses).body.decode() == BODY
    with pytest.raises(SkipPage, match="interaction 1: its body is int"):
        next(responses)


@pytest.mark.parametrize("content", ["[" * 100_000, "interactions: " + "[" * 50_000])
def test_what_nests_without_end_is_one_response(tmp_path: Path, content: str) -> None:
    path = tmp_path / "deep.json"
    path.write_text(content)
    assert [r.body.decode() for r in responses_of(path)] == [content]


BOMB = "\n".join(
    ["interactions:", "- &a0 {request: {}, response: {body: a}}"]
    + [f"- &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 16)]
    + [
        "- request: {uri: *a15, method: *a15}",
        "  response: {body: b, headers: {date: [*a15], x: *a15}}",
    ]
)
"""Forty lines of YAML that are gigabytes once they are written as text."""


def test_a_list_of_lists_of_lists_is_never_written_as_text(tmp_path: Path) -> None:
    path = tmp_path / "cassette.yaml"
    path.write_text(BOMB)
    assert [(r.body, r.url, r.method) for r in responses_of(path)] == [
        (b"a", None, "GET"),
        (b"b", None, "GET"),
    ]


@pytest.mark.parametrize("said", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "", 7])
def test_a_time_that_cannot_be_is_none(tmp_path: Path, said: object) -> None:
    path = tmp_path / "cassette.json"
    response = {**VCRPY["response"], "headers": {"Date": str(said)}}
    path.write_text(json.dumps({"interactions": [{"recorded_at": said, "response": response}]}))
    assert [r.received_at for r in responses_of(path)] == [None]


@pytest.mark.parametrize("status", [0, 2**70, "200x", "9" * 5_000, None, [[]], {"code": {}}])
def test_a_status_that_is_none_is_told(tmp_path: Path, status: object) -> None:
    path = tmp_path / "cassette.json"
    damaged = {"response": {"body": "x", "status": status}}
    path.write_text(json.dumps({"interactions": [damaged]}))
    with pytest.raises(SkipPage, match="interaction 1: its status is none; allowed are 100 to 999"):
        list(responses_of(path))
