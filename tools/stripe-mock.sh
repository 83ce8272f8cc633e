#!/bin/sh
# Builds Stripe's own stripe-mock, pinned, into .tools. Where that cannot be done it says why, and the test that asks
# it says that it is skipped.
set -eu
cd "$(dirname "$0")/.."
version=v0.203.0
part=.tools/stripe-mock-$version

skip() {
    echo "stripe-mock is left out: $1" >&2
    exit 0
}

if [ ! -x "$part/stripe-mock" ]; then
    command -v go >/dev/null || skip "there is no go"
    echo "building stripe-mock $version"
    GOBIN="$PWD/$part" go install "github.com/stripe/stripe-mock@$version" || skip "go could not build it"
fi
ln -sfn "../stripe-mock-$version/stripe-mock" .tools/bin/stripe-mock
