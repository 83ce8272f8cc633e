#!/bin/sh
# Installs anvil, an Ethereum node for development, as .tools/bin/anvil. Without npm, or
# on a machine it is not pinned for (all but Linux on x86-64), it says so and is done: the
# mesh then runs without a chain. An anvil put there by hand is left as it is.
set -eu
cd "$(dirname "$0")/.."
version=1.7.1
without="nothing will be anchored here, and tests that need a chain are left out"
case $(readlink .tools/bin/anvil || true) in
    ../anvil-$version/*) [ ! -x .tools/bin/anvil ] || exit 0 ;;
    *) [ ! -x .tools/bin/anvil ] || [ -L .tools/bin/anvil ] || exit 0 ;;
esac
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "anvil: not pinned for $(uname -sm); $without" >&2
    exit 0
fi
mkdir -p .tools/bin
home=$(tools/npm-tool.sh anvil "$version") || {
    [ $? -eq 3 ] && echo "anvil: $without" >&2 && exit 0
    exit 1
}
ln -sfn "../${home#.tools/}/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil" .tools/bin/anvil
