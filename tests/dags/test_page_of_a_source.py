"""The page of a source in Airflow: what its platform asks of whoever reads it."""

from pathlib import Path

import pytest

from connectors import connector_of
from contract.charter_file import load_charter
from dags._docs import plain_text, source_docs

CHARTER = load_charter(Path(__file__).parents[2] / "samples" / "charter.yaml")


@pytest.mark.parametrize("name", CHARTER.sources)
def test_it_says_what_the_terms_say(name: str) -> None:
    page, terms = (
        source_docs(CHARTER, name, None),
        connector_of(CHARTER.source(name).platform).TERMS,
    )
    for said in (terms.storage, terms.deletion, terms.attribution, *terms.forbidden):
        assert plain_text(said) in page
    assert f"<{terms.url}>" in page
