"""A charter made to do harm is refused by name, before anything is done with it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from house import TERMINAL

from contract.charter_file import load_charter
from contract.errors import FixSettings

SOURCE = {"platform": "feed", "url": "https://blog.example", "purpose": "town"}


def charter() -> dict[str, Any]:
    return {
        "agency": {"name": "An agency", "contact": "nobody@agency.example",
                   "privacy_notice": "https://agency.example/privacy"},
        "purposes": {"town": {"title": "The town", "legal_basis": "None", "dpia": "none",
                              "owner": "nobody", "expires": "2099-12-31"}},
        "sources": {"blog": dict(SOURCE)},
        "digests": {"weekly": {"purpose": "town", "to": ["reader@agency.example"]}},
    }  # fmt: skip


def refused(folder: Path, said: dict[str, Any]) -> str:
    path = folder / "charter.yaml"
    path.write_text(yaml.safe_dump(said), "utf-8")
    with pytest.raises(FixSettings) as error:
        load_charter(path)
    return str(error.value)


def test_the_charter_itself_is_one(tmp_path: Path) -> None:
    path = tmp_path / "charter.yaml"
    path.write_text(yaml.safe_dump(charter()), "utf-8")
    assert load_charter(path).sources["blog"].platform == "feed"


@pytest.mark.parametrize("section", ["purposes", "sources", "digests"])
@pytest.mark.parametrize(
    "name",
    ["../../etc/cron.d/x", "..", ".", "/etc/x", "a/b", "a\\b", "a\0b", "a b", "{{ 7*7 }}", "%(x)s",
     "'; drop table post; --", "<script>", "-rf", "a\u202eb", "Ａ", "a" * 64],
)  # fmt: skip
def test_no_name_leads_out_of_a_folder_or_into_a_query(
    section: str, name: str, tmp_path: Path
) -> None:
    """Names of sources and digests become folders, files, ids of DAGs and of mails."""
    said = charter()
    said[section][name] = next(iter(said[section].values()))
    assert f"{section}." in refused(tmp_path, said)


@pytest.mark.parametrize(
    ("section", "name", "field"),
    [("agency", None, "name"), ("purposes", "town", "title"), ("purposes", "town", "owner")],
)
def test_no_text_obeys_in_a_terminal_or_a_mail(
    section: str, name: str | None, field: str, tmp_path: Path
) -> None:
    for harm in (TERMINAL, "An agency\r\nBcc: all@evil.example\0", "\u2066x", "a\u2028b"):
        said = charter()
        (said[section][name] if name else said[section])[field] = harm
        answer = refused(tmp_path, said)
        assert "holds a sign that controls a terminal" in answer
        assert answer.isprintable(), ascii(answer)


@pytest.mark.parametrize(
    "mail",
    ["a@b.example>\nBcc: c@d.example", "<a@b.example", 'a"@b.example', "a,c@b.example",
     "a\0@b.example", "a\x1b[2J@b.example", "a@b.example>", "a@b;c.example"],
)  # fmt: skip
def test_no_address_is_more_than_one(mail: str, tmp_path: Path) -> None:
    """One that no mail can be made of would keep all readers from theirs."""
    for change in ({"agency": {**charter()["agency"], "contact": mail}},
                   {"digests": {"weekly": {"purpose": "town", "to": [mail]}}}):  # fmt: skip
        assert "mail" in refused(tmp_path, {**charter(), **change}) or "contact" in refused(
            tmp_path, {**charter(), **change}
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [("lookback", "P99999999999999999999D"), ("lookback", "P999999Y"), ("lookback", "P101Y"),
     ("lookback", f"P{'9' * 5000}D"), ("schedule", "0-4294967295 * * * *"),
     ("schedule", "0 0 31 2 *"), ("url", "javascript:alert(1)"), ("url", "file:///etc/passwd"),
     ("url", "https://user:secret-word@blog.example")],
)  # fmt: skip
def test_no_value_breaks_a_calendar_or_leaves_the_web(
    field: str, value: str, tmp_path: Path
) -> None:
    said = charter()
    said["sources"]["blog"][field] = value
    answer = refused(tmp_path, said)
    assert f"sources.blog.{field}" in answer
    assert "secret-word" not in answer


def test_no_tag_makes_an_object(tmp_path: Path) -> None:
    path = tmp_path / "charter.yaml"
    path.write_text(f"agency: !!python/object/apply:os.system ['touch {tmp_path}/owned']\n")
    with pytest.raises(FixSettings, match="could not determine a constructor"):
        load_charter(path)
    assert not (tmp_path / "owned").exists()
