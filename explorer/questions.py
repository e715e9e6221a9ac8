"""The ready-made questions: what each asks, what it asks for, and its query over the export."""

from dataclasses import dataclass
from typing import Final, Literal

Asked = Literal["topic", "week", "register"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question an analyst asks often: `asks_for` names the query's parameters.

    `empty` says why there may be no answer. `shown` is the template part that shows the rows, of
    which the page has so many as `most` at most; the files have all.
    """

    name: str
    title: str
    says: str
    asks_for: tuple[Asked, ...]
    sql: str
    empty: str
    shown: Literal["posts", "table"] = "table"
    most: int = 500


QUESTIONS: Final = (
    Question(
        "what_people_say",
        "What did people say about a topic in a week?",
        "Posts tied to the topic, the newest first. A tie is a method's finding; the words "
        "it found stand beside it. How it speaks of the topic is an experiment. "
        "Not the opinion of residents, only of those who write.",
        ("topic", "week"),
        """
select post.post_key, post.created_at, post.platform, post.community, post.kind, post.lang,
       post.post_title, post.text, tie.score, tie.method, tie.evidence, tie.stance,
       (select group_concat(other.target || ': ' || other.label, char(10))
        from v_post_tie as other
        where other.post_key = post.post_key and other.target_key <> :topic
          and other.is_counted) as other_ties,
       post.rating, post.best_rating, post.likes, post.replies, post.copies
from v_post as post
cross join v_post_tie as tie
  on tie.post_key = post.post_key and tie.target = 'topic' and tie.target_key = :topic
  and tie.is_counted
where post.week = :week
order by post.created_at desc, post.post_key""",
        "Nothing that was read in this week is tied to this topic. People may have used words its "
        "labels do not hold, or the week was not read: see the coverage above. Of a topic of "
        "protected speech no single post is shown, only how many there were.",
        "posts",
        most=200,
    ),
    Question(
        "datasets_met",
        "Which datasets do people's questions meet?",
        "Datasets that posts of the week were tied to, most posts first. Not their use: nobody "
        "says they opened one.",
        ("week",),
        """
select title, dataset_key, purpose, posts, explicit_posts, authors, coverage, landing_page
from v_dataset_demand_week
where week = :week
order by posts desc, title""",
        "No post of this week met a dataset: none held a link to one, and no words came close "
        "enough to a dataset's title, keywords or description.",
    ),
    Question(
        "not_covered",
        "What does no dataset cover?",
        "Topics of the week by the posts that met none of our datasets. Not a proof that none "
        "exists: a dataset with a terse description is hard to meet. Posts in languages that none "
        "is described in (unranked) are neither met nor unmet.",
        ("week",),
        """
select unmet.topic, unmet.topic_uri, unmet.week, unmet.purpose, unmet.posts as posts_unmet,
       whole.posts, 1.0 * unmet.posts / whole.posts as share_unmet, unmet.authors,
       unmet.unranked_posts, unmet.coverage
from v_unmet_demand as unmet
join v_topic_week as whole
  on whole.week = unmet.week and whole.purpose = unmet.purpose
  and whole.topic_uri = unmet.topic_uri
where unmet.week = :week and unmet.posts > 0
order by unmet.posts desc, unmet.topic""",
        "Every post of this week that is tied to a topic met a dataset too, or nothing was read in "
        "this week.",
    ),
    Question(
        "what_rises",
        "What rises, and on what ground?",
        "Topics with more posts than in the four weeks before, and whether as much was read then. "
        "Not a trend where the ground differs: more may only have been read.",
        ("week",),
        """
select topic, topic_uri, week, purpose, posts, baseline_posts, change, ratio, coverage,
       baseline_coverage,
       case when coverage is null or baseline_coverage is null then 'not known how much was read'
            when coverage < 0.8 then 'thin: little of this week was read'
            when baseline_coverage < 0.8 then 'thin: little of the weeks before was read'
            when posts < 5 then 'few posts: chance may do this'
            else 'firm: both were read' end as ground
from v_rising
where week = :week and change > 0
order by change desc, topic""",
        "No topic has more posts in this week than in the four before, or none of those was read.",
    ),
    Question(
        "thin_coverage",
        "Where is our coverage thin?",
        "Sources by week in the last eight weeks, the least read first: hours wanted, read and "
        "missed. Not how much was written there.",
        (),
        """
select source, platform, week, sum(hours_expected) as hours_expected,
       sum(hours_complete) as hours_complete, sum(hours_partial) as hours_partial,
       sum(hours_missing) as hours_missing, avg(coverage) as coverage
from v_coverage_day
where week in (select week from v_coverage_day group by week order by week desc limit 8)
group by source, platform, week
order by coverage, week desc, source""",
        "Nothing was asked of any source yet: `goodguest collect` reads them.",
    ),
    Question(
        "how_spoken_of",
        "How is what our registers hold spoken of?",
        "Rows of a register by the posts of a week that name them: how many show a stance, how "
        "many stars those with stars give, and one that does either. The stances are an "
        "experiment: most posts show none, and some are wrong. Not its quality.",
        ("register", "week"),
        """
select name, entity_key, place, posts, positive_posts, negative_posts, mixed_posts,
       ratings_low, ratings_middle, ratings_high, authors, coverage,
       (select tie.post_key from v_post_tie as tie join v_post as post using (post_key)
        where tie.target = 'entity' and tie.target_key = cell.entity_key and tie.is_counted
          and post.week = cell.week and post.purpose = cell.purpose
          and (tie.stance is not null or post.rating is not null)
        order by tie.score desc, tie.post_key limit 1) as post_key
from v_entity_week as cell
where register = :register and week = :week
order by posts desc, name, entity_key""",
        "No post of this week names a row of this register for certain.",
        most=200,
    ),
    Question(
        "tags_on_objects",
        "Which tags do citizens put on our objects?",
        "Tags that others than a post's author put on posts tied to a register's row. Not a fact "
        "about the object: nobody checked it.",
        ("register",),
        """
select name, native_id, entity_key, tag, posts, first_day, last_day, coverage
from v_entity_tag
where register = :register and added_by = 'community'
order by posts desc, name, tag""",
        "Nobody but their authors tagged the posts tied to this register, or its platforms do not "
        "say who put a tag there.",
    ),
    Question(
        "how_good_are_ties",
        "How good are the ties?",
        "Each way of finding ties: how many it made, their scores, and how often reviewers agreed. "
        "A score orders the ties of one method. Not a measure of what it missed.",
        (),
        """
select made.target, made.method, made.ties, made.mean_score, made.lowest_score,
       checked.reviewed, checked.agreed, checked.precision, checked.precision_low,
       checked.precision_high
from (select target, method, count(*) as ties, avg(score) as mean_score,
             min(score) as lowest_score
      from v_post_tie group by target, method) as made
left join v_link_precision as checked
  on checked.target = made.target and checked.method = made.method
order by made.target, made.ties desc""",
        "No post is tied to anything yet: `goodguest catalogue` and `goodguest refine` do it.",
    ),
)
"""In the order the start page has them."""

BY_NAME: Final = {question.name: question for question in QUESTIONS}

INDEXES: Final = (
    "create index if not exists tie_method on v_post_tie (target, method, score)",
    "drop index if exists v_post_created_at",
    "create index if not exists post_newest on v_post (created_at desc, post_key)",
)
"""What the pages need beyond the export's own indexes, so that none reads or sorts a wide table."""
