"""What an operator says by variables: one that is empty says nothing."""

from pathlib import Path

import pytest

from pipeline.settings import settings

NAMES = ("CHARTER", "WAREHOUSE", "LANDING", "DATA", "SMTP", "WEBHOOK", "EXPLORER", "UNSUBSCRIBE")


def test_an_empty_variable_is_as_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(f"GOODGUEST_{name}", raising=False)
    unsaid = settings()
    assert (unsaid.data, unsaid.landing) == (tmp_path / "data", f"{tmp_path}/data/landing")
    for name in NAMES:
        monkeypatch.setenv(f"GOODGUEST_{name}", "")
    assert settings() == unsaid
