#!/bin/sh
# Builds a modern Docker engine from Go modules (about 8 minutes on two cores) into DIR/bin. Needs go, gcc, libc6-dev, pkg-config and
# libseccomp-dev.
# usage: build-modern.sh DIR
set -eu
dir=$1
mkdir -p "$dir/bin"
export GOBIN="$dir/bin" GOFLAGS=-trimpath
version=2.0.0-beta.24
CGO_ENABLED=0 go install -ldflags "-X github.com/moby/moby/v2/dockerversion.Version=29.0.0-lab" \
  "github.com/moby/moby/v2/cmd/dockerd@v$version" "github.com/moby/moby/v2/cmd/docker-proxy@v$version"
CGO_ENABLED=0 go install github.com/containerd/containerd/v2/cmd/containerd@v2.2.9 \
  github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2@v2.2.9
CGO_ENABLED=1 go install -tags seccomp github.com/opencontainers/runc@v1.4.3
