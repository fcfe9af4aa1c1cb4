#!/bin/bash
# Prints the directory with Kafka's jars, as pom.xml names them. Fetched by Maven once and kept in ${XDG_CACHE_HOME:-~/.cache}/moorwatch/kafka.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/moorwatch/kafka
libs=$cache/libs-$(cksum <"$here/pom.xml" | cut -d ' ' -f 1)
if [ ! -d "$libs" ]; then
  # Copied to a name of its own first: an interrupted download must not look like a complete one.
  mkdir -p "$cache"
  fresh=$(mktemp -d "$cache/fetch-XXXXXX")
  mvn -B -q -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$fresh/libs" -DincludeScope=runtime >&2
  mv -T "$fresh/libs" "$libs" 2>/dev/null || [ -d "$libs" ]
  rm -rf "$fresh"
fi
echo "$libs"
