"""Posts in partitions by month on PostgreSQL, their words for search, and the counts of weeks."""

from string import Template

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_PARTS = ("post_metric", "post_tag", "post_link", "post_media", "link_review")
_TIES = {"post_topic": "topic_uri", "post_dataset": "dataset_key", "post_entity": "entity_key"}
_COUNTS = ("entity_tag_week", "entity_week", "dataset_week", "community_week", "topic_week")
_NEW_INDEXES = {
    "ix_post_day": ["day"],
    "ix_post_first_seen": ["source", "first_seen_at"],
    "ix_post_community_key": ["community_key"],
    "ix_post_parent_key": ["parent_key"],
}
_OF_COPIES = {"ix_post_near_duplicate_of": "near_duplicate_of", "ix_post_copy": "post_key"}
_OLD_INDEXES = {
    "ix_post_source": ["source", "created_at"],
    "ix_post_text_signature": ["text_signature"],
    "ix_post_week": ["week"],
}


def upgrade() -> None:
    if _is_postgresql():
        _partition()
    for name, columns in _NEW_INDEXES.items():
        op.create_index(name, "post", columns)
    are_copies = sa.text("near_duplicate_of is not null")
    for name, column in _OF_COPIES.items():
        op.create_index(
            name, "post", [column], sqlite_where=are_copies, postgresql_where=are_copies
        )
    for table, target in _TIES.items():
        op.create_index(f"ix_{table}_{target}", table, [target])
    op.create_index("ix_link_review_post_key", "link_review", ["post_key"])
    _make_words()
    _make_counts()
    op.execute("insert into stale_week select distinct week from post")


def downgrade() -> None:
    for table in ("stale_week", "closed_week", *_COUNTS):
        op.drop_table(table)
    if _is_postgresql():
        op.execute(
            "drop function goodguest_search(text[], int), goodguest_holds(text, text[]), "
            "goodguest_analyze()"
        )
    else:
        op.execute("drop table post_fts")
    op.drop_table("post_words")
    op.drop_index("ix_link_review_post_key", "link_review")
    for table, target in _TIES.items():
        op.drop_index(f"ix_{table}_{target}", table)
    for name in (*_NEW_INDEXES, *_OF_COPIES):
        op.drop_index(name, "post")
    if _is_postgresql():
        _join()


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _partition() -> None:
    """Make `post` a table in partitions; nothing can refer to one by its post_key alone."""
    for table in (*_PARTS, *_TIES):
        op.drop_constraint(f"fk_{table}_post_key", table)
    for name in _OLD_INDEXES:
        op.drop_index(name, "post")
    op.execute("alter table post rename to post_whole")
    op.execute("alter table post_whole rename constraint pk_post to pk_post_whole")
    # Days have to sort by their digits, whatever language the database was made in.
    op.execute('alter table post_whole alter column day type text collate "C"')
    op.execute("create table post (like post_whole) partition by range (day)")
    op.create_primary_key("pk_post", "post", ["post_key", "day"])
    _refer_and_index(_OLD_INDEXES)
    op.execute("""
        create table post_before_2000 partition of post
        for values from (minvalue) to ('2000-01-01')""")
    op.execute("""
        create table post_after_2099 partition of post
        for values from ('2100-01-01') to (maxvalue)""")
    _make_function(_HOLD_MONTH)
    _make_function(_DROP_MONTH)
    op.execute("""
        select goodguest_hold_month(month)
        from (select distinct substr(day, 1, 7) as month from post_whole) as months
        where month >= '2000' and month < '2100'""")
    op.execute("insert into post select * from post_whole")
    op.drop_table("post_whole")


def _join() -> None:
    """Make `post` one table again."""
    op.execute("alter table post rename to post_parted")
    op.execute("alter table post_parted rename constraint pk_post to pk_post_parted")
    for name in _OLD_INDEXES:
        op.drop_index(name, "post_parted")
    op.execute("create table post (like post_parted)")
    op.execute('alter table post alter column day type text collate "default"')
    op.execute("insert into post select * from post_parted")
    op.drop_table("post_parted")
    op.execute("drop function goodguest_hold_month(text), goodguest_drop_month(text)")
    op.create_primary_key("pk_post", "post", ["post_key"])
    _refer_and_index(_OLD_INDEXES)
    for table in (*_PARTS, *_TIES):
        op.create_foreign_key(
            f"fk_{table}_post_key", table, "post", ["post_key"], ["post_key"], ondelete="CASCADE"
        )


def _refer_and_index(indexes: dict[str, list[str]]) -> None:
    for table, column, key in (
        ("source", "source", "id"),
        ("community", "community_key", "community_key"),
        ("author", "author_key", "author_key"),
    ):
        op.create_foreign_key(f"fk_post_{column}", "post", table, [column], [key])
    for name, columns in indexes.items():
        op.create_index(name, "post", columns)


def _make_function(says: str) -> None:
    # What a caller makes for itself (pg_temp) would else be found first, and run as the owner.
    schema = op.get_bind().scalar(sa.text("select quote_ident(current_schema())"))
    op.execute(Template(says).substitute(schema=schema, body="$$"))


_HOLD_MONTH = """
create function goodguest_hold_month(month text) returns void
language plpgsql security definer set search_path = $schema, pg_temp as $body
declare
  first text := month || '-01';
  after text;
  name text := 'post_' || replace(month, '-', '_');
begin
  if month !~ '^20[0-9][0-9]-(0[1-9]|1[0-2])$$' then
    raise exception 'found % as a month; allowed are 2000-01 to 2099-12', month;
  end if;
  after := to_char(first::date + interval '1 month', 'YYYY-MM-DD');
  if to_regclass(name) is null then
    -- Attaching lets readers go on; making it as a partition would not.
    execute format('create table %I (like post)', name);
    execute format('alter table post attach partition %I for values from (%L) to (%L)',
                   name, first, after);
  end if;
end $body"""

