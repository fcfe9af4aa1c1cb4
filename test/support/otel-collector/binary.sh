#!/bin/bash
# Prints the path of an OpenTelemetry Collector as builder.yaml says. Built by its own builder once (a minute or two, fetches modules), and kept in
# ${XDG_CACHE_HOME:-~/.cache}/moorwatch/otel-collector. Needs Go 1.21 or newer, which fetches the version that the Collector wants.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^  version: //p' "$here/builder.yaml")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/moorwatch/otel-collector
binary=$cache/otelcol-$version-$(cksum <"$here/builder.yaml" | cut -d ' ' -f 1)
if [ ! -x "$binary" ]; then
  PATH=$PATH:/usr/local/go/bin
  if ! command -v go >/dev/null; then
    echo 'there is no Go to build the OpenTelemetry Collector with: install Go 1.21 or newer (https://go.dev/dl)' >&2
    exit 1
  fi
  mkdir -p "$cache"
  # Who comes second waits for what the first one builds.
  exec 9>"$cache/lock"
  flock 9
  if [ ! -x "$binary" ]; then
    fresh=$(mktemp -d "$cache/build-XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    export CGO_ENABLED=0
    GOBIN=$fresh go install "go.opentelemetry.io/collector/cmd/builder@v$version" >&2
    cp "$here/builder.yaml" "$fresh"
    (cd "$fresh" && ./builder --config builder.yaml >build.log 2>&1) || {
      cat "$fresh/build.log" >&2
      exit 1
    }
    mv "$fresh/out/otelcol" "$binary"
  fi
fi
echo "$binary"
