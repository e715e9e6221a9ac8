"""What holds of redaction whatever is written, by whomever, however long."""

import itertools
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from contract.post import Link, Media, Post, Tag
from transforms.frame import frame_of
from transforms.links import ADDRESS, LONGEST_URL, parted, without_addresses
from transforms.redaction import _has_sign, redact, redact_text, redact_url

LONGEST = 65_536
COUNTRIES = st.sampled_from(["GB", "US", "DE", "FR", "ES", "PL", "IE", "NL", "IT", "XX"])

four = st.integers(0, 9999).map("{:04d}".format)
name = st.sampled_from(["ottoline.quill", "wilmot_tansy", "b+thistle", "jagoda88", "ö.distel"])
host = st.sampled_from(["town.example", "mail.fernwick.example.org", "müll-weg.example"])
spelt = st.sampled_from(["{}@{}", "mailto:{}@{}", "<{}@{}>", "{} [at] {}", "{}(at){}", "{}＠{}"])
mails = st.builds(str.format, spelt, name, host)
phones = st.builds(
    str.format,
    st.sampled_from(
        ["07700 90{}", "+44 7700 90{}", "+44 (0) 7700-90{}", "(01632) 96{}", "0044 7700 90{}",
         "0770090{}", "07700.90{}", "tel:+44770090{}"]
    ),
    four,
)  # fmt: skip
cards = (
    st.from_regex(r"\A4[0-9]{14}\Z")
    .map(lambda digits: digits + luhn.calc_check_digit(digits))
    .flatmap(
        lambda card: st.sampled_from([card, *(s.join(re.findall("....", card)) for s in " -")])
    )
)
ibans = st.sampled_from(
    ["GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000", "pl61109010140000071219812874"]
)
ips = st.builds("203.0.113.{}".format, st.integers(10, 255)) | st.just("2001:db8::8a2e:370:7334")
handles = st.sampled_from(
    ["@ottoline_q", "@o.quill@town.example", "u/river-warden", "@tansy.example"]
)
ids = st.sampled_from(["AB 12 34 56 C", "ab123456c", "943 476 5919", "NHS number: 9434765919"])
houses = st.builds(
    str.format,
    st.sampled_from(
        ["{} Rosewood Close", "Flat 7, {} Mill Road", "Rosenweg {},", "ul. Lipowa {}."]
    ),
    st.integers(1100, 1899),
)
scripts = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "०१२३४५६७८९"])
secrets = mails | phones | cards | ibans | ips | handles | ids | houses
words = st.sampled_from(
    ["the bins", "um 14 Uhr", "£3.50", "on 03/05/2024", "bus 73", "🙂", "日本語", "hier :", "\n"]
)


def _with_digits(text: str, digits: str) -> str:
    return text.translate(dict(zip(map(ord, "0123456789"), digits, strict=True)))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(words, secrets, scripts), min_size=1, max_size=5), words)
def test_no_planted_secret_survives(parts: list[tuple[str, str, str]], end: str) -> None:
    text = " ".join(f"{said} {_with_digits(secret, digits)} ," for said, secret, digits in parts)
    clean, count = redact_text(f"{text} {end}", "GB")
    ordinary = re.sub(r"um 14 Uhr|£3.50|03/05/2024|bus 73", "", clean)
    assert not re.search(r"\d|@|＠", ordinary), clean
    assert not re.search(r"quill|tansy|thistle|distel|nwbk", ordinary, re.IGNORECASE), clean
    assert count >= len(parts)


hostile = st.text(st.sampled_from(list("0123456789 -.+@()/:[]uatdom,٣０AZ#\n"))) | st.text()


@settings(deadline=None, max_examples=300)
@given(hostile | st.lists(secrets | words | hostile).map("".join), COUNTRIES)
def test_redacting_twice_changes_nothing_and_nothing_raises(text: str, country: str) -> None:
    once, _ = redact_text(text, country)
    assert redact_text(once, country) == (once, 0)
    url, _ = redact_url(text)
    assert redact_url(url) == (url, 0)


