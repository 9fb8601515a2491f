#!/usr/bin/env bash
# Installs what `make pods` needs from Debian's packages, where something of it is missing.
set -euo pipefail
missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need podman podman
need buildah buildah
need runc runc
need debootstrap debootstrap
need iptables iptables
need catatonit catatonit
for file in netavark aardvark-dns; do [ -x "/usr/lib/podman/$file" ] || missing+=("$file"); done
[ ${#missing[@]} -eq 0 ] && exit 0
echo "Installing ${missing[*]} …"
as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
