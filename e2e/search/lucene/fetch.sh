#!/bin/sh
# Puts the jars of Lucene that pom.xml names into .tools/lucene, checked against jars.sha256. Says so, and succeeds, when
# Java or Maven is not there: the bench then skips Lucene.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=${XLCFI_TOOLS_DIR:-$here/../../../.tools}
whole() { [ -d "$1" ] && (cd "$1" && sha256sum --check --status "$here/jars.sha256"); }

whole "$tools/lucene" && exit 0
for program in java javac mvn; do
    command -v "$program" > /dev/null || {
        echo "lucene: $program is not installed (JDK 17 and Maven are needed); the bench skips Lucene"
        exit 0
    }
done
echo "lucene: fetching the jars"
mkdir -p "$tools"
new=$(mktemp -d "$tools/.new-lucene-XXXXXX")
trap 'rm -rf "$new"' EXIT
mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$new/jars" > "$new/log" 2>&1 || {
    cat "$new/log"
    echo "lucene: Maven could not get the jars; the bench skips Lucene"
    exit 0
}
whole "$new/jars" || {
    echo "lucene: the jars are not those of jars.sha256"
    exit 1
}
rm -rf "$tools/lucene"
mv "$new/jars" "$tools/lucene"
