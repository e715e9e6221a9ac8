"""Topics of protected speech; on PostgreSQL no search finds a post that no view shows."""

from string import Template

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the table of sensitive topics, and have analysts' functions leave their posts out."""
    op.create_table(
        "sensitive_topic",
        sa.Column("topic_uri", sa.Text, primary_key=True),
        sa.Column("named", sa.Text, primary_key=True),
        sa.Column("min_authors", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    _replace_functions(_IS_SHOWN)


def downgrade() -> None:
    """Drop it: single posts on every topic are then shown again."""
    _replace_functions("")
    op.drop_table("sensitive_topic")


_IS_SHOWN = """
      and (not exists (select 1 from sensitive_topic) or exists (
        select 1 from v_post where v_post.post_key = post_words.post_key))"""

_SEARCH = """
create or replace function goodguest_search(phrases text[], most int default 2147483647)
returns setof text
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
      where strpos(' ' || post_words.words || ' ', ' ' || phrase || ' ') = 0)$shown
    limit most;
end $body"""

_HOLDS = """
create or replace function goodguest_holds(key text, phrases text[]) returns boolean
language plpgsql stable security definer cost 10000
set search_path = $schema, pg_temp set plan_cache_mode = force_generic_plan as $body
begin
  return coalesce((
    select bool_and(strpos(' ' || post_words.words || ' ', ' ' || phrase || ' ') > 0)
    from post_words, unnest(phrases) as phrase where post_words.post_key = key$shown), false);
end $body"""


def _replace_functions(shown: str) -> None:
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    # What a caller makes for itself (pg_temp) would else be found first, and run as the owner.
    schema = bind.scalar(sa.text("select quote_ident(current_schema())"))
    for says in (_SEARCH, _HOLDS):
        op.execute(Template(says).substitute(schema=schema, body="$$", shown=shown))
