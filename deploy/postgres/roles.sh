#!/bin/sh
# Makes the roles and schemas of the four services, as the superuser: `roles.sh HOST DATABASE`.
# Passwords come from files named after the roles. Repeating it is harmless and sets them anew.
set -eu
host=${1:?host}
database=${2:?database}
secrets=${SECRETS_FOLDER:-/run/secrets}
here=$(dirname "$0")

PGPASSWORD=$(cat "$secrets/postgres_password")
export PGPASSWORD PGUSER=postgres PGHOST="$host" PGDATABASE="$database" PGCONNECT_TIMEOUT=10
for service in catalog incident change notify; do
    ITSM_MIGRATE_PASSWORD=$(cat "$secrets/${service}_migrate_password")
    ITSM_APP_PASSWORD=$(cat "$secrets/${service}_app_password")
    export ITSM_MIGRATE_PASSWORD ITSM_APP_PASSWORD
    psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -v "service=$service" -f "$here/roles.sql" >/dev/null
    echo "$service: roles and schema are in place"
done
