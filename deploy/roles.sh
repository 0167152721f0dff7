#!/bin/sh
# The login of the application, which owns nothing; PostgreSQL's image runs this
# once, when it makes its base.
set -eu
psql --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=password="$KEUR_PASSWORD" <<'SQL'
CREATE ROLE keur_login LOGIN PASSWORD :'password';
SQL
