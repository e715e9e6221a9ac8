"""What the analysts' views say: no removed posts, copies counted once, coverage beside each count.

Each query runs as it stands on both databases, but for `$names`: the parts several views share, the
counts of weeks (`warehouse.cells`), and what differs (`warehouse.views`). What comes of more than
one rounding is rounded to twelve decimals: the last digits hang on the order a database sums up in.
"""

from typing import Final

from warehouse.readings import READINGS
from warehouse.receipt_views import RECEIPTS
from warehouse.view_columns import View

_Z2: Final = "cast(3.841458820694124 as double precision)"
_WILSON: Final = (
    f"sqrt({_Z2} * (precision * (1 - precision) / reviewed + {_Z2} / (4.0 * reviewed * reviewed)))"
)
"""Half the width of Wilson's interval at 95 %, before the common divisor."""

_YEARS: Final = "(cast(substr(week, 1, 4) as bigint) - 1)"
_WEEK_NUMBER: Final = (
    f"(365 * {_YEARS} + {_YEARS} / 4 - {_YEARS} / 100 + {_YEARS} / 400 + 3) / 7"
    " + cast(substr(week, 7) as bigint)"
)
"""The number of an ISO week, counted from the Monday the year 1 began with."""

FEWEST_TOLD: Final = 5
"""Of two posts by one author it would be known that they are, in whatever communities."""


def _told(authors: str) -> str:
    return f"case when {authors} >= {FEWEST_TOLD} then {authors} end as authors"


PARTS: Final = {
    "authors": _told("cell.authors"),
    "unmet_authors": _told("cell.unmet_authors"),
    "share": """
share as (
  select week, purpose, avg(coverage) as unrounded,
         round(avg(coverage) * 1e12) / 1e12 as coverage
  from (
    select coverage.week, source.purpose, source.id,
           avg(case when coverage.state = 'complete' then cast(1 as double precision) else 0 end)
             as coverage
    from coverage join source on source.id = coverage.source
    group by coverage.week, source.purpose, source.id
  ) as by_source
  group by week, purpose
)""",
    "named": """
named as (
  select distinct uri, first_value(value) over (
    partition by uri
    order by case when lang = 'en' then 0 when substr(lang, 1, 3) = 'en-' then 1 else 2 end,
             coalesce(lang, ''), topic_label.position
  ) as topic
  from topic_label where kind = 'prefLabel'
)""",
    "verdicts": """
verdicts as (
  select target, target_key, method, verdict
  from (
    select link_review.*, row_number() over (
      partition by post_key, target, target_key, method, reviewer_role
      order by reviewed_at desc, review_key desc
    ) as place
    from link_review
  ) as placed
  where place = 1
)""",
    "agreement": """
count(*) as reviewed, count(case when verdict = 'agree' then 1 end) as agreed,
avg(case when verdict = 'agree' then cast(1 as double precision) else 0 end) as precision""",
    "precision": f"""
reviewed, agreed, precision,
round((precision + {_Z2} / (2 * reviewed) - {_WILSON}) / (1 + {_Z2} / reviewed) * 1e12) / 1e12
  as precision_low,
round((precision + {_Z2} / (2 * reviewed) + {_WILSON}) / (1 + {_Z2} / reviewed) * 1e12) / 1e12
  as precision_high""",
    "week_number": _WEEK_NUMBER,
    "label": """
case tie.target
  when 'topic' then coalesce((
    select value from topic_label
    where topic_label.uri = tie.target_key and kind = 'prefLabel'
    order by case when lang = 'en' then 0 when substr(lang, 1, 3) = 'en-' then 1 else 2 end,
             coalesce(lang, ''), topic_label.position limit 1), tie.target_key)
  when 'dataset' then (select title from dataset where dataset_key = tie.target_key)
  else (select name from entity where entity_key = tie.target_key)
end as label""",
    "spoken": """
cell.positive_posts, cell.negative_posts, cell.mixed_posts,
cell.ratings_low, cell.ratings_middle, cell.ratings_high""",
    "spoken_of_topic": ", ".join(
        f"case when cell.least is null then cell.{name} end as {name}"
        for name in (
            *("positive_posts", "negative_posts", "mixed_posts"),
            *("ratings_low", "ratings_middle", "ratings_high"),
        )
    ),
    # Where the charter names a topic that is not known, each may be the one.
    "least": """
(select max(sensitive_topic.min_authors) from sensitive_topic
 where sensitive_topic.topic_uri in (counted.topic_uri, '')) as least""",
    "latest": """
from post_metric where post_metric.post_key = post.post_key order by observed_at desc limit 1""",
}

