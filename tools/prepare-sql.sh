#!/bin/sh
# Checks every SQL query against a database with all migrations applied and
# writes what the offline build needs into each crate's .sqlx folder.
# Needs DATABASE_URL of a server where databases may be created: `make sqlx` starts one.
set -eu
cd "$(dirname "$0")/.."
: "${DATABASE_URL:?DATABASE_URL is not set; run \`make sqlx\`, which starts a server and sets it}"
server=${DATABASE_URL%/*}
psql=.tools/bin/psql

for crate in ${*:-libs/events libs/saga services/*}; do
    [ -f "$crate/sqlx.toml" ] || continue
    variable=$(sed -n 's/^database-url-var = "\(.*\)"/\1/p' "$crate/sqlx.toml")
    database=prepare_$(basename "$crate")
    PGOPTIONS="-c client_min_messages=warning" $psql -q "$server/postgres" -c "drop database if exists $database with (force)" -c "create database $database"
    case $crate in
        libs/events) below= ;;
        libs/saga) below=libs/events ;;
        *) below="libs/events libs/saga" ;;
    esac
    for part in $below "$crate"; do
        schema=$(sed -n 's/^create-schemas = \["\(.*\)"\]/\1/p' "$part/sqlx.toml")
        [ -z "$schema" ] || PGOPTIONS="-c client_min_messages=warning" $psql -q "$server/$database" -c "create schema $schema"
        for migration in "$part"/migrations/*.sql; do
            [ -f "$migration" ] || continue
            PGOPTIONS="-c client_min_messages=warning" $psql -q -v ON_ERROR_STOP=1 "$server/$database" -f "$migration" >/dev/null
        done
    done
    rm -rf "$crate/.sqlx.new" && mkdir "$crate/.sqlx.new"
    touch "$crate/src/lib.rs"
    package=$(sed -n 's/^name = "\(.*\)"/\1/p' "$crate/Cargo.toml" | head -n 1)
    env "$variable=$server/$database" SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$PWD/$crate/.sqlx.new" \
        cargo check --quiet --all-targets -p "$package"
    rm -rf "$crate/.sqlx" && mv "$crate/.sqlx.new" "$crate/.sqlx"
    echo "$crate: $(ls "$crate/.sqlx" | wc -l) queries checked"
done
