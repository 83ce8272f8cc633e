#!/bin/sh
# Makes FOLDER a Python environment with what the REQUIREMENTS files pin, unless it is one of just
# these already, and runs a program, if one is given, that may use FOLDER/bin/python. A file with
# hashes is installed as it stands, without what its packages depend on.
# Usage: tools/with-python.sh FOLDER REQUIREMENTS... [-- PROGRAM ARGUMENTS...]
set -eu
cd "$(dirname "$0")/.."
home=$1
shift
files=
while [ $# -gt 0 ]; do
    [ "$1" != -- ] || { shift; break; }
    files="$files $1"
    shift
done
# shellcheck disable=SC2086 # names of files of ours, without blanks
wanted=$(cat $files)

if [ "$(cat "$home/requirements.txt" 2>/dev/null)" != "$wanted" ]; then
    "${PYTHON:-python3}" -m venv --clear "$home"
    for file in $files; do
        alone=
        ! grep -q -e '--hash=' "$file" || alone='--no-deps --require-hashes'
        # shellcheck disable=SC2086
        "$home/bin/pip" install --quiet --disable-pip-version-check $alone --requirement "$file"
    done
    printf '%s\n' "$wanted" >"$home/requirements.txt"
fi
[ $# -eq 0 ] || exec "$@"
