"""Places: one is found however it is written, and no other that only looks like it."""

import pytest

from contract.charter_guests import OptOuts
from contract.places import is_within, plain_community

WITHIN = {
    "herons.example": (
        "https://herons.example", "https://HERONS.example.:8443/a", "a.herons.example",
        "http://user@herons.example/",
    ),
    "town.example/forum": (
        "https://town.example/forum", "https://www.town.example/forum/t/1?x#y",
        "https://town.example//forum/", "https://town.example/a/../forum", "town.example/%66orum/1",
    ),
    "town.example/caf%C3%A9": ("https://town.example/café/1", "https://town.example/caf%C3%A9"),
    "straße.example": ("https://xn--strae-oqa.example/1", "www.STRAßE.example"),
    "xn--strae-oqa.example": ("https://straße.example",),
}  # fmt: skip
ELSEWHERE = {
    "herons.example": (
        "https://greyherons.example", "https://herons.example.org", "https://a.example/herons.example",
        "https://herons.example@a.example/", "https://[", "", "herons",
    ),
    "town.example/forum": (
        "https://town.example/forums", "https://town.example/", "https://town.example/a/forum",
        "https://town.example/forum/../blog", "https://town.example/?/forum/",
    ),
    "straße.example": ("https://strasse.example",),
}  # fmt: skip


@pytest.mark.parametrize("place", WITHIN)
def test_what_is_within(place: str) -> None:
    outs = OptOuts.model_validate({"sites": [place]})
    assert [url for url in WITHIN[place] if not outs.place_of(url)] == []


@pytest.mark.parametrize("place", ELSEWHERE)
def test_what_is_elsewhere(place: str) -> None:
    assert [url for url in ELSEWHERE[place] if is_within(place, url)] == []


def test_names_of_one_community_are_one() -> None:
    written = ("r/Town", "/r/town/", "https://www.reddit.com/r/Town/", "Town")
    assert {plain_community(name) for name in written} == {"town"}
