"""The public register as a page that anybody can read, on a phone and with a screen reader."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def render_register(register: dict[str, Any]) -> str:
    """Return the page; it needs nothing from elsewhere."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("register.html").render(register)
