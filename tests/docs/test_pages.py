"""Every page says whom it is for, and leads where it says."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pages import DOCS, PAGES, README, ROOT, anchors_of, prose_of

_LINK = re.compile(r"(?<!!)\[(?:[^][]|\[[^]]*\])*\]\(([^)\s]+)\)")
_PICTURE = re.compile(r"!\[([^]]*)\]\(([^)\s]+)\)")
_TAG = re.compile(r"<img\b[^>]*>")
_FILE = re.compile(
    r"(?<![\w./<>-])((?:\.ci|bench|connectors|contract|dags|deploy|digest|docs|explorer|pipeline|samples"
    r"|tests|transforms|vocabulary|warehouse)/[\w/.-]+\.(?:py|md|yaml|ttl|csv|json|txt|npz|cfg))"
    r"(?:::(\w+))?(?![\w<])"
)
_PNG = b"\x89PNG\r\n\x1a\n"


def _links(page: Path) -> list[str]:
    return _LINK.findall(re.sub(r"`[^`\n]*`", "", prose_of(page)))


def _pictures(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the place and the words of each picture."""
    text = prose_of(page)
    for words, place in _PICTURE.findall(text):
        yield place, words
    for tag in _TAG.findall(text):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        yield told["src"], told.get("alt", "")


def _relative(page: Path, link: str) -> Path:
    return (page.parent / link.partition("#")[0]).resolve() if link[0] != "#" else page


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_a_page_begins_with_whom_it_is_for(page: Path) -> None:
    title, space, whom, after, *_ = page.read_text("utf-8").splitlines()
    assert title.startswith("# ")
    assert (space, after) == ("", "")
    assert re.fullmatch(r"\*For [^*]{5,110}\.\*", whom), whom


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_somewhere(page: Path) -> None:
    for link in _links(page):
        there = urlsplit(link)
        if there.scheme:
            assert there.scheme == "https", link
            assert re.fullmatch(r"(www\.)?[a-z0-9-]+(\.[a-z0-9-]+)+", there.netloc), link
            assert "example" not in there.netloc, link
        else:
            place = _relative(page, link)
            assert place.exists(), link
            assert place.is_relative_to(ROOT), link
            assert not there.fragment or there.fragment in anchors_of(place), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_picture_is_there_and_is_told_in_words(page: Path) -> None:
    for place, words in _pictures(page):
        assert _relative(page, place).read_bytes().startswith(_PNG), place
        assert len(words.split()) >= 7, (place, words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_file_and_test_it_names_is_there(page: Path) -> None:
    for path, test in _FILE.findall(page.read_text("utf-8")):
        assert (ROOT / path).exists(), path
        assert not test or f"def {test}(" in (ROOT / path).read_text("utf-8"), (path, test)


def test_no_picture_is_left_over_and_none_is_heavy() -> None:
    seen = {_relative(page, place) for page in PAGES for place, _ in _pictures(page)}
    there = {path.resolve() for path in (ROOT / "docs").glob("*.png")}
    assert there == {path for path in seen if path.parent == ROOT / "docs"}
    assert max(path.stat().st_size for path in there) <= 260_000


def test_every_page_is_at_most_one_page_from_the_readme() -> None:
    first = {_relative(README, link) for link in _links(README) if not urlsplit(link).scheme}
    pages = {path for path in first if path.suffix == ".md"}
    second = {
        _relative(page, link)
        for page in pages
        for link in _links(page)
        if not urlsplit(link).scheme
    }
    assert set(PAGES) - first - second - {README} == set()


def test_the_readme_is_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 300
