"""How the reading went: sources, runs, coverage, what could not be read; read through `tables`."""

from datetime import datetime

import sqlalchemy as sa

from warehouse.columns import INTERNAL, OPEN, PERSONAL, column, metadata

source = sa.Table(
    "source",
    metadata,
    column("id", str, "Name of the source in the charter.", OPEN, key=True),
    column("platform", str, "Platform it is read from.", OPEN),
    column("url", str, "Address of the site.", OPEN),
    column("purpose", str, "Name of the purpose it is read for.", OPEN),
    column("legal_basis", str, "Legal basis of that purpose.", OPEN),
    column("dpia", str, "Id of its impact assessment.", OPEN),
    column("owner", str, "Who answers for the purpose."),
    column("expires_on", str, "Day after which nothing is collected for it.", OPEN),
    column("schedule", str, "When it is read.", OPEN),
    column("is_enabled", bool, "Whether the charter has it read now.", OPEN),
    column("approval", dict, "The platform's approval, as in the charter.", null=True),
    column("permission", dict, "The community owner's permission.", INTERNAL, null=True),
    column("first_run_at", datetime, "When it was first read.", OPEN, null=True),
    column("last_run_at", datetime, "When it was last read.", OPEN, null=True),
    comment="A source of the charter.",
)

ingest_run = sa.Table(
    "ingest_run",
    metadata,
    column("run_id", str, "Id of the run.", key=True),
    column("source", str, "The source.", refers="source.id"),
    column("window_since_at", datetime, "Begin of the window wanted."),
    column("window_until_at", datetime, "End of it, itself left out."),
    column("got_since_at", datetime, "Begin of the window got.", null=True),
    column("got_until_at", datetime, "End of it, itself left out.", null=True),
    column("is_backfill", bool, "Whether it read a past window, beside the source's cursor."),
    column("started_at", datetime, "When the run began."),
    column("ended_at", datetime, "When it ended; null while it runs.", null=True),
    column("status", str, "running, done, waiting (told to come back later) or failed."),
    column("stopped_because", str, "Why it asked for no more.", null=True),
    column("requests", int, "Requests sent.", null=True),
    column("pages", int, "Pages landed.", null=True),
    column("records", int, "Records in them.", null=True),
    column("posts_new", int, "Records that were new posts.", null=True),
    column("posts_changed", int, "Records that changed a post.", null=True),
    column("posts_unchanged", int, "Records that changed nothing.", null=True),
    column("posts_rejected", int, "Records that could not be read.", null=True),
    column("posts_skipped", int, "Records left out by rule.", null=True),
    column("rate_limited_seconds", float, "Seconds waited for the platform's limits.", null=True),
    column("bytes", int, "Bytes received.", null=True),
    column("cost", float, "What it cost, in the currency of its source's budget.", null=True),
    column("charter", str, "Version of the charter it read under, last of all.", null=True),
    sa.Index(None, "source", "started_at"),
    comment="A run of a source.",
)

coverage = sa.Table(
    "coverage",
    metadata,
    column("source", str, "The source.", OPEN, refers="source.id", key=True),
    column("hour_at", datetime, "Begin of the hour.", OPEN, key=True),
    column("state", str, "complete, partial, rate_limited, blocked, skipped or gap.", OPEN),
    column(
        "expected",
        int,
        "Posts it usually brings: the mean of the same hour in the eight weeks before, or in the "
        "fourteen days before while fewer than four of those were read whole; null: nor of these.",
        null=True,
    ),
    column("fetched", int, "Posts got that were published in it.", null=True),
    column("covered_since_at", datetime, "Begin of what was read of it.", null=True),
    column("covered_until_at", datetime, "End of that, itself left out.", null=True),
    column("day", str, "Day of the hour.", OPEN),
    column("week", str, "ISO week of the hour.", OPEN),
    comment="How well an hour of a source was read; hours nobody asked for are gaps.",
    sqlite_with_rowid=False,
)

