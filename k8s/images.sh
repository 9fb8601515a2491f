#!/usr/bin/env bash
# Builds an image per service, with docker, podman or buildah, whichever is there.
#   k8s/images.sh [SERVICE …]
# BUILDER   which one; the first that works when empty
# BASE      base image, NAME@sha256:DIGEST or localhost/NAME; what k8s/base-image.txt records when empty
# VLLM_IMAGE  for vllm-gpu: vLLM's public image, NAME@sha256:DIGEST
# MODEL     for model: the folder of the weights, as `vllm serve` takes it
# DRY_RUN   prints the commands instead when not empty
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

BASE=${BASE:-$(cat k8s/base-image.txt 2>/dev/null || true)}
is_pinned() { [[ $1 =~ ^localhost/.+$ || $1 =~ ^[^@[:space:]]+@sha256:[0-9a-f]{64}$ ]]; }
if [ -z "$BASE" ]; then
  echo "images: BASE is needed: make base-digest BASE=python:3.11-slim-bookworm records one in k8s/base-image.txt" >&2
  exit 1
fi
if ! is_pinned "$BASE"; then
  echo "images: BASE=$BASE: expected NAME@sha256:DIGEST or localhost/NAME; make base-digest finds a tag's digest" >&2
  exit 1
fi

pick() {
  if docker info >/dev/null 2>&1; then echo docker; return; fi
  for each in buildah podman; do
    if command -v "$each" >/dev/null; then echo "$each"; return; fi
  done
  echo "images: docker, podman or buildah is needed" >&2
  return 1
}

BUILDER=${BUILDER:-$(pick)}
options=(--label "org.opencontainers.image.title=pulpo" --build-arg "BASE=$BASE")
case $BUILDER in
  docker) export DOCKER_BUILDKIT=1; build=(docker build --network none --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH") ;;
  # chroot isolation works where a builder may make no namespaces, as in a CI runner
  podman) build=(podman build --isolation chroot --layers --timestamp "$SOURCE_DATE_EPOCH") ;;
  buildah) build=(buildah bud --isolation chroot --layers --timestamp "$SOURCE_DATE_EPOCH") ;;
  *) echo "images: no such builder: $BUILDER" >&2; exit 1 ;;
esac

# sets $more for a service that has a recipe of its own
recipe() {
  more=()
  case $1 in vllm-gpu|model) more=(--file k8s/components/vllm-gpu/Dockerfile) ;; esac
  case $1 in
    vllm-gpu)
      is_pinned "${VLLM_IMAGE:-}" || { echo "images: VLLM_IMAGE=${VLLM_IMAGE:-}: expected NAME@sha256:DIGEST" >&2; exit 1; }
      more+=(--build-arg "VLLM_IMAGE=$VLLM_IMAGE") ;;
    model)
      [ -f "${MODEL:-}/config.json" ] || { echo "images: MODEL=${MODEL:-}: expected a folder with config.json and weights" >&2; exit 1; }
      [ -n "${DRY_RUN:-}" ] || { rm -rf build/model; cp -rL "$MODEL" build/model; } ;;
  esac
}

for service in "${SERVICES[@]}"; do
  recipe "$service"
  if [ -n "${DRY_RUN:-}" ]; then
    echo "${build[*]} ${options[*]} ${more[*]} --target $service --tag $REGISTRY/$service:$TAG ."
    continue
  fi
  echo "$REGISTRY/$service:$TAG, with $BUILDER …"
  "${build[@]}" "${options[@]}" "${more[@]}" --target "$service" --tag "$REGISTRY/$service:$TAG" . >"build/image-$service.log" 2>&1 ||
    { tail -n 30 "build/image-$service.log" >&2; exit 1; }
done
