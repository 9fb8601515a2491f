#!/usr/bin/env bash
# Builds an image per service, with docker, podman or buildah, whichever is there.
#   k8s/images.sh [SERVICE …]
# BUILDER   which one; the first that works when empty
# BASE      base image; the Dockerfile's own when empty
# REGISTRY  what stands before the names, e.g. registry.example.com/pulpo; localhost/pulpo when empty
# TAG       dev when empty
set -euo pipefail
cd "$(dirname "$0")/.."

SERVICES=("${@:-gateway extractor planner broker nlg agenda}")
read -ra SERVICES <<<"${SERVICES[*]}"
REGISTRY=${REGISTRY:-localhost/pulpo}
TAG=${TAG:-dev}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

pick() {
  if docker info >/dev/null 2>&1; then echo docker; return; fi
  for each in buildah podman; do
    if command -v "$each" >/dev/null; then echo "$each"; return; fi
  done
  echo "images: docker, podman or buildah is needed" >&2
  return 1
}

BUILDER=${BUILDER:-$(pick)}
options=(--label "org.opencontainers.image.title=pulpo")
[ -z "${BASE:-}" ] || options+=(--build-arg "BASE=$BASE")
case $BUILDER in
  docker) export DOCKER_BUILDKIT=1; build=(docker build --network none --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH") ;;
  # chroot isolation works where a builder may make no namespaces, as in a CI runner
  podman) build=(podman build --isolation chroot --layers --timestamp "$SOURCE_DATE_EPOCH") ;;
  buildah) build=(buildah bud --isolation chroot --layers --timestamp "$SOURCE_DATE_EPOCH") ;;
  *) echo "images: no such builder: $BUILDER" >&2; exit 1 ;;
esac

for service in "${SERVICES[@]}"; do
  echo "$REGISTRY/$service:$TAG, with $BUILDER …"
  "${build[@]}" "${options[@]}" --target "$service" --tag "$REGISTRY/$service:$TAG" . >"build/image-$service.log" 2>&1 ||
    { tail -n 30 "build/image-$service.log" >&2; exit 1; }
done
