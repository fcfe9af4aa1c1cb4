#!/bin/bash
# Runs one OpenSearch node on loopback in the foreground, its data under DIR. Needs java 17+ and mvn (jars.sh).
# usage: node.sh DIR HTTP_PORT TRANSPORT_PORT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
libs=$("$here/../jars.sh" opensearch "$here/pom.xml")
mkdir -p "$1/config"
# Compiled by Eclipse's compiler, a jar like the others: a machine that has a JRE alone has none.
[ -d "$1/classes" ] || java -jar "$libs"/ecj-*.jar -17 -nowarn -cp "$(printf '%s:' "$libs"/*.jar)" -d "$1/classes" "$here/OpenSearchNode.java"
exec java -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.disable.jmx=true -cp "$1/classes:$libs/*" OpenSearchNode "$1" "$2" "$3"
