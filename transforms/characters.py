"""Characters as a reader sees them: whole, composed, and none that only steer a screen."""

import re
import unicodedata

import regex

from transforms.frame import whole_characters

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f]")
# Soft hyphens, direction marks, zero-width and other characters that only steer a screen. Not
# here: variation selectors, and the Arabic and Syriac signs that are seen (U+0600, U+06DD …).
_UNSEEN = re.compile(
    "[\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0001]"
)
# A joiner stays where it changes what is read: inside an emoji, and after a letter or sign of a
# script that joins (Persian, Hindi, Sinhala …). Flags of Wales and Scotland are spelt with tags.
_JOINERS = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")
_STRAY_JOINERS = regex.compile(
    r"(?<![^\P{L}\p{Latin}\p{Greek}\p{Cyrillic}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
    r"|(?!\p{Inherited})\p{M})\u200c"
    r"|(?<![^\P{L}\p{Latin}\p{Greek}\p{Cyrillic}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
    r"|(?!\p{Inherited})\p{M}"
    r"|\p{Extended_Pictographic}\ufe0f?(?=\u200d\p{Extended_Pictographic})"
    r"|\p{Emoji_Modifier}(?=\u200d\p{Extended_Pictographic}))\u200d"
    r"|(?<!\U0001f3f4[\U000e0020-\U000e007e]{0,7})[\U000e0020-\U000e007f]"
)


def is_tidy(text: str) -> bool:
    """Return whether `tidy` and `one_line` would certainly change nothing; a cheap look."""
    # What is printable has no control, no unseen character and no space but " "; U+034F is seen
    # by nobody and yet printable.
    if not text.isprintable() or "  " in text or text.strip() != text:
        return False
    return text.isascii() or (
        unicodedata.is_normalized("NFC", text) and "\u034f" not in text and not _LOOKS_TORN(text)
    )


def tidy(text: str) -> str:
    """Return the text in NFC with \\n as its line breaks, mended (see `mended`), without the
    characters nobody sees.
    """
    while True:
        seen = _seen(mended(text))
        # What was taken out may have kept the halves of a torn character apart.
        if mended(seen) == seen:
            return seen
        text = seen


def one_line(text: str) -> str:
    """Return the tidy text with one space for each run of white space, none at its ends."""
    if is_tidy(text):
        return text
    line = " ".join(tidy(text).split())
    # A hard space may have been all that spoke against mending.
    return line if mended(line) == line else one_line(line)


def _seen(text: str) -> str:
    text = _CONTROLS.sub("", _BREAKS.sub("\n", text))
    if text.isascii():
        return text
    text = _UNSEEN.sub("", whole_characters(text))
    # Looking around each character is dear, and most are no joiners.
    seen = _JOINERS.sub(lambda one: "" if _STRAY_JOINERS.match(text, one.start()) else one[0], text)
    return unicodedata.normalize("NFC", seen)


# UTF-8 that was read as Windows-1252 or Latin-1: each byte became a character of its own.
_BYTE_OF = {bytes([byte]).decode("cp1252", "ignore"): byte for byte in range(0x80, 0xA0)}
_BYTE_OF = {char: byte for char, byte in _BYTE_OF.items() if char}
_TABLE = {ord(char): chr(byte) for char, byte in _BYTE_OF.items()}
_NEXT = "[\x80-\xbf" + "".join(_BYTE_OF) + "]"
_ONE = f"(?:[\xc2-\xdf]{_NEXT}|[\xe0-\xef]{_NEXT}{{2}}|[\xf0-\xf4]{_NEXT}{{3}})"
_LATIN = f"(?:\xc2[\xa0-\xbf]|[\xc3-\xc5]{_NEXT})"  # what is most often torn: é, £, ł …
_LOOKS_TORN = re.compile(f"[\xc2-\xf4]{_NEXT}").search
_TORN = re.compile(f"{_ONE}+")
_NO_PART = re.compile("[\x80-\xff" + "".join(_BYTE_OF) + "]")
# What may stand behind a capital in right text: "CAFÉ…", "JOSÉ’s", "„Å“", "IRMÃ »", Karelian "TÄŠ".
_BEHIND = "[\xa0\xaa\xab\xad\xae\xb0\xb2\xb3\xb7\xb9\xba\xbb…‘’“”‹›•–—™ŠšŽžŒŸ]"
# A sign and a fraction: "2×½×¼", "pipe Ø½Ø¾".
_MEASURED = "[\xb1\xbc-\xbe]"
_IS_SURE = re.compile(
    f"(?!(?:[\xc2-\xf4](?:{_BEHIND}|{_MEASURED}){{1,3}}){{2}}){_ONE}{{2}}"
    "|\xf0[\x9fŸ]"
    f"|\xe2(?!\xa0|{_BEHIND}{{2}}){_NEXT}(?!\xa0){_NEXT}"
    f"|(?!.{_BEHIND}){_LATIN}"
    f"|(?<=[a-zß-ÿ]){_LATIN}"
    "|(?<=[0-9])\xc2[\xa0\xb0\xb2\xb3\xba]"
    "|[\xc2-\xc5][\xaa\xab\xb0\xba\xbb‹›“‘](?=[a-zß-ÿ])"
).search


def mended(text: str) -> str:
    """Return the text read as what it was, where it is UTF-8 that was taken for Windows-1252.

    "cafÃ©" becomes "café" and "itâ€™s" "it’s": only where every character of those encodings
    reads as UTF-8, and one at least stands as in no right text.
    """
    while (again := _read_as_utf8(text)) != text:  # it may be torn twice
        text = again
    return text


def _read_as_utf8(text: str) -> str:
    if text.isascii() or not _LOOKS_TORN(text) or not _IS_SURE(text):
        return text
    if _NO_PART.search(_TORN.sub("", text)):
        return text
    try:
        return _TORN.sub(_whole, text)
    except UnicodeDecodeError:
        return text


def _whole(torn: re.Match[str]) -> str:
    return torn[0].translate(_TABLE).encode("latin-1").decode("utf-8")
