#!/usr/bin/env bash
# Makes the base image of the local images, where the public Python image cannot be pulled: Debian's own
# Python in a minimal root file system. Says the image's name, which k8s/images.sh takes as BASE.
#   k8s/local/base.sh [SUITE]
set -euo pipefail
SUITE=${1:-bookworm}
NAME=localhost/pulpo-base:$SUITE
MIRROR=${MIRROR:-http://deb.debian.org/debian}

if podman image exists "$NAME"; then echo "$NAME"; exit 0; fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=python3,ca-certificates "$SUITE" "$root" "$MIRROR" >&2
# what a service never reads stays out: package lists, caches, manuals, translations, logs
tar -C "$root" -c --sort=name --mtime=@0 \
  --exclude='./var/cache/*' --exclude='./var/lib/apt/lists/*' --exclude='./var/log/*' \
  --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' . |
  podman import -q -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$NAME" >&2
echo "$NAME"
