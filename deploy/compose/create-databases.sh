#!/bin/sh
# A database and a role for each service and for the portal; nobody else can connect to it. Runs once, on an empty data folder.
set -eu
for service in catalogue enrolment payment notification records identity portal; do
  variable=$(echo "$service" | tr '[:lower:]' '[:upper:]')_PASSWORD
  eval "password=\$$variable"
  psql -v ON_ERROR_STOP=1 -U postgres -v service="$service" -v password="$password" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE CONNECT ON DATABASE :"service" FROM PUBLIC;
SQL
done
