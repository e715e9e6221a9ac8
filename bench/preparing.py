"""All that refine does before it stores: `python -m bench.preparing WORKERS`.

From landed pages, told by the environment, to completed and tied posts, which are thrown away.
"""

import sys

from pipeline.tidying import loading, tidying

with loading():
    from pipeline import landing
    from pipeline.batches import batches_of
    from pipeline.completing import Complete
    from pipeline.language_cache import KeptTables
    from pipeline.link import Tie
    from pipeline.opted_out import Guard
    from pipeline.prepare import Prepare
    from pipeline.settings import pseudonym_key, settings
    from pipeline.workers import prepared_by
    from warehouse.store import opened

if __name__ == "__main__":
    here, workers = settings(), int(sys.argv[1])
    charter = here.load_charter()
    complete = Complete(charter, pseudonym_key(here), KeptTables(here.matchers))
    with opened(here.warehouse) as engine, tidying() as tidy:
        tie = Tie(engine, here.matchers, charter.ties)
        prepare = Prepare(here.landing, engine, complete, tie, Guard(here, engine, charter))
        for _ in prepared_by(prepare, batches_of(landing.parts(here.landing), workers), workers):
            tidy()
