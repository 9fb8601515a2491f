"""Writes the Kustomization of a folder of workspace manifests: eight ConfigMaps, a file in the one its name hashes to.

A file never moves from one ConfigMap to another when others are added or taken away, so that no pod misses it
for a moment. `python k8s/workspaces.py FOLDER …`; `--check` writes nothing and fails where a file is stale.
"""

import hashlib
import sys
from pathlib import Path

PARTS = 8
"""ConfigMaps that a folder is spread over; the pods' volume `workspaces` lists as many."""
MOST_BYTES = 900_000
"""Most bytes of manifests in one ConfigMap, of the 1 MiB that Kubernetes allows."""
HEAD = """\
# Written by `make workspaces` from the files beside it.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
configMapGenerator:
# running pods take a change up by themselves, within a minute or so: no hash in the names
"""


class TooLargeError(Exception):
    """A ConfigMap would hold more than Kubernetes allows."""


def part_of(name: str) -> int:
    """The number of the ConfigMap that a file of this name is in."""
    return hashlib.sha256(name.encode()).digest()[0] % PARTS


def kustomization(folder: Path) -> str:
    """The text of a folder's Kustomization. Raises TooLargeError."""
    parts: dict[int, list[Path]] = {}
    for file in sorted(folder.glob("*.yaml")):
        parts.setdefault(part_of(file.name), []).append(file)
    text = HEAD
    for number, files in sorted(parts.items()):
        size = sum(file.stat().st_size for file in files)
        if size > MOST_BYTES:
            raise TooLargeError(
                f"{folder}: {len(files)} manifests of {size} bytes for ConfigMap {number}; at most {MOST_BYTES}"
            )
        text += f"- name: pulpo-workspaces-{number}\n  options: {{disableNameSuffixHash: true}}\n  files:\n"
        text += "".join(f"  - {file.name}\n" for file in files)
    return text


def main(words: list[str]) -> int:
    """Writes, or checks, the folders' files. Returns the exit status."""
    check = "--check" in words
    stale = []
    for folder in (Path(word) for word in words if word != "--check"):
        target = folder / "Kustomization"
        try:
            text = kustomization(folder)
        except TooLargeError as error:
            sys.exit(f"workspaces: {error}")
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        stale.append(target)
        if not check:
            target.write_text(text, encoding="utf-8")
    for target in stale:
        print(f"{target}: {'stale: make workspaces' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
