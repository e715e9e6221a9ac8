#!/bin/sh
# Runs a command with the secrets that are mounted as files: a file's name is the setting's.
set -eu
folder=${SECRETS_FOLDER:-/run/secrets}
for file in "$folder"/AIRFLOW_* "$folder"/AWS_* "$folder"/GOODGUEST_*; do
    # One that is empty is none.
    if [ -s "$file" ]; then
        value=$(cat "$file")
        export "${file##*/}=$value"
    fi
done
exec "$@"
