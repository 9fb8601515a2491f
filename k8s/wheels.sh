#!/usr/bin/env bash
# Puts every package of the images, and the installer, into build/wheels. Hashes are checked; only wheels
# are taken, so that nothing is ever compiled. PIP names the pip to do it with.
set -euo pipefail
cd "$(dirname "$0")/.."
PIP=${PIP:-python3 -m pip}

locks=(requirements/images/*.txt)
if [ -f build/wheels/pip.whl ] && sha256sum --quiet --check build/wheels/.locks 2>/dev/null; then exit 0; fi
rm -rf build/wheels && mkdir -p build/wheels
for lock in "${locks[@]}"; do
  # shellcheck disable=SC2086 - PIP may be several words
  $PIP download -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r "$lock" -d build/wheels
done
mv build/wheels/pip-*.whl build/wheels/pip.whl
sha256sum "${locks[@]}" >build/wheels/.locks
