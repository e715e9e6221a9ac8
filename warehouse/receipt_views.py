"""The view of how fast removals are honoured."""

from typing import Final

from warehouse.view_columns import View

RECEIPTS: Final = {
    "v_removal_latency": View(
        "How long removals took that were done in a month. From when a post was last known to be "
        "there, so each took no longer than this; it may have been removed there much later.",
        """
with took as (
  select removal.platform, $removal_month as month, latency_seconds / 3600 as hours, duty_hours,
         row_number() over (
           partition by removal.platform, $removal_month order by latency_seconds, removal_key
         ) as place,
         count(*) over (partition by removal.platform, $removal_month) as removals
  from removal
  where removal.done_at is not null and removal.latency_seconds is not null
    and removal.platform is not null
)
select month, platform, count(*) as removals,
       avg(case when place between removals / 2.0 and removals / 2.0 + 1 then hours end)
         as median_hours,
       max(hours) as max_hours, max(duty_hours) as duty_hours,
       avg(case when hours <= duty_hours then cast(1 as double precision) else 0 end) as in_time
from took
group by month, platform""",
        key=("month", "platform"),
    ),
}
