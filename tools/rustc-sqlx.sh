#!/bin/bash
# The compiler as tools/prepare-sql.sh runs it: sqlx writes what it learns of a crate's
# queries beside that crate. Not sh, which may drop variables cargo sets with a hyphen.
[[ ! -d ${CARGO_MANIFEST_DIR:-}/.sqlx.new ]] || export SQLX_OFFLINE_DIR=$CARGO_MANIFEST_DIR/.sqlx.new
exec "$@"
