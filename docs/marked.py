"""The generated parts of a page: each stands between a pair of markers of its name."""

import re
from collections.abc import Mapping


def filled(page: str, parts: Mapping[str, str]) -> str:
    """Return the page with these texts between their markers.

    Raises ValueError where a pair of markers is not there once: what has none is never checked.
    """
    for name, text in parts.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        page, found = marked.subn(lambda m, text=text: f"{m[1]}{text}\n{m[2]}", page)
        if found != 1:
            raise ValueError(f"found {found} pairs of <!-- {name} --> and its end; needed is one")
    return page
