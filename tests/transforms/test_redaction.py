"""Nothing that leads to a person stays; what only looks like it does."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from contract.post import Link, Media, Post, Tag
from transforms.frame import frame_of
from transforms.redaction import redact, redact_text

MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)
PHONE = re.compile(r"\+?\d[\d ()-]{8,}\d")
CARD = re.compile(r"\d(?:[ -]?\d){12,18}")

small = st.text(string.ascii_lowercase, min_size=1, max_size=8)
mails = st.builds("{}.{}@{}.{}".format, small, small, small, st.sampled_from(["org", "co.uk"]))
phones = st.builds(
    "{}{:04d}".format,
    st.sampled_from(["020 7946 ", "+44 20 7946 ", "0207946"]),
    st.integers(0, 9999),
)
cards = (
    st.from_regex(r"\A[45][0-9]{14}\Z")
    .map(lambda digits: digits + luhn.calc_check_digit(digits))
    .flatmap(lambda card: st.sampled_from([card, " ".join(re.findall("....", card))]))
)
words = st.text(string.ascii_letters + " .,!\n\u00e9\u4e2d😀", max_size=20).map(
    lambda text: f" {text} "
)


@settings(deadline=None)
@given(st.lists(st.tuples(words, mails | phones | cards), min_size=1, max_size=4), words)
def test_no_mail_phone_or_card_survives(parts: list[tuple[str, str]], end: str) -> None:
    text = "".join(word + personal for word, personal in parts) + end
    clean, count = redact_text(text, "GB")
    assert not any(pattern.search(clean) for pattern in (MAIL, PHONE, CARD))
    assert count == len(parts)


@settings(deadline=None)
@given(st.text() | st.text(st.sampled_from(list("0123456789 -.+@()/:[]uatdom"))))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once, _ = redact_text(text, "GB")
    assert redact_text(once, "GB") == (once, 0)


@pytest.mark.parametrize(
    ("country", "text", "clean"),
    [
        ("GB", "Ask Ottoline.Quill@town.example.", "Ask [mail]."),
        ("GB", "ottoline [at] town [dot] example, o(at)town.example", "[mail], [mail]"),
        ("GB", "write to ottoline at town dot example", "write to [mail]"),
        ("GB", "ottoline@müllabfuhr.example", "[mail]"),
        ("GB", "020 7946 0018,(01632) 960 001 or 07700900123", "[phone],[phone] or [phone]"),
        ("GB", "+49 (0)30 901820 or +44-20-7946-0018", "[phone] or [phone]"),
        ("US", "(212) 555-0123, 212.736.5000", "[phone], [phone]"),
        ("DE", "Tel. 030 1234567", "Tel. [phone]"),
        ("GB", "4111 1111 1111 1111 12/26, 378282246310005", "[card] 12/26, [card]"),
        ("GB", "GB29 NWBK 6016 1331 9268 19 THANKS", "[iban] THANKS"),
        ("GB", "de89370400440532013000", "[iban]"),
        (
            "GB",
            "NHS 943 476 5919, NHS no. 9434765919, AB 12 34 56 C",
            "NHS [id], NHS no. [id], [id]",
        ),
        ("US", "SSN 219-09-9998", "SSN [id]"),
        ("GB", "from 203.0.113.7 and 2001:db8::8a2e:370:7334", "from [ip] and [ip]"),
        (
            "GB",
            "thanks @ottoline_q! @o.town.example, @o@town.example",
            "thanks [handle]! [handle], [handle]",
        ),
        ("GB", "u/ottoline and /u/ottoline", "[handle] and [handle]"),
        ("GB", "https://t.example/?to=o@town.example&a=1", "https://t.example/?to=[mail]&a=1"),
        ("GB", "https://o:secret@town.example/x", "https://town.example/x"),
        ("GB", "https://wa.me/442079460018", "https://wa.me/[phone]"),
        ("GB", "https://t.example/?mob=07700900123&x=1", "https://t.example/?mob=[phone]&x=1"),
        ("GB", "https://t.example/?telno=07700900123", "https://t.example/?telno=[phone]"),
        ("GB", "https://t.example/?q=call+07700+900123", "https://t.example/?q=call+[phone]"),
        ("GB", "https://t.example/?e=o.quill%2540t.example", "https://t.example/?e=[mail]"),
        ("GB", "https://t.example/x电话07700900123", "https://t.example/x电话[phone]"),
        ("GB", "07700900123\n07700900456\n4111111111111111", "[phone]\n[phone]\n[card]"),
        ("CN", "联系 13800138000 谢谢", "联系 [phone] 谢谢"),
        ("IN", "98765 43210", "[phone]"),
        ("BR", "fone (11) 91234-5678", "fone [phone]"),
        ("RU", "8 (912) 345-67-89", "[phone]"),
        ("TR", "532 123 45 67", "[phone]"),
        ("HU", "20 123 4567, 06 20 123 4567", "[phone], [phone]"),
        ("LT", "8 612 34567", "[phone]"),
        ("IE", "D02 X285²", "[address]²"),
        ("GB", "SW1A 1AA²", "[address]²"),
        ("NL", "postcode: 1234 AB²", "postcode: [address]²"),
        # Digits that regex knows and Python does not yet.
        ("IE", "tel 1 23456, +" + " \U00010d44" * 11, "tel 1 23456, [phone]"),
    ],
)
def test_goes(country: str, text: str, clean: str) -> None:
    assert redact_text(text, country)[0] == clean


@pytest.mark.parametrize(
    "text",
    [
        "Buses 73, N29 and 453; the A38 and M25",
        "£1,234,567.89, 12345678 pounds, 1 000 000 people",
        "2024-05-03, 03/05/2024, 01-02-2024 12:30, 12:30:45, 2019/20 2020/21 2021/22",
        "case 2024/123456, ref 12345678901, case no. 02079460018 or #07911123456, FOI-2024-00123",
        "version 1.2.3.4, v10.0.0.1, section 4.3.2.1, 2.31.0",
        "51.507351, -0.127758 and +51.507351 -0.127758",
        "https://town.example/status/4111111111111111 https://town.example/@ottoline/1",
        "meet @ 10am, @10am, @3.50",
        "ISBN 978-0-306-40615-7, UPRN 100023336956, 24/01234/FUL",
        "tonnes: 2019 4821 2020 5310 2021 4900",
        "std::vector<int> a::b; 12:34:56:78",
        "https://town.example/?id=07700900123&hotel=1234567",
    ],
)
def test_stays(text: str) -> None:
    assert redact_text(text, "GB") == (text, 0)


def test_title_tags_links_and_media_are_redacted_and_counted() -> None:
    post = Post(
        platform="forum",
        native_id="1",
        kind="post",
        title="Call 020 7946 0018",
        text="Nothing here",
        tags=(Tag(tag="swans"), Tag(tag="o@town.example")),
        links=(
            Link(
                url="https://town.example/?to=o%40town.example#x",
                canonical_url="https://town.example/?to=o%40town.example",
                domain="town.example",
            ),
        ),
        media=(
            Media(url="https://town.example/1.jpg", alt_text="A van: call 020 7946 0018"),
            Media(
                url="https://o:secret@town.example/2.jpg", kind="video", licence="© 020 7946 0018"
            ),
        ),
    )
    batch = redact(frame_of([post, Post(platform="forum", native_id="2", kind="post")]), "GB")
    assert batch["title"][0] == "Call [phone]"
    assert batch["tags"][0] == (Tag(tag="swans"),)
    assert batch["links"][0][0].url == "https://town.example/?to=[mail]#x"
    assert batch["links"][0][0].canonical_url == "https://town.example/?to=[mail]"
    assert batch["media"].tolist() == [
        (
            Media(url="https://town.example/1.jpg", alt_text="A van: call [phone]"),
            Media(url="https://town.example/2.jpg", kind="video", licence="© [phone]"),
        ),
        (),
    ]
    assert batch["redactions"].tolist() == [6, 0]
    again = redact(batch, "GB")
    assert again.equals(batch)
