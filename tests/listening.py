"""An installation that listens to nobody: what it reads is landed by the tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from stores import made_and_let_go

from pipeline.settings import Settings

_PURPOSE = {"title": "None", "legal_basis": "None", "dpia": "none", "owner": "nobody",
            "expires": "2099-12-31"}  # fmt: skip
ENDS = ("posts_new", "posts_changed", "posts_unchanged", "rejected", "skipped")
"""What refine says of records: each comes to one of them."""


def listening(folder: Path, store_url: str, platforms: Sequence[str]) -> Settings:
    """Return an installation with an empty store and a source of each platform, named as it."""
    charter: dict[str, Any] = {
        "agency": {"name": "An invented agency", "contact": "nobody@agency.example",
                   "privacy_notice": "https://agency.example/privacy"},
        "purposes": {"none": _PURPOSE},
        "sources": {
            name: {"platform": name, "url": f"https://{name}.example", "purpose": "none"}
            for name in platforms
        },
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "charter.yaml").write_text(yaml.safe_dump(charter), "utf-8")
    (folder / "pseudonym.key").write_text("a key that is the same in all stores", "utf-8")
    made_and_let_go(store_url)
    return Settings(
        charter=folder / "charter.yaml",
        data=folder,
        warehouse=store_url,
        landing=str(folder / "landing"),
        smtp=None,
    )
