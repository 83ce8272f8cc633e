#!/bin/sh
# Makes the OpenAPI document from the contracts and lints it. The linter is
# installed into .tools/ when it is missing; the document stays in target/.
set -eu
cd "$(dirname "$0")/.."
version=2.55.0
home=.tools/redocly-cli-$version
document=target/openapi.json

if [ ! -x "$home/node_modules/.bin/redocly" ]; then
    rm -rf "$home.new" && mkdir -p "$home.new"
    cp tools/redocly/package.json tools/redocly/package-lock.json "$home.new"
    npm ci --prefix "$home.new" --ignore-scripts --no-audit --no-fund --loglevel=error
    rm -rf "$home" && mv "$home.new" "$home"
fi
mkdir -p target
cargo run -q -p xlcfi-openapi --example document >"$document"
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
    "$home/node_modules/.bin/redocly" lint --extends recommended-strict "$document"
