#!/usr/bin/env bash
# Pushes the images and writes their digests into the production overlay, for a person to commit.
#   REGISTRY=registry.example.com/pulpo TAG=1.4.0 k8s/push.sh [SERVICE …]
# PUSH_OPTIONS goes to podman push, e.g. --tls-verify=false.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${REGISTRY:?where to, e.g. registry.example.com/pulpo}" "${TAG:?which images}"
FILE=${FILE:-k8s/overlays/production/images/kustomization.yaml}

SERVICES=("${@:-gateway extractor planner broker nlg agenda}")
read -ra SERVICES <<<"${SERVICES[*]}"
for service in "${SERVICES[@]}"; do
  image=$REGISTRY/$service:$TAG
  if command -v podman >/dev/null; then
    said=$(mktemp)
    # shellcheck disable=SC2086 - several options
    podman push -q ${PUSH_OPTIONS:-} --digestfile "$said" "$image"
    digest=$(cat "$said")
    rm "$said"
  else
    docker push -q "$image" >/dev/null
    digest=$(docker inspect --format '{{index .RepoDigests 0}}' "$image")
    digest=${digest#*@}
  fi
  # the three lines of this service: name, newName, digest
  sed -i "/name: pulpo\/$service\$/{n;s|newName: .*|newName: $REGISTRY/$service|;n;s|digest: .*|digest: $digest|}" "$FILE"
  echo "$image@$digest"
done
