"""Addresses of houses, numbers and addresses on the web, in the forms they are compared in."""

import pytest

from transforms.entity_keys import house_and_street, number_key, photo_of, web_key


@pytest.mark.parametrize(
    ("address", "house", "street"),
    [
        ("2 Pott Street, Altrincham", "2", "Pott Street"),
        ("Davyhulme Medical Centre, 130 Broadway, Davyhulme", "130", "Broadway"),
        ("12-14 Mill Lane\nFernley", "12", "Mill Lane"),
        ("No. 7A, Mill Lane", "7a", "Mill Lane"),
        ("Marktstraße 9b, 12345 Fernley", "9b", "Marktstraße"),
        ("calle Mayor 4; Fernley", "4", "calle Mayor"),
        ("The Quay", "", ""),
        ("12", "", ""),
        ("9th Avenue", "", ""),
        ("", "", ""),
    ],
)
def test_a_house_is_told_by_number_and_street(address: str, house: str, street: str) -> None:
    assert house_and_street(address) == (house, street)


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("ABW.1987.12", "abw198712"),
        ("978-0-306-40615-7", "9780306406157"),
        ("01234567", "01234567"),
        ("123456", ""),  # six digits are a price or a year and month
        ("1-234", ""),
        ("A1", ""),
        ("Elmhouse", ""),
    ],
)
def test_a_number_counts_when_nothing_else_is_written_so(number: str, key: str) -> None:
    assert number_key(number) == key


def test_digits_count_only_where_the_charter_says_that_they_are_a_number() -> None:
    assert number_key("01234567", is_declared=False) == ""
    assert number_key("ABW.1987.12", is_declared=False) == "abw198712"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.elm.example/", "elm.example"),
        ("http://elm.example/a/?b=2&a=1&utm_source=x", "elm.example/a/?a=1&b=2"),
        ("ftp://elm.example/", ""),
        ("https://[", ""),
    ],
)
def test_an_address_on_the_web_has_one_form(url: str, key: str) -> None:
    assert web_key(url) == key


def test_the_page_of_a_photo_is_known_by_its_number_whoever_it_belongs_to() -> None:
    for owner in ("town", "99018765@N01"):
        assert (
            photo_of(f"https://www.flickr.com/photos/{owner}/52990000099/in/pool") == "52990000099"
        )
    assert photo_of("https://www.flickr.com/photos/town/albums/52990000099") == ""
