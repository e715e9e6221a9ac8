"""The web pages of a digest: each week leads to those beside it, and a list to all of them."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from fernley_issues import FULL
from forms import ISSUES, QUIET, Parsed, is_accessible, opened
from PIL import Image
from playwright.sync_api import Browser

from digest import network_picture
from digest.archive import ISSUE, files_of, index_of, issues_in, page_of
from digest.issue import Issue, Network, Node
from digest.language import speaking
from digest.redacting import content_of
from digest.render import render_html
from docs.pictures import take_digest

NAME = FULL.name
WEEKS = ("2026-W45", "2026-W46", "2026-W48")


def add(folder: Path, issue: Issue) -> None:
    """Write the issue into the folder, as a run of the digest does."""
    for name, content in files_of(folder, issue).items():
        (folder / name).write_bytes(content)
    (folder / f"{issue.name}-{issue.week}{ISSUE}").write_bytes(content_of(issue))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digests")
    for week in WEEKS:
        add(folder, replace(FULL, week=week))
    add(folder, replace(QUIET, name=f"{NAME}-elsewhere"))
    return folder


def ways(folder: Path, page: str) -> dict[str | None, str | None]:
    """Return where a page leads to in the archive, by what it says of the way."""
    links = Parsed((folder / page).read_text(encoding="utf-8")).all("a")
    return {x.get("rel"): x["href"] for x in links if str(x["href"]).startswith(NAME)}


def test_each_week_leads_to_those_beside_it_and_to_all(folder: Path) -> None:
    everything = f"{NAME}.html"
    first, middle, last = (f"{NAME}-{week}.html" for week in WEEKS)
    assert ways(folder, first) == {"next": middle, None: everything}
    assert ways(folder, middle) == {"prev": first, "next": last, None: everything}
    assert ways(folder, last) == {"prev": middle, None: everything}


def test_the_list_has_all_weeks_of_this_digest_the_latest_first(folder: Path) -> None:
    html = (folder / f"{NAME}.html").read_text(encoding="utf-8")
    page = Parsed(html)
    led = [x["href"] for x in page.all("a") if str(x["href"]).endswith(".html")]
    assert led == [f"{NAME}-{week}.html" for week in reversed(WEEKS)]
    assert "23 to 29 November 2026 Potholes up, Street lighting down" in page.text
    assert set(issues_in(folder, NAME)) == set(WEEKS)


def test_the_same_issues_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    # In another order: a week that was missed is made up for later.
    for week in reversed(WEEKS):
        add(tmp_path, replace(FULL, week=week))
    for week in WEEKS:
        for ending in (".html", ".txt", ".png", "-network.png"):
            name = f"{NAME}-{week}{ending}"
            assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name
    name = f"{NAME}.html"
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_a_file_that_is_no_issue_is_told_of_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add(tmp_path, FULL)
    broken = tmp_path / f"{NAME}-2026-W40{ISSUE}"
    broken.write_text(json.dumps({"name": NAME}), encoding="utf-8")
    assert set(issues_in(tmp_path, NAME)) == {FULL.week}
    assert f"{broken}: is no issue of a digest" in caplog.text


@pytest.mark.parametrize("name", ISSUES)
def test_the_page_says_what_the_mail_says(name: str) -> None:
    mail, page = Parsed(render_html(ISSUES[name], None)), Parsed(page_of(ISSUES[name], ()))
    assert _of_mail(mail) <= set(page.text.split())
    assert {x["href"] for x in mail.all("a")} <= {x["href"] for x in page.all("a")}
    assert [x.get("lang") for x in page.all("html")] == [ISSUES[name].language]


def _of_mail(page: Parsed) -> set[str]:
    # What a list of mails shows before one is opened stands in the mail once more.
    return set(page.text.split())


def test_the_page_has_landmarks_headings_and_no_script() -> None:
    page = Parsed(page_of(FULL, WEEKS))
    tags = [tag for tag, _ in page.tags]
    assert [tags.count(tag) for tag in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    assert tags.count("h2") == tags.count("section") == 13
    assert page.all("a")[0]["href"] == "#main"
    assert not {"script", "link", "iframe", "form"} & set(tags)
    assert all(str(x["src"]).startswith(NAME) and x["alt"] for x in page.all("img"))
    (policy,) = (x["content"] for x in page.all("meta") if "http-equiv" in x)
    assert str(policy).startswith("default-src 'none'; img-src 'self'; style-src 'sha256-")


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1200, "dark")])
def test_the_pages_are_accessible_and_fit(
    width: int, scheme: str, folder: Path, browser: Browser
) -> None:
    with opened(browser, folder / f"{NAME}-2026-W46.html", width, scheme) as page:
        is_accessible(page, width)
        assert page.evaluate("[...document.images].map(x => x.naturalWidth)") == [1080, 1080]
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
    with opened(browser, folder / f"{NAME}.html", width, scheme) as page:
        is_accessible(page, width)


@pytest.mark.parametrize("page_name", [f"{NAME}-2026-W46.html", f"{NAME}.html"])
def test_letters_of_twice_the_size_still_fit(
    page_name: str, folder: Path, browser: Browser
) -> None:
    with opened(browser, folder / page_name, 720, "light") as page:
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("getComputedStyle(document.body).fontSize") == "34px"
        assert page.evaluate("document.documentElement.scrollWidth") == 720


def test_printed_it_has_no_way_elsewhere_and_black_ink(folder: Path, browser: Browser) -> None:
    with opened(browser, folder / f"{NAME}-2026-W46.html", 720, "dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        assert not page.locator("nav").is_visible()
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_the_network_is_drawn_with_room_for_every_name() -> None:
    assert FULL.network
    places, topics = network_picture.drawn(FULL.network)
    assert topics[0].name == "Potholes"
    assert {x.kind for x in (*places, *topics)} == {"community", "topic"}
    png = network_picture.network_png(FULL.network)
    assert png == network_picture.network_png(replace(FULL.network, edges=FULL.network.edges[::-1]))
    assert Image.open(BytesIO(png)).width == 2 * network_picture.WIDTH
    said = network_picture.alternative_text(FULL.network, speaking("en"))
    assert said.startswith("3 communities on the left are joined with 3 topics on the right")
    lines = {x.name: topics for x, topics in network_picture.shared(FULL.network)}
    assert lines["r/fernley"] == (("School crossings", 22), ("Potholes", 18))


def test_many_and_long_names_leave_a_network_that_can_be_read() -> None:
    many = Network(
        nodes=(
            *(Node(key=f"c:{x}", name="W" * 90, kind="community", posts=x) for x in range(40)),
            *(Node(key=f"t:{x}", name="Ж" * 90, kind="topic", posts=x) for x in range(40)),
        ),
        edges=tuple((f"c:{x}", f"t:{y}", x + y + 1) for x in range(40) for y in range(40)),
    )
    picture = Image.open(BytesIO(network_picture.network_png(many))).convert("L")
    assert picture.height < 2 * 600
    # Nothing touches the edges: no name is cut by them.
    for edge in (0, picture.width - 1):
        assert picture.crop((edge, 0, edge + 1, picture.height)).getextrema() == (255, 255)
    assert len(network_picture.shared(many)) == network_picture.MOST


def test_a_network_that_joins_nothing_is_not_shown() -> None:
    alone = Network(nodes=(Node(key="c", name="One", kind="community", posts=3),))
    html = page_of(replace(FULL, network=alone), ())
    assert "Who talks about the same" not in html
    assert "Who talks about the same" in page_of(FULL, ())
    assert index_of([FULL]).count("<li>") == 1


def test_the_pictures_of_the_readme_can_be_taken_from_a_page(
    folder: Path, browser: Browser, tmp_path: Path
) -> None:
    phone, network = take_digest(browser, folder / f"{NAME}-2026-W46.html", tmp_path)
    assert Image.open(BytesIO(phone.read_bytes())).size == (585, 1590)
    # In the dark: the page is, and the picture in it is on white.
    dark = Image.open(BytesIO(network.read_bytes())).convert("L")
    assert dark.getpixel((2, 2)) < 40  # type: ignore[operator]
    assert dark.getextrema()[1] == 255