_DROP_MONTH = """
create function goodguest_drop_month(month text) returns void
language plpgsql security definer set search_path = $schema, pg_temp as $body
declare
  name text := 'post_' || replace(month, '-', '_');
  part text;
begin
  if month !~ '^20[0-9][0-9]-(0[1-9]|1[0-2])$$' then
    raise exception 'found % as a month; allowed are 2000-01 to 2099-12', month;
  end if;
  if to_regclass(name) is not null then
    foreach part in array array['post_metric', 'post_tag', 'post_link', 'post_media', 'post_words',
                                'post_topic', 'post_dataset', 'post_entity', 'link_review'] loop
      execute format(
        'delete from %1$$I using %2$$I as gone where gone.post_key = %1$$I.post_key', part, name);
    end loop;
    execute format('drop table %I', name);
  end if;
end $body"""


# The database's own daemon looks at each month, never at all of them together.
_ANALYZE = """
create function goodguest_analyze() returns void
language plpgsql security definer set search_path = $schema, pg_temp as $body
begin
  analyze post, post_words, post_metric, post_tag, post_link, post_topic, post_dataset, post_entity,
    topic_week, community_week, dataset_week, entity_week, entity_tag_week, coverage;
end $body"""

_SEARCH = """
create function goodguest_search(phrases text[], most int default 2147483647) returns setof text
language plpgsql stable security definer set search_path = $schema, pg_temp as $body
declare
  wanted tsquery := plainto_tsquery('pg_catalog.simple', phrases[1]);
begin
  for place in 2 .. cardinality(phrases) loop
    wanted := wanted && plainto_tsquery('pg_catalog.simple', phrases[place]);
  end loop;
  return query
    select post_words.post_key from post_words
    -- The words of a phrase have to stand together; of a long text the index does not know where.
    where post_words.search @@ wanted and not exists (
      select 1 from unnest(phrases) as phrase
      where strpos(' ' || post_words.words || ' ', ' ' || phrase || ' ') = 0)
    limit most;
end $body"""

_HOLDS = """
create function goodguest_holds(key text, phrases text[]) returns boolean
language plpgsql stable security definer cost 10000
set search_path = $schema, pg_temp set plan_cache_mode = force_generic_plan as $body
begin
  return coalesce((
    select bool_and(strpos(' ' || post_words.words || ' ', ' ' || phrase || ' ') > 0)
    from post_words, unnest(phrases) as phrase where post_words.post_key = key), false);
end $body"""


def _make_words() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    points = () if _is_postgresql() else (sa.ForeignKey("post.post_key", ondelete="CASCADE"),)
    op.create_table(
        "post_words",
        sa.Column("post_key", sa.Text, *points, nullable=False),
        sa.Column("number", number, primary_key=True),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_index("ix_post_words_post_key", "post_words", ["post_key"], unique=True)
    if _is_postgresql():
        op.execute("""
            alter table post_words add column search tsvector
            generated always as (to_tsvector('pg_catalog.simple', words)) stored""")
        op.execute("create index ix_post_words_search on post_words using gin (search)")
        _make_function(_SEARCH)
        _make_function(_HOLDS)
        _make_function(_ANALYZE)
        return
    op.execute("""
        create virtual table post_fts
        using fts5(words, content='post_words', content_rowid='number', tokenize='ascii')""")
    forget = (
        "insert into post_fts (post_fts, rowid, words) values ('delete', old.number, old.words);"
    )
    learn = "insert into post_fts (rowid, words) values (new.number, new.words);"
    for name, event, does in (
        ("added", "insert", learn),
        ("gone", "delete", forget),
        ("changed", "update", forget + learn),
    ):
        op.execute(f"create trigger post_words_{name} after {event} on post_words begin {does} end")


def _make_counts() -> None:
    week = (("week", sa.Text), ("purpose", sa.Text))
    counts = {
        "topic_week": (
            (*week, ("topic_uri", sa.Text)),
            ("authors", "communities", "unmet_posts", "unmet_authors"),
        ),
        "community_week": (
            (*week, ("platform", sa.Text), ("community_key", sa.Text)),
            ("authors",),
        ),
        "dataset_week": ((*week, ("dataset_key", sa.Text)), ("authors", "explicit_posts")),
        "entity_week": ((*week, ("entity_key", sa.Text)), ("authors",)),
        "entity_tag_week": (
            (*week, ("entity_key", sa.Text), ("tag", sa.Text), ("added_by", sa.Text)),
            (),
        ),
    }
    for table, (key, numbers) in counts.items():
        days = ("first_day", "last_day") if table == "entity_tag_week" else ()
        op.create_table(
            table,
            *(sa.Column(name, kind, primary_key=True) for name, kind in key),
            *(sa.Column(name, sa.BigInteger, nullable=False) for name in numbers),
            *(sa.Column(name, sa.Text, nullable=False) for name in days),
            sa.Column("posts", sa.BigInteger, nullable=False),
            sqlite_with_rowid=False,
        )
    for table in ("stale_week", "closed_week"):
        op.create_table(
            table, sa.Column("week", sa.Text, primary_key=True), sqlite_with_rowid=False
        )
