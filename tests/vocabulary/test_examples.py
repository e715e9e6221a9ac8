"""Example posts of topics: which rows are read, which are refused, and why."""

import pytest

from contract.catalogue import Example, Label, Topic
from contract.errors import FixSettings
from contract.post import Rejected
from vocabulary.examples import read_examples


def topic(uri: str, *labels: str, kind: str = "prefLabel") -> Topic:
    return Topic(uri=uri, labels=tuple(Label(kind=kind, value=x, lang="en") for x in labels))


TOPICS = [
    topic("urn:housing", "Housing"),
    topic("urn:noise", "Noise"),
    topic("urn:other-noise", "noise"),
    topic("urn:rent", "rent", kind="altLabel"),
]


def read(text: str) -> list[Example | Rejected]:
    return list(read_examples(text.encode(), "examples.csv", TOPICS))


def test_a_topic_is_named_by_its_address_or_preferred_label_in_any_case() -> None:
    found = read('topic,text,lang\nurn:noise,drills,en\nhousing,"damp, cold",CY\nHOUSING,rats,\n')
    assert found == [
        Example(topic="urn:noise", text="drills", lang="en"),
        Example(topic="urn:housing", text="damp, cold", lang="cy"),
        Example(topic="urn:housing", text="rats"),
    ]


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_columns_stand_in_any_order_and_lang_may_be_missing(between: str) -> None:
    text = f"\ufeffText{between}Topic\r\n\r\ndamp{between}urn:housing\r\n"
    assert read(text) == [Example(topic="urn:housing", text="damp")]


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        ("housing,", "example without a text", "row 3, column text"),
        ("housing", "example without a text", "row 3, column text"),
        ("houzing,damp", "example of an unknown topic", "did you mean housing?"),
        ("rent,too high", "example of an unknown topic", '"rent" is no URI'),
        ("noise,drills", "example of several topics", "urn:noise, urn:other-noise"),
        ("housing,rats", "example stands twice", "row 3; first in row 2"),
        ("housing,rats,en,more", "row has more cells than the header", "4 cells, the header 3"),
        ("housing," + "a" * 10_001, "example is too long", "allowed are 10,000"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(row: str, reason: str, detail: str) -> None:
    found = read(f"topic,text,lang\nhousing,rats,en\n{row}\nurn:noise,drills,en\n")
    assert [type(one) for one in found] == [Example, Rejected, Example]
    assert found[1].reason == reason
    assert detail in found[1].detail


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no topic and no text"),
        (b"topic,label\nhousing,x\n", "the header has no text; found topic, label"),
        (b"topic,text\nhousing,caf\xe9\n", "byte 22 is no UTF-8"),
        (b"topic,text\nhousing,a\0b\n", "no text; save it as CSV"),
        (b"PK\x03\x04\x00", "the file is no text"),
    ],
)
def test_what_is_no_such_table_is_refused_as_a_whole(data: bytes, said: str) -> None:
    with pytest.raises(FixSettings, match=said):
        read_examples(data, "examples.csv", TOPICS)
