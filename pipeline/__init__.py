"""The stages: what the command line and the DAGs call. Where what stands, in the way of a post:

- all stages: settings, credentials, connection_types, permission, forbidden, sharing, spending,
  whole_file, finding; `cli/` is the command line over them
- what the agency holds: catalogue, teaching
- read: collect, landable, landing, unpacking; importing, archives (what files hold);
  records (of a page)
- who is left out: opted_out, opt_out, tombstones, erased, account
- refine: refine, batches, parse, recognise, prepare, prepared, completing, workers, tidying,
  kept, language_cache; rotate (a new key)
- ties: link, link_cache, affected; expand (short links)
- remove: comply, rechecking, verdicts, cutting, cleaning, purge, leaving, erase
- digests: digest, issues, delivery, announcing, returned, unsubscribing
- analysts: search, network, protecting; explore; review, review_file;
  export, sheets, sheet_files, sheet_database, datapackage; evaluate, its parts in `evaluation/`
- the public: publish, publication_before, publication_entries, publication_files; register, report
- law: access, hold, disclose, disclose_foi
- operations: check, probing, probe_findings; status, states; alerts, alert_findings, alert_kinds,
  alert_webhook; backup, restore, manifest; care
"""

import os

# Batches are shared among processes instead: a second thread in a product of matrices mostly waits,
# which takes a tenth of the CPU time. It is read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
