"""Pages that need nothing from elsewhere, to be read on a phone and with a screen reader."""

from collections.abc import Mapping
from typing import Any

from digest.templating import environment


def plain_page(template: str, said: Mapping[str, Any]) -> str:
    """Return the page of a template that builds on `plain.html`, such as `register.html`."""
    return environment(escape=True).get_template(template).render(said)
