"""Addresses in HTML and elsewhere, made absolute."""

import re
from urllib.parse import urljoin, urlsplit

_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_ADDRESS = re.compile(r"""(\s(?:href|src)\s*=\s*)(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


def absolute(base: str, reference: str) -> str:
    """Return the address the reference means on a page at `base`; what is none stays as it is."""
    try:
        return urljoin(base, reference.strip())
    except ValueError:
        return reference


def with_absolute_links(base: str, html: str) -> str:
    """Return the HTML with every `href` and `src` made absolute."""

    def mended(attribute: re.Match[str]) -> str:
        reference = attribute[2] if attribute[2] is not None else attribute[3]
        address = absolute(base, reference).replace('"', "&quot;")
        return f'{attribute[1]}"{address}"'

    return _TAG.sub(lambda tag: _ADDRESS.sub(mended, tag[0]), html)


def web_address(text: str | None) -> str | None:
    """Return the text when it is an address of http or https, else None."""
    try:
        parts = urlsplit(text or "")
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname else None


def site_of(url: str) -> str:
    """Return host, port and path of an address without a slash at the end: what names a site."""
    parts = urlsplit(url)
    return (parts.netloc.rpartition("@")[2].lower() + parts.path).rstrip("/")
