"""The kinds of alerts: how grave each is, what it is about, and what a person has to do."""

from datetime import timedelta
from typing import Final, NamedTuple

from warehouse.alerts import Finding, Level

_LONGEST_TEXT: Final = 300
_DAY: Final = timedelta(days=1)


class Kind(NamedTuple):
    """What all alerts of a kind share; they stand in the order of their urgency."""

    name: str
    level: Level
    about: str
    to_do: str
    patience: timedelta = timedelta()
    """How long it has to last before it is told: what mends itself, as a rule, does so sooner."""


KINDS: Final = (
    Kind(
        "set-up broken", "error", "setting",
        "Nothing runs as it should before it is mended. `goodguest check` says more.",
    ),
    Kind(
        "deletion overdue", "error", "source",
        "The platform's terms are broken while it lasts. Run `goodguest comply --source NAME`, "
        "and look why the comply DAG did not: its last run and its log.",
    ),
    Kind(
        "removal unfinished", "error", "whole",
        "Run `goodguest comply`: it goes on where it stopped. Its log says what keeps it.",
    ),
    Kind(
        "expired", "error", "purpose",
        "Nothing is collected for it any more. Renew it in the charter with a new assessment, or "
        "remove its sources.",
    ),
    Kind(
        "approval expired", "error", "source",
        "Nothing is asked of the platform any more. Renew the approval and note it in the charter.",
    ),
    Kind(
        "forbidden", "error", "source",
        "Nothing is asked of it before the charter allows it. `goodguest check` names the line.",
    ),
    Kind(
        "blocked", "error", "source",
        "Do not try to get around it. Read the log of its last run, look whether robots.txt, the "
        "address or the key changed, and ask the owner of the community.",
    ),
    Kind(
        "spent", "error", "source",
        "It is read again next month (UTC), by itself. For more this month raise its budget in "
        "the charter.",
    ),
    Kind(
        "failed", "error", "source",
        "Read the log of its last run. Once the cause is gone, the next run goes on by itself and "
        "misses nothing.",
    ),
    Kind(
        "late", "error", "source",
        "Look whether Airflow's scheduler runs (`airflow jobs check --job-type SchedulerJob`), and "
        "whether the DAG is paused or its task waits for a free worker.",
    ),
    Kind(
        "not refined", "error", "whole",
        "Pages are landed and safe, and not in the warehouse. Look at the log of the refine DAG, "
        "or run `goodguest refine`.",
    ),
    Kind(
        "digest not sent", "error", "digest",
        "Look at the log of its DAG, or write and send it: `goodguest digest NAME --send`.",
    ),
    Kind(
        "mail not taken", "error", "whole",
        "Alerts and digests wait. Check GOODGUEST_SMTP with `goodguest check`, and whether the "
        "mail server runs.",
    ),
    Kind(
        "webhook not reached", "error", "whole",
        "Alerts wait for it. Check GOODGUEST_WEBHOOK and what stands behind it; the log of the "
        "alerts DAG says what it answered.",
    ),
    Kind(
        "deletion due soon", "warning", "source",
        "Look whether the comply DAG runs and is fast enough, or run "
        "`goodguest comply --source NAME`.",
    ),
    Kind(
        "set-up at risk", "warning", "setting",
        "Mend it before it stops a run. `goodguest check` says more.",
    ),
    Kind(
        "silent", "warning", "source",
        "Look at the community: did it move, close, or change its address or its boards? Then "
        "mend the source in the charter.",
    ),
    Kind(
        "dropped", "warning", "source",
        "Look at the community: was a board closed or renamed, or does the selection miss what it "
        "found before?",
    ),
    Kind(
        "unexpected", "warning", "source",
        "Correct what the charter expects (`expect`), or what is selected.",
    ),
    Kind(
        "rejecting", "warning", "source",
        "The table `rejected` says why. The platform may have changed its answers: update "
        "goodguest, then `goodguest refine NAME --reparse` reads them again.",
    ),
    Kind(
        "drifted", "warning", "source",
        "Nothing is lost: pages are landed as received. The table `unknown_field` names them; "
        "update goodguest, or tell those who keep it.",
    ),
    Kind(
        "nearly spent", "warning", "source",
        "When it is spent, the source rests until next month (UTC). Narrow what it selects, or "
        "raise its budget in the charter.",
    ),
    Kind(
        "never read", "warning", "source",
        "Look whether its DAG is paused, or begin with `goodguest collect NAME`.",
        patience=_DAY,
    ),
    Kind(
        "reader not reached", "warning", "digest",
        "`goodguest deliveries NAME WEEK` names them. Correct their address in the charter; who "
        "was cut off (sending) may have it: ask.",
    ),
    Kind(
        "approval expiring", "warning", "source",
        "Renew it with the platform in time and note it in the charter: after that day nothing "
        "is asked of it.",
    ),
    Kind(
        "hold ending", "warning", "whole",
        "`goodguest holds` names them. Have who ordered one renew it in time: what it holds is "
        "deleted after its last day.",
    ),
    Kind(
        "expiring", "warning", "purpose",
        "Renew it in the charter with a new assessment in time: after that day nothing is "
        "collected for it.",
    ),
)  # fmt: skip
_BY_NAME: Final = {kind.name: kind for kind in KINDS}


def finding(kind: str, subject: str, message: str, detail: str | None = None) -> Finding:
    """Return the finding; what its words hold beyond 300 characters or cannot be printed goes."""
    known = _BY_NAME[kind]
    return Finding(
        kind=kind,
        about=known.about,
        subject=subject,
        level=known.level,
        message=_plain(message),
        detail=detail and _plain(detail),
        to_do=known.to_do,
        patience=known.patience,
    )


def _plain(text: str) -> str:
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    words = " ".join(printable.split())
    return words if len(words) <= _LONGEST_TEXT else f"{words[: _LONGEST_TEXT - 1]}…"
