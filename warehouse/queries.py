"""What the analysts' views say: no removed posts, copies counted once, coverage beside each count.

Each query runs as it stands on both databases, but for `$names`: the parts several views share, the
counts of weeks (`warehouse.cells`), and `$day_ago`, which differs.
"""

from typing import Final

from warehouse.readings import READINGS
from warehouse.view_columns import View

_Z2: Final = "cast(3.841458820694124 as double precision)"
_WILSON: Final = (
    f"sqrt({_Z2} * (precision * (1 - precision) / reviewed + {_Z2} / (4.0 * reviewed * reviewed)))"
)
"""Half the width of Wilson's interval at 95 %, before the common divisor."""

PARTS: Final = {
    "share": """
share as (
  select week, purpose, avg(coverage) as coverage
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
  select uri, value as topic
  from (
    select uri, value, row_number() over (
      partition by uri
      order by case when lang = 'en' then 0 when substr(lang, 1, 3) = 'en-' then 1 else 2 end,
               coalesce(lang, ''), topic_label.position
    ) as place
    from topic_label where kind = 'prefLabel'
  ) as placed
  where place = 1
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
(precision + {_Z2} / (2 * reviewed) - {_WILSON}) / (1 + {_Z2} / reviewed) as precision_low,
(precision + {_Z2} / (2 * reviewed) + {_WILSON}) / (1 + {_Z2} / reviewed) as precision_high""",
}

VIEWS: Final = {
    "v_topic_week": View(
        "Posts on a topic in a week. Not the opinion of residents: only of those who write there.",
        """
with $share, $named, cell as ($topic_week)
select cell.week, cell.purpose, cell.topic_uri, coalesce(named.topic, cell.topic_uri) as topic,
       cell.posts, cell.authors, cell.communities, share.coverage
from cell
left join named on named.uri = cell.topic_uri
left join share on share.week = cell.week and share.purpose = cell.purpose""",
        key=("week", "purpose", "topic_uri"),
    ),
    "v_community_week": View(
        "Posts read in a community in a week. Not its size: a selection of it is read.",
        """
with $share, cell as ($community_week)
select cell.week, cell.purpose, cell.platform,
       nullif(cell.community_key, '') as community_key, community.name as community,
       community.url as community_url, cell.posts, cell.authors, share.coverage
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
       dataset.landing_page, cell.posts, cell.authors, cell.explicit_posts, share.coverage
from cell
join dataset on dataset.dataset_key = cell.dataset_key
left join share on share.week = cell.week and share.purpose = cell.purpose""",
        key=("week", "purpose", "dataset_key"),
    ),
    "v_unmet_demand": View(
        "Posts on a topic in a week that met none of our datasets. Not a proof that none exists.",
        """
with $share, $named, cell as ($topic_week)
select cell.week, cell.purpose, cell.topic_uri, coalesce(named.topic, cell.topic_uri) as topic,
       cell.unmet_posts as posts, cell.unmet_authors as authors, share.coverage
from cell
left join named on named.uri = cell.topic_uri
left join share on share.week = cell.week and share.purpose = cell.purpose
where cell.unmet_posts > 0""",
        key=("week", "purpose", "topic_uri"),
    ),
    "v_entity_week": View(
        "Posts that name a register's row in a week. Not a rating: a name says nothing of praise.",
        """
with $share, cell as ($entity_week)
select cell.week, cell.purpose, entity.register, cell.entity_key, entity.name, entity.place,
       cell.posts, cell.authors, share.coverage
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
ever as (select purpose, avg(coverage) as coverage from share group by purpose)
select cell.purpose, entity.register, cell.entity_key, entity.native_id, entity.name, cell.tag,
       cell.added_by, cell.posts, cell.first_day, cell.last_day, ever.coverage
from cell
join entity on entity.entity_key = cell.entity_key
left join ever on ever.purpose = cell.purpose""",
        key=("purpose", "entity_key", "tag", "added_by"),
    ),
    "v_rising": View(
        "A topic's posts in a week against the four weeks before. Not a trend where coverage "
        "differs: more may only have been read.",
        """
with $share, $named, cell as ($topic_week),
weeks as (
  select week, purpose, coverage,
         row_number() over (partition by purpose order by week) as number
  from share
),
before as (
  select weeks.week, weeks.purpose, count(*) as weeks, avg(past.coverage) as coverage
  from weeks join weeks as past on past.purpose = weeks.purpose and past.coverage > 0
    and past.number between weeks.number - 4 and weeks.number - 1
  group by weeks.week, weeks.purpose
),
spread as (
  select weeks.week, weeks.purpose, weeks.coverage, cell.topic_uri,
         cast(sum(case when past.number = weeks.number then cell.posts else 0 end) as bigint)
           as posts,
         cast(sum(case when past.number < weeks.number and past.coverage > 0 then cell.posts
                       else 0 end) as double precision) as posts_before
  from cell
  join weeks as past on past.week = cell.week and past.purpose = cell.purpose
  join weeks on weeks.purpose = past.purpose
    and weeks.number between past.number and past.number + 4
  group by weeks.week, weeks.purpose, weeks.coverage, cell.topic_uri
)
select spread.week, spread.purpose, spread.topic_uri,
       coalesce(named.topic, spread.topic_uri) as topic, spread.posts,
       spread.posts_before / before.weeks as baseline_posts,
       spread.posts - spread.posts_before / before.weeks as change,
       spread.posts / nullif(spread.posts_before / before.weeks, 0) as ratio,
       spread.coverage, before.coverage as baseline_coverage
from spread
join before on before.week = spread.week and before.purpose = spread.purpose
left join named on named.uri = spread.topic_uri""",
        key=("week", "purpose", "topic_uri"),
    ),
    **READINGS,
}
