"""Pages that need nothing from elsewhere, to be read on a phone and with a screen reader."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def plain_page(template: str, said: Mapping[str, Any]) -> str:
    """Return the page of a template that builds on `plain.html`, such as `register.html`."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(said)
