#!/bin/sh
# Run once by the postgres image, over an empty volume: the plain role and its database, as docs/running.md makes them. The password is the
# one in the address that nod is given.
set -eu
password=$(sed -n 's|^postgres://nod:\([^@]*\)@.*|\1|p' "${SECRETS:-/run/secrets}/database")
if [ -z "$password" ]; then
	echo 'secrets/database must read postgres://nod:PASSWORD@postgres:5432/nod' >&2
	exit 1
fi
psql -X -q -v ON_ERROR_STOP=1 -U postgres -d postgres -v password="$password" <<'SQL'
CREATE ROLE nod LOGIN PASSWORD :'password';
CREATE DATABASE nod OWNER nod;
SQL
