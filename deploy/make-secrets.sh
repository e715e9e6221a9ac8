#!/bin/sh
# Makes every secret of the set-up, once: a file a secret, named for the setting it is.
# Usage: deploy/make-secrets.sh [FOLDER]   (default: deploy/secrets, which git ignores)
set -eu
folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder"
# The folder keeps others out. The files are read in containers, by accounts of other numbers.
chmod 0700 "$folder"

hold() { # NAME VALUE: writes a secret that is not there yet
    if [ ! -e "$folder/$1" ]; then
        printf '%s' "$2" > "$folder/$1"
        chmod 0444 "$folder/$1"
    fi
}
key() { openssl rand -base64 "$1" | tr '+/' '-_' | tr -d '\n'; }
password() { openssl rand -hex 24; }
said() { cat "$folder/$1"; }

for login in postgres airflow results migration pipeline reading redis; do
    hold "${login}_password" "$(password)"
done
hold AIRFLOW__CORE__FERNET_KEY "$(key 32)"
hold AIRFLOW__API__SECRET_KEY "$(key 64)"
hold AIRFLOW__API_AUTH__JWT_SECRET "$(key 64)"
hold GOODGUEST_KEY "$(openssl rand -hex 32)"

airflow="postgresql+psycopg://airflow:$(said airflow_password)@postgres/airflow"
hold AIRFLOW__DATABASE__SQL_ALCHEMY_CONN "$airflow"
hold AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC "$airflow"
hold AIRFLOW__CELERY__RESULT_BACKEND "db+postgresql+psycopg://results:$(said results_password)@postgres/results"
hold AIRFLOW__CELERY__BROKER_URL "redis://:$(said redis_password)@redis:6379/0"

warehouse() { echo "postgresql+psycopg://goodguest_$1:$(said "$1_password")@$2/goodguest"; }
hold GOODGUEST_WAREHOUSE "$(warehouse pipeline postgres)"
hold migration_warehouse "$(warehouse migration postgres)"
hold reading_warehouse "$(warehouse reading 127.0.0.1)"

# What comes from elsewhere is empty here: write it into the file, or leave it so for none.
for name in AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY GOODGUEST_SMTP GOODGUEST_WEBHOOK; do
    hold "$name" ''
done
hold connections.json '{}'
echo "Secrets are in $folder. Still yours to write there:"
echo "  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY   the object store's key (empty: a role of the machine)"
echo "  GOODGUEST_SMTP                             where mail is handed over (empty: no mail)"
echo "  GOODGUEST_WEBHOOK                          where alerts are sent (empty: nowhere)"
echo "  connections.json                           the connections the charter names as conn_id"
