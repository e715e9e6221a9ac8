"""Digits, dashes and spaces of other scripts are read as those of ASCII, each in its place."""

import sys
import unicodedata

from transforms.plain_characters import in_plain_characters


def test_in_plain_characters() -> None:
    assert in_plain_characters("０７٧\xa0𝟘–９＠é") == "077 0-9@é"


def test_each_digit_dash_and_space_of_the_first_plane_is_seen_alone() -> None:
    for letter in map(chr, range(0x80, 0x10000)):
        kind = unicodedata.category(letter)
        assert (in_plain_characters(letter) != letter) == (
            kind in ("Nd", "Pd", "Zs") or "\uff01" <= letter <= "\uff5e" or letter == "\u2212"
        )


def test_what_is_not_seen_alone_is_not_seen_among_others() -> None:
    same = [
        each for each in map(chr, range(sys.maxunicode + 1)) if in_plain_characters(each) == each
    ]
    assert in_plain_characters("".join(same)) == "".join(same)
    assert in_plain_characters("".join([*same, "٣"])) == "".join([*same, "3"])
