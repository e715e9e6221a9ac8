"""The landing zone: parts are whole, in order and bounded; damage is told line by line."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from backports import zstd

from contract.page import DamagedPage, Page
from pipeline import landing
from pipeline.landing import Part, land, pages_of, parts, parts_of_run, try_out

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _page(number: int, source: str = "forum") -> Page:
    return Page(
        source=source, platform="discourse", url=f"https://forum.example/{number}",
        received_at=NOON, body=b"%d" % number, cursor={"page": number},
    )  # fmt: skip


@pytest.mark.parametrize("zone", ["{folder}/with space", "file://{folder}/zone", "{folder}/[a]*?"])
def test_pages_come_back_in_order(tmp_path: Path, zone: str) -> None:
    where = zone.format(folder=tmp_path)
    assert parts(where) == []
    first = land(where, [_page(1), _page(2)], "run1", NOON, 1)
    second = land(where, [_page(3)], "run1", NOON, 2)
    other = land(where, [_page(4, "blog")], "run2", NOON, 1)
    assert parts(where) == [other, first, second]
    assert parts(where, ["forum"]) == parts_of_run(where, "forum", "run1", NOON) == [first, second]
    assert [(p.source, p.run, p.number) for p in (second, other)] == [
        ("forum", "run1", 2),
        ("blog", "run2", 1),
    ]
    assert list(pages_of(where, first)) == [(1, _page(1)), (2, _page(2))]


def test_an_unfinished_part_is_no_part(tmp_path: Path) -> None:
    part = land(str(tmp_path), [_page(1)], "run1", NOON, 1)
    folder = (tmp_path / part.path).parent
    (folder / ".run1-000002.77.tmp").write_bytes(b"half")
    assert parts(str(tmp_path)) == [part]


@pytest.mark.parametrize(
    "stray",
    [
        "forum/copy.jsonl.zst",
        "forum/2026-11-20/copy\n.jsonl.zst",
        "forum/2026-02-30/run-000001.0a.jsonl.zst",
        "forum/2026-11-20/run-one.0a.jsonl.zst",
        "forum/2026-11-20/deeper/run-000001.0a.jsonl.zst",
        "run-000001.0a.jsonl.zst",
    ],
)
def test_a_stray_file_is_told_and_left_alone(
    tmp_path: Path, stray: str, caplog: pytest.LogCaptureFixture
) -> None:
    part = land(str(tmp_path), [_page(1)], "run1", NOON, 1)
    (tmp_path / stray).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / stray).write_bytes(b"")
    assert parts(str(tmp_path)) == [part]
    (told,) = caplog.messages
    assert f"is not read: [{stray!r}] (1 in all)" in told
    assert "\n" not in told


def test_damage_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    part = land(str(tmp_path), [_page(1), _page(2)], "run1", NOON, 1)
    path = tmp_path / part.path
    lines = zstd.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(zstd.compress(b"not json\n" + lines[1]))
    (_, broken), (number, page) = pages_of(str(tmp_path), part)
    assert isinstance(broken, DamagedPage)
    assert (number, page) == (2, _page(2))


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b'"forum"', b'"other"'),
        (b'"discourse"', b'"usenet"'),
        (b'"2026-11-20T12:00:00Z"', b'"9999-12-31T12:00:00Z"'),
        (b'"cursor":{', b'"cursor":{"x":' + b"[" * 5_000 + b"]" * 5_000 + b","),
    ],
)
def test_an_envelope_that_cannot_be_is_damage(tmp_path: Path, said: bytes, instead: bytes) -> None:
    part = land(str(tmp_path), [_page(1), _page(2)], "run1", NOON, 1)
    path = tmp_path / part.path
    first, second = zstd.decompress(path.read_bytes()).splitlines(keepends=True)
    assert said in first
    path.write_bytes(zstd.compress(first.replace(said, instead) + second))
    (_, broken), (number, page) = pages_of(str(tmp_path), part)
    assert isinstance(broken, DamagedPage)
    assert (number, page) == (2, _page(2))


def test_a_part_that_is_not_what_was_written_is_told(tmp_path: Path) -> None:
    part = land(str(tmp_path), [_page(n) for n in range(3)], "run1", NOON, 1)
    path = tmp_path / part.path
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # of the checksum
    path.write_bytes(content)
    assert isinstance(list(pages_of(str(tmp_path), part))[-1][1], DamagedPage)


def test_a_cut_part_is_told(tmp_path: Path) -> None:
    part = land(str(tmp_path), [_page(n) for n in range(50)], "run1", NOON, 1)
    path = tmp_path / part.path
    path.write_bytes(path.read_bytes()[:-10])
    read = [page for _, page in pages_of(str(tmp_path), part)]
    assert isinstance(read[-1], DamagedPage)


def test_a_bomb_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "PART_BYTES_AT_MOST", 10_000)
    folder = tmp_path / "forum" / "2026-11-20"
    folder.mkdir(parents=True)
    (folder / "run-000001.abc.jsonl.zst").write_bytes(zstd.compress(b"0" * 1_000_000))
    ((_, bomb),) = pages_of(str(tmp_path), Part("forum/2026-11-20/run-000001.abc.jsonl.zst", "abc"))
    assert isinstance(bomb, DamagedPage)


def test_who_tries_a_zone_beside_another_finds_it_writable(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(try_out, [str(tmp_path)] * 200)) == {None}
    assert list(tmp_path.iterdir()) == []
