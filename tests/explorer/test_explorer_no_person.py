"""Over HTTP too nobody finds the posts of one person, however it is asked."""

import pytest
import sqlalchemy as sa
from explored import Explored

from warehouse.store import opened
from warehouse.tables import author, post

ATTEMPTS = {
    "a filter": "/goodguest/v_post?author_key={key}",
    "a filter in JSON": "/goodguest/v_post.json?author_key={key}&_shape=objects",
    "a filter with a condition": "/goodguest/v_post?author_key__exact={key}",
    "a facet": "/goodguest/v_post?_facet=author_key",
    "an order": "/goodguest/v_post?_sort=author_key",
    "a condition": "/goodguest/v_post?_where=author_key='{key}'",
    "a query": "/goodguest?sql=select+*+from+v_post+where+author_key='{key}'",
    "a query in CSV": "/goodguest.csv?sql=select+author_key+from+v_post",
    "a group": "/goodguest?sql=select+author_key,count(*)+from+v_post+group+by+1",
    "the table of authors": "/goodguest/author",
    "the table of posts": "/goodguest/post",
    "the words": "/goodguest/-/search?q={key}",
    "a search by author": "/goodguest/-/search?q=&author={key}",
    "the page of an author": "/goodguest/-/author/{key}",
    "a row by the pseudonym": "/goodguest/-/post/{key}",
    "what there is": "/goodguest?sql=select+name,sql+from+sqlite_master",
    "every text": "/goodguest/v_post.csv?text__contains={key}",
}


@pytest.fixture(scope="module")
def busiest(explored: Explored) -> tuple[str, list[str]]:
    """Return the pseudonym of who wrote most, in several communities, and that one's posts."""
    is_person = author.c.kind.in_(("person", "unknown"))
    most = (
        sa.select(author.c.author_key)
        .join(post, post.c.author_key == author.c.author_key)
        .where(is_person)
        .group_by(author.c.author_key)
        .order_by(sa.func.count(post.c.community_key.distinct()).desc(), sa.func.count().desc())
    )
    with opened(explored.given.warehouse) as engine, engine.connect() as connection:
        key = connection.scalars(most.limit(1)).one()
        mine = sa.select(post.c.post_key).where(post.c.author_key == key)
        posts = list(connection.scalars(mine))
    assert len(posts) > 5
    return key, posts


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_no_answer_says_who(
    explored: Explored, busiest: tuple[str, list[str]], attempt: str
) -> None:
    key, posts = busiest
    asked = ATTEMPTS[attempt].format(key=key)
    answer = explored.get(asked)
    text = answer.text.replace(key, "") if key in asked else answer.text
    assert key not in text
    assert "author_key" not in text.replace("author_key=", "") or answer.status_code >= 400
    there = [each for each in posts if each in text]
    # Nothing, or the same as everybody gets who asks for no author at all.
    assert answer.status_code >= 400 or len(there) < len(posts)


def test_no_pseudonym_and_no_table_stands_in_the_copy(explored: Explored) -> None:
    with opened(explored.given.warehouse) as engine, engine.connect() as connection:
        keys = list(connection.scalars(sa.select(author.c.author_key)))
    body = explored.database.read_bytes()
    assert len(keys) > 100
    assert [key for key in keys if key.encode() in body] == []
    tables = {row[0] for row in explored.rows("select name from sqlite_master")}
    assert tables.isdisjoint({"author", "post", "post_link", "post_media", "post_words"})
