"""Where each command that a page shows is run."""

WALK = (
    "goodguest init",
    "goodguest catalogue",
    "goodguest check",
    "goodguest collect town-forum --since 2026-11-01",
    "goodguest collect town-forum",
    "goodguest collect town-forum --since 2026-10-01 --until 2026-10-08",
    "goodguest import discourse archive/*.json",
    "goodguest refine",
    "goodguest refine --reparse",
    "goodguest expand",
    "goodguest run",
    "goodguest digest town-weekly --week 2026-W46 --out .",
    "goodguest deliveries town-weekly 2026-W46",
    "goodguest returned /var/mail/listening",
    "goodguest platforms",
    "goodguest sources",
    "goodguest status",
    "goodguest --json status",
    "goodguest show v_rising --limit 10",
    "goodguest show v_removal_latency",
    "goodguest search 'pothole \"mill lane\"' --week 2026-W46",
    "goodguest export views --format csv",
    "goodguest review export ties.csv --limit 200",
    "goodguest publish --out open-data",
    "goodguest register --out register.html",
    "goodguest network public-services 2026-W46 week-46.gexf",
    "goodguest charter --diff 3f1c 90ab",
    "goodguest alerts",
    "goodguest --json alerts",
    "goodguest alerts --send",
    "goodguest hold 'case 12-4' --by 'law officer' --why 'claim for damages' --until 2027-05-31"
    " --platform discourse --post forum.example/t/12/3",
    "goodguest holds",
    "goodguest held 'case 12-4' --by 'law officer'",
    "goodguest release 'case 12-4'",
    "goodguest accesses --since 2026-11-01",
    "goodguest disclose --subject --platform reddit --account u/somebody --ref 'SAR 7'"
    " --by 'data protection officer' --out answer-7",
    "goodguest report --month 2026-10",
    "goodguest opt-out --platform reddit --account u/someone",
    "goodguest erase --platform reddit --account u/somebody",
    "goodguest comply --source town-forum",
    "goodguest comply",
    "goodguest rotate-key --clear",
    "goodguest tidy",
    "goodguest backup /backups --keep-days 30",
    "goodguest restore /backups/goodguest-20261122T020000000000Z",
)
"""Run on the town in this order."""

ELSEWHERE = {
    r"make run( ONCE=1)?": ".ci/run: make run ONCE=1",
    r"make test": ".ci/run: make test",
    r"make check": ".ci/run: make check",
    r"make chaos.*": "tests/samples/test_chaos.py::test_a_disturbed_town_ends_as_a_calm_one",
    r"goodguest export views.*": "tests/docs/test_for_analysts.py::desk",
    r"goodguest review (export ties.csv --method .*|import ties.csv .*)":
        "tests/docs/test_for_analysts.py::desk",
    r"goodguest explore --port \d+":
        "tests/explorer/test_explorer_safety.py::test_the_command_serves_until_it_is_told_to_end",
    r"goodguest unsubscribing --port \d+":
        "tests/docs/test_readme.py::test_the_page_of_one_click_is_served",
    r"goodguest evaluate links .*": "tests/pipeline/test_evaluate.py::test_links_are_measured",
    r"goodguest evaluate topics .*": "tests/pipeline/test_evaluate.py::test_topics_are_measured",
    r"goodguest evaluate entities .*":
        "tests/pipeline/test_evaluate.py::"
        "test_entities_are_measured_and_ambiguous_ones_not_counted",
    r"goodguest evaluate language .*":
        "tests/pipeline/test_evaluate.py::"
        "test_languages_are_those_of_the_file_or_those_asked_for",
    r"export AIRFLOW_HOME=.*|airflow (db migrate|api-server|dag-processor|scheduler)":
        ".ci/run: make run ONCE=1",
    r"airflow connections import .*|umask 077|cat > keys.json .*|rm keys.json":
        "tests/docs/test_readme.py::test_keys_are_given_as_the_page_says",
    r"airflow connections test town_x":
        "tests/dags/test_hooks.py::test_airflow_tests_a_connection",
    r"airflow backfill create .*":
        "tests/dags/test_real_backfill.py::test_a_backfill_gives_the_rows_of_the_live_runs",
    r"deploy/make-secrets.sh|cp deploy/team.env deploy/.env":
        "tests/deploy/test_deploy_files.py::test_each_secret_is_a_file_that_the_script_makes",
    r"mkdir -m 700 -p .secrets|\(umask 077; openssl .*":
        "tests/docs/test_readme.py::test_secrets_are_made_as_the_page_says",
}  # fmt: skip
"""What is run by another test, or by a line of the continuous integration."""

NOT_AT_HAND = r"docker compose .*|kubectl run .*|helm upgrade .*"
"""Programs that no test has; the page says so."""
