#!/bin/sh
# Stops the broker under DIR. usage: stop.sh DIR [--keep]   --keep leaves the log, so that start.sh DIR goes on with it.
set -u
dir=$1
if [ -f "$dir/broker.pid" ]; then
  pid=$(cat "$dir/broker.pid")
  kill "$pid" 2>/dev/null
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null
  rm -f "$dir/broker.pid"
fi
[ "${2:-}" = --keep ] || rm -rf "$dir"