VIEWS: Final = {
    "v_topic_week": View(
        "Posts on a topic in a week. Not the opinion of residents: only of those who write there; "
        "most show no stance, and the counts of stances are an experiment (docs/stance.md). On a "
        "sensitive topic no stances and no stars, and no row with fewer authors than the charter "
        "asks for.",
        """
with $share, $named, cell as (select counted.*, $least from ($topic_week) as counted)
select cell.week, cell.purpose, cell.topic_uri, coalesce(named.topic, cell.topic_uri) as topic,
       cell.posts, $authors, cell.communities, $spoken_of_topic, share.coverage
from cell
left join named on named.uri = cell.topic_uri
left join share on share.week = cell.week and share.purpose = cell.purpose
where cell.least is null or cell.authors >= cell.least""",
        key=("week", "purpose", "topic_uri"),
    ),
    "v_community_week": View(
        "Posts read in a community in a week. Not its size: a selection of it is read.",
        """
with $share, cell as ($community_week)
select cell.week, cell.purpose, cell.platform,
       nullif(cell.community_key, '') as community_key, community.name as community,
       community.url as community_url, cell.posts, $authors, cell.unranked_posts,
       share.coverage
from cell
left join community on community.community_key = cell.community_key
left join share on share.week = cell.week and share.purpose = cell.purpose""",
        key=("week", "purpose", "platform", "community_key"),
    ),
    "v_dataset_demand_week": View(
        "Posts that meet one of our datasets in a week. Not its use: nobody says they opened it.",
        """
with $share, cell as ($dataset_week)
select cell.week, cell.purpose, cell.dataset_key, dataset.identifier, dataset.title,
       dataset.landing_page, cell.posts, $authors, cell.explicit_posts, share.coverage
from cell
join dataset on dataset.dataset_key = cell.dataset_key
left join share on share.week = cell.week and share.purpose = cell.purpose""",
        key=("week", "purpose", "dataset_key"),
    ),
    "v_unmet_demand": View(
        "Posts on a topic in a week that met none of our datasets. Not a proof that none exists; "
        "what is written in a language no dataset is described in is counted apart, but not of a "
        "sensitive topic.",
        """
with $share, $named, cell as (select counted.*, $least from ($topic_week) as counted)
select cell.week, cell.purpose, cell.topic_uri, coalesce(named.topic, cell.topic_uri) as topic,
       cell.unmet_posts as posts, $unmet_authors,
       case when cell.least is null then cell.unranked_posts end as unranked_posts, share.coverage
from cell
left join named on named.uri = cell.topic_uri
left join share on share.week = cell.week and share.purpose = cell.purpose
where (cell.least is null and (cell.unmet_posts > 0 or cell.unranked_posts > 0))
  or (cell.unmet_authors >= cell.least
      and (cell.posts = cell.unmet_posts or cell.posts - cell.unmet_posts >= cell.least))""",
        key=("week", "purpose", "topic_uri"),
    ),
    "v_entity_week": View(
        "Posts that name a register's row in a week; a name several rows share counts for none. "
        "Not its quality: few who know it write, most of them show no stance, and the counts of "
        "stances are an experiment (docs/stance.md).",
        """
with $share, cell as ($entity_week)
select cell.week, cell.purpose, entity.register, cell.entity_key, entity.name, entity.place,
       cell.posts, $authors, $spoken, share.coverage
from cell
join entity on entity.entity_key = cell.entity_key
left join share on share.week = cell.week and share.purpose = cell.purpose""",
        key=("week", "purpose", "entity_key"),
    ),
    "v_entity_tag": View(
        "A tag on posts tied to a register's row, and who put it there. Not a fact about the row: "
        "nobody checked it, and one person may have tagged every post.",
        """
with $share,
cell as (
  select purpose, entity_key, tag, added_by, cast(sum(posts) as bigint) as posts,
         min(first_day) as first_day, max(last_day) as last_day
  from ($entity_tag_week) as by_week
  group by purpose, entity_key, tag, added_by
),
ever as (
  select purpose, round(avg(unrounded) * 1e12) / 1e12 as coverage from share group by purpose
)
select cell.purpose, entity.register, cell.entity_key, entity.native_id, entity.name, cell.tag,
       cell.added_by, cell.posts, cell.first_day, cell.last_day, ever.coverage
from cell
join entity on entity.entity_key = cell.entity_key
left join ever on ever.purpose = cell.purpose""",
        key=("purpose", "entity_key", "tag", "added_by"),
    ),
    "v_rising": View(
        "A topic's posts in a week against the four weeks before. Not a trend where coverage "
        "differs: more may only have been read. No row where a number of a sensitive topic in it "
        "has too few authors.",
        """
with $share, $named, cell as (select counted.*, $least from ($topic_week) as counted),
weeks as (
  select share.*, $week_number as number
  from share
),
before as (
  select weeks.week, weeks.purpose, count(*) as weeks,
         round(avg(past.unrounded) * 1e12) / 1e12 as coverage
  from weeks join weeks as past on past.purpose = weeks.purpose and past.coverage > 0
    and past.number between weeks.number - 4 and weeks.number - 1
  group by weeks.week, weeks.purpose
),
span as materialized (
  select weeks.week, weeks.purpose, weeks.coverage, past.week as past_week,
         case when past.number = weeks.number then 1 else 0 end as is_now,
         case when past.number < weeks.number and past.coverage > 0 then 1 else 0 end as is_before
  from weeks join weeks as past on past.purpose = weeks.purpose
    and past.number between weeks.number - 4 and weeks.number
),
spread as (
  select span.week, span.purpose, span.coverage, cell.topic_uri,
         cast(sum(cell.posts * span.is_now) as bigint) as posts,
         cast(sum(cell.posts * span.is_before) as double precision) as posts_before,
         min(case when span.is_now + span.is_before > 0 and cell.authors < cell.least
                  then 0 else 1 end) as may_show
  from cell join span on span.past_week = cell.week and span.purpose = cell.purpose
  group by span.week, span.purpose, span.coverage, cell.topic_uri
)
select spread.week, spread.purpose, spread.topic_uri,
       coalesce(named.topic, spread.topic_uri) as topic, spread.posts,
       spread.posts_before / before.weeks as baseline_posts,
       spread.posts - spread.posts_before / before.weeks as change,
       spread.posts / nullif(spread.posts_before / before.weeks, 0) as ratio,
       spread.coverage, before.coverage as baseline_coverage
from spread
join before on before.week = spread.week and before.purpose = spread.purpose
left join named on named.uri = spread.topic_uri
where spread.may_show = 1""",
        key=("week", "purpose", "topic_uri"),
    ),
    **READINGS,
    **RECEIPTS,
}