spending = sa.Table(
    "spending",
    metadata,
    column("spending_key", str, "Key of the request.", key=True),
    column("source", str, "The source.", refers="source.id"),
    column("month", str, "Month it was asked in, UTC, such as 2026-11."),
    column("run_id", str, "The run that asked; null outside of runs.", null=True),
    column("reserved_at", datetime, "When its posts were set aside: before it was sent."),
    column("posts_reserved", int, "The most posts it could be charged for."),
    column("posts_charged", int, "Posts charged; null: not known, all reserved count.", null=True),
    column("posts_allowed", int, "What the charter let the source cost in the month, then."),
    column("money", float, "Its price; of all reserved while not settled.", null=True),
    column("currency", str, "Currency of the price (ISO 4217).", null=True),
    sa.Index(None, "source", "month"),
    sa.Index(None, "run_id"),
    comment="A request to a metered platform. One that was cut off counts as fully charged.",
)

source_state = sa.Table(
    "source_state",
    metadata,
    column("source", str, "The source.", refers="source.id", key=True),
    column("cursor", dict, "Where the next run goes on.", PERSONAL, null=True),
    column("etag", str, "ETag of the last answer, where the cursor does not hold it.", null=True),
    column("last_modified", str, "Its Last-Modified, likewise.", null=True),
    column("updated_at", datetime, "When this was written."),
    comment="A source's cursor; it moves only after the pages before it are landed.",
)

landing_part = sa.Table(
    "landing_part",
    metadata,
    column("path", str, "Path in the landing zone.", key=True),
    column("sha256", str, "SHA-256 of the file.", key=True),
    column("source", str, "The source.", refers="source.id"),
    column("run_id", str, "The run that landed it; null for imported files.", null=True),
    column("pages", int, "Pages in it."),
    column("records", int, "Records in it: the sum of the five that follow."),
    column("posts_new", int, "Records that were new posts."),
    column("posts_changed", int, "Records that changed a post."),
    column("posts_unchanged", int, "Records that changed nothing."),
    column("posts_rejected", int, "Records that could not be read."),
    column("posts_skipped", int, "Records left out by rule."),
    column("skipped_by_rule", dict, "How many each rule left out."),
    column("loaded_at", datetime, "When it was last loaded."),
    column("charter", str, "Version of the charter it was loaded under.", null=True),
    sa.Index(None, "run_id"),
    comment="A landing file that is loaded, with what became of its records at the last reading.",
)

rejected = sa.Table(
    "rejected",
    metadata,
    column("rejected_key", str, "Key derived from where it stands and what was wrong.", key=True),
    column("source", str, "The source.", refers="source.id"),
    column("reason", str, "What was wrong: a fixed phrase."),
    column("detail", str, "What was found.", PERSONAL),
    column("native_id", str, "The platform's own id, if it could be read.", PERSONAL, null=True),
    column("landing", str, "Landing file and line it stands in."),
    column("path", str, "Landing file it stands in."),
    column("first_seen_at", datetime, "When its page was received."),
    column("resolved_at", datetime, "When its file was read again without it.", null=True),
    sa.Index(None, "path"),
    comment="A record that could not be read.",
)

unknown_field = sa.Table(
    "unknown_field",
    metadata,
    column("field_key", str, "Key derived from platform and path.", key=True),
    column("platform", str, "Platform that sends it."),
    column("path", str, "Names from the outside in, joined by dots; lists left out."),
    column("first_seen_at", datetime, "When the earliest page with it was received."),
    column("landing", str, "Landing file and line of that page."),
    column("source", str, "Source of that page.", refers="source.id"),
    comment="A field of a platform's payload that its connector neither uses nor leaves aside.",
)

pseudonym_key = sa.Table(
    "pseudonym_key",
    metadata,
    column("key_id", str, "Which secret makes pseudonyms.", key=True),
    comment="The key in force since the last rotation, the only row; none before the first.",
    sqlite_with_rowid=False,
)

short_link = sa.Table(
    "short_link",
    metadata,
    column("url", str, "The short address in one form.", PERSONAL, key=True),
    column("target", str, "Where it leads, redacted; null: nowhere.", PERSONAL, null=True),
    column(
        "status",
        str,
        "resolved, gone, no redirect, refused, no address, too many hops or not reached.",
    ),
    column("tries", int, "How often it was asked."),
    column("asked_at", datetime, "When it was last asked."),
    comment="A short link that was asked where it leads, for a source whose charter allows it.",
)