@given(st.lists(st.sampled_from(["http", "https", "HTTPs", "://", "a.b", " ", "](", '"', "x"])))
def test_addresses_are_those_of_the_plain_search(parts: list[str]) -> None:
    text = "".join(parts)
    parts = parted(text)
    ends = [0, *itertools.accumulate(map(len, parts))]
    found = [match.span() for match in ADDRESS.finditer(text)]
    assert list(itertools.pairwise(ends))[1::2] == found
    assert "".join(parts) == text
    assert without_addresses(text) == ADDRESS.sub(" ", text)


@settings(deadline=None, max_examples=60)
@given(mails.filter(lambda mail: re.fullmatch(r"[\w.+]+@[\w.-]+", mail)), phones, secrets)
def test_titles_tags_links_and_media_hold_no_secret(mail: str, phone: str, secret: str) -> None:
    digits = re.sub(r"\D", "", phone)
    urls = [
        f"https://a.example/?email={mail}&x=1",
        f"https://a.example/?phone={digits}",
        f"https://{mail}/x",
        f"https://wa.me/{digits}",
        f"mailto:{mail}",
        f"tel:{phone.removeprefix('tel:')}",
    ]
    post = Post(
        platform="forum",
        native_id="1",
        kind="post",
        title=f"ask {secret} ,",
        text=f"or {secret} , or {urls[0]}",
        tags=(Tag(tag=mail), Tag(tag="swans")),
        links=tuple(Link(url=url, canonical_url=url, domain="a.example") for url in urls),
        media=(Media(url=urls[0], alt_text=f"of {secret} ,"),),
    )
    batch = redact(frame_of([post]), "GB")
    left = [
        batch["title"][0],
        batch["text"][0],
        batch["tags"][0],
        batch["links"][0],
        batch["media"][0],
    ]
    assert secret not in str(left)
    assert mail not in str(left)
    assert digits not in str(left)
    assert batch["tags"][0] == (Tag(tag="swans"),)
    assert batch["redactions"][0] >= 10
    assert redact(batch, "GB").equals(batch)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["电话{}", "请致电{}联系", "بالرقم{}", "тел{}谢谢", "カード{}です"]),
    phones.filter(lambda phone: phone[0] in "0+") | cards | ibans | ips | st.just("@ottoline_q"),
)
def test_scripts_without_spaces_hide_no_secret(said: str, secret: str) -> None:
    clean, _ = redact_text(said.format(secret), "GB")
    assert not re.search(r"\d|@|ottoline", clean), clean


PIECES = [
    *("7", "7 ", "01 ", "@", "+1 (", "1.", "[", "[at]", "([{<", "a@", "x@x.", "u/", "://", "1:"),
    *("2001:", "GB29 ", "12 Old Street ", "4111 ", "020-7946-0018-", "Rosenweg 1 ", "calle ", "٠"),
    *("ul. Lipowa 1 ", "tel 12", "passport 1 ", "(0", "flat 2 ", "&phone=1", "x at y dot ", "'a"),
    *("0 7 ", "0 7 7 ", "/u/abc", "u/abc/", "cc@a ", "jane at b.c ", ".[at]", "07700_", "14 PARK "),
    *("07700900123\n", "4111 1111 1111 1111\n"),
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_bounded_whatever_is_repeated(piece: str) -> None:
    text = f"12 {piece * (LONGEST // len(piece))}@ 1"
    began = time.process_time()
    redact_text(text, "GB")
    redact_url(f"https://a.example/{text}")
    # Most take a third of it; what is quadratic takes minutes.
    assert time.process_time() - began < 1


def test_a_text_that_is_never_done_goes_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.redaction._MOST_ROUNDS", 1)
    assert redact_text("ring 07700 900123", "GB") == ("[text]", 1)
    assert redact_text("[text]", "GB") == ("[text]", 0)


def test_a_long_address_is_looked_at_and_not_kept() -> None:
    kept = _has_sign.cache_info().currsize
    address = f"https://town.example/{'x' * LONGEST_URL}?to="
    assert redact_url(f"{address}o@town.example") == (f"{address}[mail]", 1)
    assert redact_url(address) == (address, 0)
    assert _has_sign.cache_info().currsize == kept


@given(st.text(st.characters(categories=["L"])), COUNTRIES)
def test_letters_alone_lead_to_nobody(letters: str, country: str) -> None:
    assert redact_text(letters, country) == (letters, 0)
