#!/bin/bash
# Prints the directory with Kafka's jars, as pom.xml names them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../jars.sh" kafka "$here/pom.xml"