due_step = sa.Table(
    "due_step",
    metadata,
    column("step", str, "What is to be done, such as count fetched.", key=True),
    column("subject", str, "For what: a source, a post, an author, a file; empty: all.", key=True),
    comment="A step that is left to be done once after all loads.",
    sqlite_with_rowid=False,
)

digest_issue = sa.Table(
    "digest_issue",
    metadata,
    column("digest", str, "Name of the digest in the charter.", key=True),
    column("week", str, "ISO week it is about.", key=True),
    column("numbers", dict, "The numbers it states."),
    column("coverage", float, "Share of the week's hours that were read, 0 to 1.", null=True),
    column("made_at", datetime, "When it was made."),
    column("sent_at", datetime, "When it was mailed.", null=True),
    column("recipients", int, "How many it was mailed to.", null=True),
    column(
        "content",
        dict,
        "The issue as it was given out, less what was removed since; null: counted anew each time.",
        PERSONAL,
        null=True,
    ),
    comment="A digest that was made.",
)

digest_delivery = sa.Table(
    "digest_delivery",
    metadata,
    column("digest", str, "Name of the digest in the charter.", key=True),
    column("week", str, "ISO week it is about.", key=True),
    column("recipient", str, "Address it goes to.", PERSONAL, key=True),
    column("state", str, "sending, sent, put off, refused or bounced."),
    column("state_at", datetime, "Since when."),
    column("tries", int, "How often the mail server was asked to take it."),
    column("code", str, "What the server answered, such as 250 or 5.1.1.", null=True),
    comment="A digest on its way to a reader.",
    sqlite_with_rowid=False,
)

digest_unsubscribed = sa.Table(
    "digest_unsubscribed",
    metadata,
    column("digest", str, "Name of the digest in the charter.", key=True),
    column("recipient", str, "Address that wants it no more.", PERSONAL, key=True),
    column("unsubscribed_at", datetime, "When it said so."),
    comment="Who gets a digest no more, though the charter names them.",
    sqlite_with_rowid=False,
)

host_pace = sa.Table(
    "host_pace",
    metadata,
    column("pace_key", str, "Key of a host, the limits kept there and whose they are.", key=True),
    column("past", str, "When it was asked last, and until when not to ask: JSON, Unix seconds."),
    comment="The pace at which a host is asked by all machines of a team; in PostgreSQL only.",
)

alert = sa.Table(
    "alert",
    metadata,
    column("alert_key", str, "Key derived from kind, subject and when it began.", key=True),
    column("kind", str, "What is wrong, such as silent, late or blocked."),
    column("about", str, "What the subject is: source, purpose, digest, setting or whole."),
    column("subject", str, "The name of what it is about; empty for the whole."),
    column("level", str, "error or warning."),
    column("message", str, "What was found, in words that others of the same cause share."),
    column("detail", str, "What was found of this subject alone.", null=True),
    column("to_do", str, "What to do about it."),
    column("since_at", datetime, "When it was first found."),
    column("noticed_at", datetime, "When a notice last told that it is there.", null=True),
    column("told_at", datetime, "When every channel had told it first; null: not yet.", null=True),
    column("ended_at", datetime, "Since when it is no longer found; null while it is.", null=True),
    column("closed_at", datetime, "When it had been away for long: it ended.", null=True),
    column("end_told_at", datetime, "When every channel had told that it ended.", null=True),
    sa.Index(None, "closed_at"),
    comment="Something that a person has to act on; told once when it begins, once when it ends.",
)

alert_notice = sa.Table(
    "alert_notice",
    metadata,
    column("notice_key", str, "Key, the same in the mail and in the event.", key=True),
    column("made_at", datetime, "When it was made."),
    column("lines", list, "The alerts it tells, as they were then."),
    column("mailed_at", datetime, "When the mail server took it.", null=True),
    column("posted_at", datetime, "When the webhook took it.", null=True),
    column("done_at", datetime, "When every channel had it, or it was given up.", null=True),
    comment="What is told of alerts at one time; written before it is sent, and sent until taken.",
)
