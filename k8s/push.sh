#!/usr/bin/env bash
# Pushes the images and writes their digests into an overlay, for a person to commit. The release's name, a hash of
# all its digests, goes into the names of the Jobs that migrate the databases and fill the model's volume: each release has its own.
#   REGISTRY=registry.example.com/pulpo TAG=1.4.0 OVERLAY=production k8s/push.sh [SERVICE …]
# Without a SERVICE all that the overlay names are pushed.
# PUSH_OPTIONS goes to podman push, e.g. --tls-verify=false.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${REGISTRY:?where to, e.g. registry.example.com/pulpo}" "${TAG:?which images}"
FILE=${FILE:-k8s/overlays/${OVERLAY:-production}/images/kustomization.yaml}

# all that the overlay names, when none is named
SERVICES=("${@:-$(sed -n 's|.*name: pulpo/||p' "$FILE" | tr '\n' ' ')}")
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
release=$(grep -o 'digest: sha256:.*' "$FILE" | sha256sum | cut -c1-10)
sed -Ei "s/value: (migrate|fill-models)-[0-9a-f]+}/value: \1-$release}/" "$FILE"
echo "release $release"
