import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from contract.catalogue import Dataset
from contract.errors import FixSettings, RetryLater, StopSource
from vocabulary import ckan

PACKAGES = [
    {"id": f"id-{n}", "name": f"set {n}", "title": f"Set {n}", "notes": ""} for n in range(7)
]


class Site(BaseHTTPRequestHandler):
    """A CKAN site that never gives more than three datasets a page, whatever it is asked for."""

    asked: list[dict[str, list[str]]]
    packages: list[dict[str, Any]]
    count: int
    answer: bytes

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        self.asked.append({"path": [parts.path], **query})
        start = int(query["start"][0])
        result = {"count": self.count, "results": self.packages[start : start + 3]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer or json.dumps({"success": True, "result": result}).encode())

    def log_message(self, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def site() -> Iterator[tuple[type[Site], str]]:
    kind = type("OneSite", (Site,), {"asked": [], "packages": PACKAGES, "count": 7, "answer": b""})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield kind, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def get(url: str) -> bytes:
    with urlopen(url, timeout=5) as answer:
        body: bytes = answer.read()
    return body


def test_every_dataset_comes_however_small_the_sites_pages_are(
    site: tuple[type[Site], str],
) -> None:
    kind, url = site
    pages = ckan.fetch_datasets(get, url + "/portal/")
    found = list(chain.from_iterable(ckan.read_page(page, url + "/portal/") for page in pages))
    assert [d.identifier for d in found if isinstance(d, Dataset)] == [p["id"] for p in PACKAGES]
    assert [asked["start"] for asked in kind.asked] == [["0"], ["3"], ["6"]]
    assert {asked["path"][0] for asked in kind.asked} == {"/portal/api/3/action/package_search"}
    assert isinstance(found[0], Dataset)
    assert found[0].landing_page == f"{url}/portal/dataset/set%200"


def test_a_filter_of_the_agency_stays_in_every_request(site: tuple[type[Site], str]) -> None:
    kind, url = site
    asked = url + "/api/3/action/package_search?fq=organization:parks&rows=5"
    assert len(list(ckan.fetch_datasets(get, asked))) == 3
    assert {tuple(a["fq"]) for a in kind.asked} == {("organization:parks",)}


def test_the_next_page_is_asked_for_only_when_the_last_is_used(
    site: tuple[type[Site], str],
) -> None:
    kind, url = site
    next(ckan.fetch_datasets(get, url))
    assert len(kind.asked) == 1


def test_a_site_that_stops_early_is_not_taken_for_complete(site: tuple[type[Site], str]) -> None:
    kind, url = site
    kind.count = 12
    with pytest.raises(RetryLater, match="gave 7 of its 12 datasets"):
        list(ckan.fetch_datasets(get, url))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"<!DOCTYPE html><html>Welcome</html>", "not JSON"),
        (b'{"success": true, "result": ["a"]}', "no count and results"),
        (b'{"success": true, "result": {"count": 9, "results": [{"id": "a"}]}}', "same page"),
    ],
)
def test_what_is_no_paging_ckan_site_says_so(
    site: tuple[type[Site], str], answer: bytes, says: str
) -> None:
    kind, url = site
    kind.answer = answer
    with pytest.raises(FixSettings, match=says):
        list(ckan.fetch_datasets(get, url))
    assert len(kind.asked) <= 2


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("Not Found Error", FixSettings),
        ("Search Query Error", FixSettings),
        ("Authorization Error", StopSource),
        ("Search Error", RetryLater),
        ("Something New", StopSource),
    ],
)
def test_a_failed_answer_raises_by_its_type_not_its_message(
    kind: str, raised: type[Exception]
) -> None:
    body = {"success": False, "error": {"__type": kind, "message": "Não encontrado"}}
    with pytest.raises(raised, match=f"{kind}: Não encontrado") as error:
        ckan.read_page(json.dumps(body).encode(), "https://data.fernley.example")
    if isinstance(error.value, RetryLater):
        assert error.value.at > datetime.now(UTC)
