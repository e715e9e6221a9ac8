"""The analysts' views of single posts and ties, and of how the reading goes."""

from typing import Final

from warehouse.view_columns import View

READINGS: Final = {
    "v_coverage_day": View(
        "How much of a day was read of a source. Not how much was written there.",
        """
select coverage.day, coverage.week, coverage.source, source.purpose, source.platform,
       count(*) as hours_expected,
       count(case when coverage.state = 'complete' then 1 end) as hours_complete,
       count(case when coverage.state = 'partial' then 1 end) as hours_partial,
       count(case when coverage.state not in ('complete', 'partial') then 1 end) as hours_missing,
       avg(case when coverage.state = 'complete' then cast(1 as double precision) else 0 end)
         as coverage,
       cast(sum(coverage.fetched) as bigint) as posts_fetched,
       case when count(coverage.expected) = count(*) then cast(sum(coverage.expected) as bigint) end
         as posts_expected
from coverage join source on source.id = coverage.source
group by coverage.day, coverage.week, coverage.source, source.purpose, source.platform""",
        key=("day", "source"),
    ),
    "v_source_health": View(
        "How a source's last run went. Not a judgement of the community.",
        """
with latest as (
  select ingest_run.*, row_number() over (
    partition by source order by started_at desc, run_id desc
  ) as place
  from ingest_run
)
select source.id as source, source.platform, source.purpose, latest.started_at as last_run_at,
       latest.status as last_status, latest.stopped_because,
       (select max(ended_at) from ingest_run
        where ingest_run.source = source.id and ingest_run.status = 'done') as last_success_at,
       (select count(*) from post
        where post.source = source.id and post.first_seen_at >= $day_ago) as posts_last_day,
       latest.posts_rejected as rejected_last_run
from source left join latest on latest.source = source.id and latest.place = 1""",
        key=("source",),
    ),
    "v_spending_month": View(
        "What a metered source cost in a month. Not the platform's bill: a request that was cut "
        "off counts as charged in full.",
        """
with latest as (
  select source, month, posts_allowed, row_number() over (
    partition by source, month order by reserved_at desc, spending_key desc
  ) as place
  from spending
),
spent as (
  select month, source, cast(coalesce(sum(posts_charged), 0) as bigint) as posts_charged,
         cast(sum(case when posts_charged is null then posts_reserved else 0 end) as bigint)
           as posts_unsettled,
         case when count(money) = count(*) and min(currency) = max(currency)
           then round(sum(money) * 1e6) / 1e6 end as money,
         case when min(currency) = max(currency) then min(currency) end as currency
  from spending group by month, source
)
select spent.month, spent.source, spent.posts_charged, spent.posts_unsettled,
       latest.posts_allowed,
       cast(spent.posts_charged + spent.posts_unsettled as double precision)
         / nullif(latest.posts_allowed, 0) as share_spent,
       spent.money, spent.currency
from spent
join latest on latest.source = spent.source and latest.month = spent.month and latest.place = 1""",
        key=("month", "source"),
    ),
    "v_link_precision": View(
        "How often reviewers agreed with a method's ties. Not a measure of what it missed.",
        """
with $verdicts,
cell as (
  select target, method, $agreement from verdicts group by target, method
)
select target, method, $precision from cell""",
        key=("target", "method"),
    ),
    "v_link_precision_topic": View(
        "How often reviewers agreed with a method's ties to one topic. Not a measure of what it "
        "missed, and of few verdicts hardly one at all: see the interval.",
        """
with $verdicts, $named,
cell as (
  select target_key, method, $agreement from verdicts where target = 'topic'
  group by target_key, method
)
select cell.target_key as topic_uri, coalesce(named.topic, cell.target_key) as topic, method,
       $precision
from cell left join named on named.uri = cell.target_key""",
        key=("topic_uri", "method"),
    ),
    "v_post": View(
        "A post, comment, reply, photo, review or article, as last observed, without who wrote it; "
        "none on a sensitive topic. "
        "Not for following a person: count, and quote only what the writer would expect.",
        """
select post.post_key, post.day, post.week, source.purpose, post.source, post.platform, post.kind,
       post.community_key, community.name as community, author.kind as author_kind,
       $title as post_title, $text as text, post.lang, post.intent, post.created_at,
       post.edited_at, $url as url, post.parent_key,
       (select count(*) from post as copy where copy.near_duplicate_of = post.post_key) as copies,
       post.rating, post.best_rating,
       (select likes $latest) as likes, (select replies $latest) as replies,
       (select shares $latest) as shares, (select views $latest) as views
from post
left join source on source.id = post.source
left join community on community.community_key = post.community_key
left join author on author.author_key = post.author_key
where post.removed_at is null and post.near_duplicate_of is null and $post_may_show""",
        key=("post_key",),
    ),
    "v_post_tag": View(
        "A tag on a post of v_post, and who put it there.",
        """
select distinct post_tag.post_key, post_tag.tag_normalised as tag, post_tag.added_by
from post_tag
where post_tag.tag_normalised <> '' and $tag_is_of_original and $tag_may_show""",
        key=("post_key", "tag", "added_by"),
    ),
    "v_post_tie": View(
        "A tie of a post of v_post, with its evidence and what reviewers said. Not a fact: a "
        "method's finding, as sure as its score and its v_link_precision. One that is not counted "
        "is to one of several that a word or a name may mean.",
        """
with tie as (
  select post_key, 'topic' as target, topic_uri as target_key, score, method, evidence,
         stance, model_version, linked_at
  from post_topic
  union all
  select post_key, 'dataset', dataset_key, score, method, evidence, stance, model_version,
         linked_at
  from post_dataset
  union all
  select post_key, 'entity', entity_key, score, method, evidence, stance, model_version,
         linked_at
  from post_entity
)
select tie.post_key, tie.target, tie.target_key,
       $label,
       tie.score, tie.method, tie.evidence, tie.stance,
       tie.method <> '$uncertain' as is_counted,
       (select count(*) from link_review as r where r.post_key = tie.post_key
        and r.target = tie.target and r.target_key = tie.target_key
        and r.method = tie.method and r.verdict = 'agree')
         as agreed,
       (select count(*) from link_review as r where r.post_key = tie.post_key
        and r.target = tie.target and r.target_key = tie.target_key
        and r.method = tie.method and r.verdict = 'disagree')
         as disagreed,
       tie.model_version, tie.linked_at
from tie
where $tie_is_of_original and $tie_may_show""",
        key=("post_key", "target", "target_key"),
    ),
    "v_former_tie": View(
        "A tie that a post of v_post once had, and why it ended. Not a fact, as no tie is one, and "
        "not told of removed posts.",
        """
select tie.post_key, tie.target, tie.target_key, $label, tie.score, tie.method, tie.reason,
       tie.linked_at, tie.ended_at, tie.model_version
from former_tie as tie
where $tie_is_of_original and $tie_may_show""",
        key=("post_key", "target", "target_key", "ended_at"),
    ),
    "v_sensitive_topic": View(
        "A topic of protected speech, by the charter: its posts are counted, and no single one is "
        "shown. An empty URI is a name that the vocabulary does not have; then none is shown at "
        "all.",
        """
with $named
select sensitive_topic.named, sensitive_topic.topic_uri, named.topic, sensitive_topic.min_authors
from sensitive_topic left join named on named.uri = sensitive_topic.topic_uri""",
        key=("named", "topic_uri"),
    ),
}
