"""The data dictionary names everything an analyst can meet."""

from warehouse.dictionary import dictionary_markdown
from warehouse.queries import VIEWS
from warehouse.tables import metadata


def test_the_dictionary_names_every_table_column_and_view() -> None:
    sections = {
        section.split("\n", 1)[0]: section for section in dictionary_markdown().split("\n### ")[1:]
    }
    assert sections.keys() == {*metadata.tables, *VIEWS}
    for table in metadata.sorted_tables:
        for column in table.columns:
            assert f"\n| {column.name} | " in sections[table.name]
            assert f" | {column.info['privacy']} | {column.comment}" in sections[table.name]
    assert "| author_key | text, may be null | personal |" in sections["post"]
    assert (
        "| posts | whole number | posts | open | Posts, copies counted once. |"
        in sections["v_topic_week"]
    )
