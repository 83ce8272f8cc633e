#!/bin/sh
# Installs a program pinned under tools/NAME (package.json and its lock) into
# .tools/NAME-VERSION by npm, whole or not at all. Usage: tools/npm-tool.sh NAME VERSION
# Prints the folder. Without npm it says so and ends with 3: what needs it is left out.
set -eu
cd "$(dirname "$0")/.."
name=$1
home=.tools/$1-$2

if [ ! -d "$home/node_modules" ]; then
    if ! command -v npm >/dev/null; then
        echo "$name: npm is not installed, so $name is not either" >&2
        exit 3
    fi
    rm -rf "$home.new" && mkdir -p "$home.new"
    cp "tools/$name/package.json" "tools/$name/package-lock.json" "$home.new"
    (cd -P "$home.new" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    rm -rf "$home" && mv "$home.new" "$home"
fi
echo "$home"
