#!/usr/bin/env bash
# Unpacks Debian's PgBouncer and the libraries that only it needs, without installing them: k8s/pgbouncer.sh FOLDER
# Where it cannot be had, says so and goes on: tests that need it are skipped by name. With CI set it fails.
set -euo pipefail
folder=$1
packages=(pgbouncer libevent-2.1-7 libc-ares2)

fetch() { (cd "$folder" && apt-get download -q "${packages[@]}") >"$folder/apt.log" 2>&1; }

mkdir -p "$folder"
if command -v apt-get dpkg-deb >/dev/null; then
  # a fresh machine may have no lists of packages yet
  fetch || { [ "$(id -u)" = 0 ] && apt-get update -qq >>"$folder/apt.log" 2>&1 && fetch; } || true
fi
for package in "$folder"/*.deb; do
  [ -e "$package" ] || continue
  dpkg-deb -x "$package" "$folder/root"
  rm "$package"
done
if [ -x "$folder/root/usr/sbin/pgbouncer" ]; then
  touch "$folder/.ready"
else
  echo "PgBouncer cannot be had here (see $folder/apt.log): tests behind a pooler are skipped"
  [ -z "${CI:-}" ] || exit 1
fi
