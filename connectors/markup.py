"""Addresses in HTML and elsewhere, made absolute."""

import re
from urllib.parse import urljoin, urlsplit

_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_PLAIN = re.compile(r"https?://([A-Za-z0-9.-]+)(?=[/?#]|\Z)")
"""How nearly every address begins: what is asked most is told by it alone."""
_WHOLE = re.compile(
    r"https?://[A-Za-z0-9.-]+(?:/[^?#;\x00-\x20]*)?(?:\?[^#\x00-\x20]+)?(?:#[^\x00-\x20]+)?"
)
"""An address that stays as it is wherever it stands."""
_ADDRESS = re.compile(r"""(\s(?:href|src)\s*=\s*)(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


def absolute(base: str, reference: str) -> str:
    """Return the address the reference means on a page at `base`; what is none stays as it is."""
    said = reference.strip()
    if _WHOLE.fullmatch(said):
        return said
    try:
        return urljoin(base, said)
    except ValueError:
        return reference


def with_absolute_links(base: str, html: str) -> str:
    """Return the HTML with every `href` and `src` made absolute."""

    def mended(attribute: re.Match[str]) -> str:
        reference = attribute[2] if attribute[2] is not None else attribute[3]
        address = absolute(base, reference).replace('"', "&quot;")
        return f'{attribute[1]}"{address}"'

    return _TAG.sub(lambda tag: _ADDRESS.sub(mended, tag[0]) if "=" in tag[0] else tag[0], html)


def web_address(text: str | None) -> str | None:
    """Return the text when it is an address of http or https, else None."""
    if not text or _PLAIN.match(text):
        return text or None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname else None


def host_of(address: str) -> str | None:
    """Return the host an address of the web leads to, in lower case."""
    plain = _PLAIN.match(address)
    return plain[1].lower() if plain else urlsplit(address).hostname


def site_of(url: str) -> str:
    """Return host, port and path of an address without a slash at the end: what names a site."""
    parts = urlsplit(url)
    return (parts.netloc.rpartition("@")[2].lower() + parts.path).rstrip("/")
