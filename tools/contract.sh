#!/bin/sh
# Compiles the contracts of services/blockchain/contract: source to ABI and bytecode,
# which are committed. `--check` only compares, and is content without npm.
set -eu
cd "$(dirname "$0")/.."
folder=services/blockchain/contract
home=$(tools/npm-tool.sh solc 0.8.37) || {
    [ $? -eq 3 ] && [ "${1-}" = --check ] && echo "contract: not compared with its source" >&2 && exit 0
    exit 1
}
mkdir -p target
NODE_PATH="$home/node_modules" node tools/solc/compile.js "$folder/Anchor.sol" >target/Anchor.json
NODE_PATH="$home/node_modules" node tools/solc/compile.js "$folder/Designs.sol" >target/Designs.json
if [ "${1-}" = --check ]; then
    for name in Anchor Designs; do
        cmp "target/$name.json" "$folder/$name.json" || {
            echo "$folder/$name.json is not what its source yields: run \`make contract\` and commit it" >&2
            exit 1
        }
    done
else
    cp target/Anchor.json target/Designs.json "$folder"
fi
