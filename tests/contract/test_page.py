"""Pages: what is landed is what is read back, and what is changed is noticed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.page import DamagedPage, Page, Window, line_of_page, page_of_line

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@given(
    body=st.binary(), url=st.text(), cursor=st.none() | st.dictionaries(st.text(), st.integers())
)
def test_a_page_survives_its_line(body: bytes, url: str, cursor: dict[str, int] | None) -> None:
    page = Page(
        source="s", platform="p", url=url, received_at=NOON, headers={"etag": '"1"'}, body=body,
        cursor=cursor,
    )  # fmt: skip
    line = line_of_page(page)
    assert line.count(b"\n") == 1
    assert page_of_line(line) == page


def test_a_changed_body_is_noticed() -> None:
    line = line_of_page(
        Page(source="s", platform="p", url="u", received_at=NOON, body=b"as received")
    )
    with pytest.raises(DamagedPage, match="does not match its SHA-256"):
        page_of_line(line.replace(b"as received", b"as invented"))


@pytest.mark.parametrize("line", [b"", b"{}", b"[1]", b'{"source": 1}', b"\xff\xfe"])
def test_a_line_that_is_no_page_is_told(line: bytes) -> None:
    with pytest.raises(DamagedPage, match="not a landed page"):
        page_of_line(line)


def test_a_window_holds_its_beginning_and_not_its_end() -> None:
    window = Window(NOON, NOON.replace(hour=13))
    assert window.since in window
    assert window.until not in window


@pytest.mark.parametrize("moment", ["2026-11-20T12:00:00", "0001-01-01T00:00:00+10:00"])
def test_a_time_that_is_none_is_damage(moment: str) -> None:
    line = line_of_page(Page(source="s", platform="p", url="u", received_at=NOON, body=b""))
    with pytest.raises(DamagedPage):
        page_of_line(line.replace(b"2026-11-20T12:00:00Z", moment.encode()))
