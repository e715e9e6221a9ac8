"""Short links: which addresses are some, and what becomes of a post's links once they are known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.post import Link, Post
from transforms.expansion import SHORTENERS, expand_links, expanded, is_short, short_links
from transforms.fingerprint import fingerprint
from transforms.frame import frame_of
from transforms.links import canonical_url, domain_of

TOWN = "https://town.example"


def link(canonical: str, url: str | None = None) -> Link:
    return Link(url=url or canonical, canonical_url=canonical, domain=domain_of(canonical))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://bit.ly/3xYz", True),
        ("http://www.bit.ly/3xYz", True),
        ("https://maps.app.goo.gl/a/b?g_st=i", True),
        ("https://bit.ly/", False),
        ("https://bit.ly/[handle]", False),
        ("https://bit.ly.town.example/3xYz", False),
        ("https://town.example/bit.ly/3xYz", False),
        ("https://orbit.ly/3xYz", False),
    ],
)
def test_what_is_a_short_link(url: str, expected: bool) -> None:
    assert is_short(url) is expected


def test_every_shortener_is_met_in_the_form_addresses_have() -> None:
    assert len(SHORTENERS) > 60
    for host in SHORTENERS:
        url = f"https://{host}/Ab3"
        assert (canonical_url(url), domain_of(url), is_short(url)) == (url, host, True)


SHORT = [f"https://bit.ly/{number}" for number in range(4)]
TARGETS = st.dictionaries(st.sampled_from(SHORT), st.sampled_from([TOWN, "https://a.example/"]))
LINKS = st.lists(st.sampled_from([*SHORT, TOWN, "https://b.example/"]), unique=True)


@settings(deadline=None)
@given(LINKS, TARGETS, st.randoms(use_true_random=False))
def test_it_ends_the_same_whatever_is_known_first(
    urls: list[str], targets: dict[str, str], dice: object
) -> None:
    links = tuple(link(url) for url in urls)
    at_once = expanded(links, targets)
    in_turn, known = links, sorted(targets)
    dice.shuffle(known)  # type: ignore[attr-defined]
    for url in known:
        in_turn = expanded(in_turn, {url: targets[url]})
    assert in_turn == at_once == expanded(at_once, targets)
    assert [one.canonical_url for one in at_once] == list(
        dict.fromkeys(targets.get(url, url) for url in urls)
    )
    assert {one.url for one in at_once} <= set(urls), "the address stays as written"
    assert all(one.domain == domain_of(one.canonical_url) for one in at_once)


def test_only_links_change_and_only_where_it_is_allowed() -> None:
    links = (link(SHORT[0], "https://bit.ly/0?fbclid=1"), link(TOWN), link("https://bit.ly/"))
    posts = [
        Post(platform="x", native_id=str(n), kind="post", text="See there.", links=found)
        for n, found in enumerate((links, links, ()))
    ]
    batch = fingerprint(frame_of(posts).assign(source=["open", "closed", "open"]))
    assert short_links(batch, {"open"}) == {SHORT[0]}
    assert short_links(batch, ()) == set()
    wide = expand_links(batch, {SHORT[0]: "https://town.example/bins"}, {"open"})
    assert wide["links"][0] == (
        Link(
            url="https://bit.ly/0?fbclid=1",
            canonical_url="https://town.example/bins",
            domain="town.example",
        ),
        *links[1:],
    )
    assert wide["links"].tolist()[1:] == batch["links"].tolist()[1:]
    rest = [name for name in batch if name != "links"]
    assert wide[rest].equals(batch[rest])
