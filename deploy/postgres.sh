#!/bin/sh
# Makes the three databases with their roles and logins, at the first start of PostgreSQL.
# docs/postgresql.md says what each of them may do.
set -eu
said() { cat "${SECRETS_FOLDER:-/run/secrets}/$1_password"; }
# The passwords go in by psql's variables: they stand in no command line and in no log.
AIRFLOW=$(said airflow) RESULTS=$(said results)
MIGRATION=$(said migration) PIPELINE=$(said pipeline) READING=$(said reading)
export AIRFLOW RESULTS MIGRATION PIPELINE READING
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv airflow AIRFLOW
\getenv results RESULTS
\getenv migration MIGRATION
\getenv pipeline PIPELINE
\getenv reading READING
create role airflow login password :'airflow';
create database airflow owner airflow encoding 'UTF8' template template0;
revoke all on database airflow from public;
-- What workers report goes into a database of its own: they have no login for Airflow's.
create role results login password :'results';
create database results owner results encoding 'UTF8' template template0;
revoke all on database results from public;

create role goodguest_owner;
create role goodguest_writer;
create role goodguest_analyst;
create role goodguest_migration login password :'migration'
    in role goodguest_owner connection limit 2;
create role goodguest_pipeline login password :'pipeline'
    in role goodguest_writer connection limit 80;
create role goodguest_reading login password :'reading'
    in role goodguest_analyst connection limit 10;
alter role goodguest_reading set statement_timeout = '5min';
alter role goodguest_reading set idle_in_transaction_session_timeout = '10min';
alter role goodguest_reading set default_transaction_read_only = on;
alter role goodguest_reading set jit = off;
create database goodguest owner goodguest_owner encoding 'UTF8' template template0;
revoke all on database goodguest from public;
grant connect on database goodguest to goodguest_owner, goodguest_analyst;
grant connect, temporary on database goodguest to goodguest_writer;
\connect goodguest
alter schema public owner to goodguest_owner;
revoke all on schema public from public;
SQL
