#!/bin/sh
# Checks every SQL query against a database with all migrations applied and
# writes what the offline build needs into each crate's .sqlx folder.
# Needs DATABASE_URL of a server where databases may be created: `make sqlx` starts one.
set -eu
cd "$(dirname "$0")/.."
: "${DATABASE_URL:?DATABASE_URL is not set; run \`make sqlx\`, which starts a server and sets it}"
server=${DATABASE_URL%/*}

query() {
    PGOPTIONS="-c client_min_messages=warning" .tools/bin/psql -q -v ON_ERROR_STOP=1 "$@" >/dev/null
}

# Makes the database a crate's queries are checked against.
migrate() {
    query "$server/postgres" -c "drop database if exists $2 with (force)" -c "create database $2"
    case $1 in
        libs/events) below= ;;
        libs/saga) below=libs/events ;;
        *) below="libs/events libs/saga" ;;
    esac
    for part in $below "$1"; do
        schema=$(sed -n 's/^create-schemas = \["\(.*\)"\]/\1/p' "$part/sqlx.toml")
        [ -z "$schema" ] || query "$server/$2" -c "create schema $schema"
        for migration in "$part"/migrations/*.sql; do
            [ ! -f "$migration" ] || query "$server/$2" -f "$migration"
        done
    done
}

crates= packages=
for crate in ${*:-libs/events libs/saga services/*}; do
    [ -f "$crate/sqlx.toml" ] || continue
    database=prepare_$(basename "$crate")
    migrate "$crate" "$database"
    variable=$(sed -n 's/^database-url-var = "\(.*\)"/\1/p' "$crate/sqlx.toml")
    export "$variable=$server/$database"
    rm -rf "$crate/.sqlx.new" && mkdir "$crate/.sqlx.new"
    touch "$crate/src/lib.rs"
    crates="$crates $crate"
    packages="$packages --package $(sed -n 's/^name = "\(.*\)"/\1/p' "$crate/Cargo.toml" | head -n 1)"
done

# All at once: each package checked alone would build what is beneath it once more.
[ $# -gt 0 ] || packages=--workspace
# shellcheck disable=SC2086 # one word each
SQLX_OFFLINE=false RUSTC_WORKSPACE_WRAPPER=tools/rustc-sqlx.sh cargo check --quiet --all-targets $packages

for crate in $crates; do
    rm -rf "$crate/.sqlx" && mv "$crate/.sqlx.new" "$crate/.sqlx"
    echo "$crate: $(find "$crate/.sqlx" -name '*.json' | wc -l) queries checked"
done
