"""The sample town, heard and served to analysts."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pytest
from explored import Explored, add_hostile_post, served
from heard import heard
from place import TODAY

from explorer.site import prepared
from pipeline.export import export
from pipeline.status import status


@pytest.fixture(scope="session")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explored]:
    """Return an explorer that serves the town as of its last day."""
    given = heard(tmp_path_factory.mktemp("heard"))
    # A path may hold what means something in a file: address.
    folder = tmp_path_factory.mktemp("50%20 #of? it") / "views"
    export(given, folder, "sqlite", "personal")
    database = folder / "goodguest.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            "update about set value = ? where name = 'exported_at'",
            (f"{TODAY}T07:00:00.000000Z",),
        )
        add_hostile_post(connection)
        connection.commit()
    prepared(database)
    with served(database, partial(status, given)) as url:
        yield Explored(given, database, url)
