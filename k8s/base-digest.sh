#!/usr/bin/env bash
# Writes which image a tag names today, NAME@sha256:DIGEST, to k8s/base-image.txt, for a person to commit.
#   k8s/base-digest.sh python:3.11-slim-bookworm
# It asks the registry by skopeo, docker or podman, whichever is there. FILE names another file.
set -euo pipefail
cd "$(dirname "$0")/.."
FILE=${FILE:-k8s/base-image.txt}
IMAGE=${1:-}
fail() { echo "base-digest: $1" >&2; exit 1; }
[ -n "$IMAGE" ] || fail "BASE is needed, e.g. BASE=python:3.11-slim-bookworm"

# docker's short names: python is docker.io/library/python, and registries have a dot, a port or are localhost
first=${IMAGE%%/*}
case $IMAGE in
  */*) [[ $first == *[.:]* || $first == localhost ]] || IMAGE=docker.io/$IMAGE ;;
  *) IMAGE=docker.io/library/$IMAGE ;;
esac
NAME=${IMAGE%%@*}
[[ ${NAME##*/} != *:* ]] || NAME=${NAME%:*}

ask() {
  if command -v skopeo >/dev/null; then
    skopeo inspect --format '{{.Digest}}' "docker://$IMAGE"
  elif docker info >/dev/null 2>&1; then
    docker pull -q "$IMAGE" >/dev/null && docker image inspect --format '{{index .RepoDigests 0}}' "$IMAGE"
  elif command -v podman >/dev/null; then
    podman pull -q "$IMAGE" >/dev/null && podman image inspect --format '{{index .RepoDigests 0}}' "$IMAGE"
  else
    fail "skopeo, docker or podman is needed"
  fi
}

said=$(ask) || fail "the registry did not tell about $IMAGE"
digest=${said##*@}
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || fail "expected a digest of $IMAGE, got: $said"
echo "$NAME@$digest" >"$FILE.new"
mv "$FILE.new" "$FILE"
echo "$NAME@$digest"
