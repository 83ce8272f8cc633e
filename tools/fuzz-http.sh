#!/bin/sh
# Lets Schemathesis try every REST route of a mesh of its own, with all checks:
# no 5xx, no answer the OpenAPI document does not describe. `make fuzz-http`
# builds and names the launcher; further arguments go to Schemathesis.
set -eu
cd "$(dirname "$0")/.."
mesh=$1
shift
data=$(mktemp -d)
offset=24000
edge=http://127.0.0.1:$((8080 + offset))
mkfifo "$data/stdin"

EDGE_RATE_LIMIT=10000000 EDGE_CREDENTIAL_RATE_LIMIT=10000000 \
    "$mesh" --until-stdin-ends --data "$data" --port-offset $offset <"$data/stdin" >"$data/mesh.log" 2>&1 &
exec 3>"$data/stdin"
trap 'exec 3>&-; wait; rm -rf "$data"' EXIT

tries=0
until grep -q 'XLCfi is ready' "$data/mesh.log"; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || { cat "$data/mesh.log"; echo "the mesh did not start" >&2; exit 1; }
    sleep 0.1
done
for account in buyer seller admin; do
    token=$(curl -sf "$edge/api/v1/auth/login" -H 'content-type: application/json' \
        -d "{\"email\":\"$account@xlcfi.com\",\"password\":\"xlcfi-demo-1234\"}" |
        python3 -c 'import json,sys; print(json.load(sys.stdin)["tokens"]["accessToken"])')
    echo "as $account@xlcfi.com"
    TOKEN=$token .tools/bin/schemathesis --config-file tools/schemathesis.toml \
        run "$edge/openapi.json" --url "$edge" --checks all --max-examples "${EXAMPLES:-30}" "$@"
done
