#!/bin/bash
# Prints the directory with the jars that a pom.xml names. Fetched by Maven once and kept in ${XDG_CACHE_HOME:-~/.cache}/moorwatch/NAME.
# usage: jars.sh NAME POM
set -eu
cache=${XDG_CACHE_HOME:-$HOME/.cache}/moorwatch/$1
libs=$cache/libs-$(cksum <"$2" | cut -d ' ' -f 1)
if [ ! -d "$libs" ]; then
  # Copied to a name of its own first: an interrupted download must not look like a complete one.
  mkdir -p "$cache"
  fresh=$(mktemp -d "$cache/fetch-XXXXXX")
  mvn -B -q -f "$2" dependency:copy-dependencies -DoutputDirectory="$fresh/libs" -DincludeScope=runtime >&2
  mv -T "$fresh/libs" "$libs" 2>/dev/null || [ -d "$libs" ]
  rm -rf "$fresh"
fi
echo "$libs"
