#!/bin/sh
# A database and two roles for each service; PostgreSQL's image runs it once, on an empty folder.
# Wants <SERVICE>_PASSWORD for each service, and OWNERS_PASSWORD for the roles that make the tables.
set -eu

for service in territory contract catalog notification; do
    variable="$(echo "$service" | tr '[:lower:]' '[:upper:]')_PASSWORD"
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set service="$service" --set password="$(printenv "$variable")" --set owner_password="$OWNERS_PASSWORD" \
        --file "${SERVICE_SQL:-/etc/territoires/service.sql}"
done
