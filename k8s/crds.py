"""Checks what kustomize makes of overlays against custom resource definitions, an operator's own or a cluster's.

    kubectl get crd -o yaml >crds.yaml && python k8s/crds.py crds.yaml k8s/overlays/production …

The first argument is a file of definitions, or a folder of such files. Unknown fields are wrong, as with
`kubectl apply --validate=strict`; of objects without a definition the kinds are listed. Formats and CEL rules are not
looked at.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

BUILT_IN = ("", "apps", "batch", "policy", "autoscaling", "networking.k8s.io")
"""API groups that every cluster has; tests/k8s checks those."""


def definitions(path: Path) -> dict[tuple[str, str], Draft202012Validator]:
    """(apiVersion, kind) -> a validator, for every served version in a file or folder."""
    found = {}
    for file in sorted(path.glob("*.y*ml")) if path.is_dir() else [path]:
        for each in _objects(file.read_text(encoding="utf-8")):
            if each.get("kind") != "CustomResourceDefinition":
                continue
            spec = each["spec"]
            for version in spec["versions"]:
                schema = _strict(version["schema"]["openAPIV3Schema"])
                schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {}}
                found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = Draft202012Validator(schema)
    return found


def _objects(text: str) -> Iterator[dict[str, Any]]:
    for each in yaml.load_all(text, yaml.CSafeLoader):
        yield from each["items"] if each and each.get("kind") == "List" else [each] if each else []


def _strict(schema: Any) -> Any:
    """A structural schema as JSON Schema that refuses fields that it does not list."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items() if key != "format"}
    if made.pop("x-kubernetes-int-or-string", False):
        made.pop("anyOf", None)
        made["type"] = ["integer", "string"]
    open_ = made.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in made
    if made.get("type") == "object" and isinstance(made.get("properties"), dict) and not open_:
        made["additionalProperties"] = False
    return made


def main(words: list[str]) -> int:
    """Returns the exit status: 0 when nothing is wrong."""
    known, wrong, without = definitions(Path(words[0])), 0, set()
    for overlay in words[1:]:
        done = subprocess.run(["kubectl", "kustomize", overlay], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        for each in _objects(done.stdout):
            api, kind = each["apiVersion"], each["kind"]
            if (api, kind) not in known:
                without |= {f"{kind} ({api})"} if api.rpartition("/")[0] not in BUILT_IN else set()
                continue
            for error in known[api, kind].iter_errors(each):
                wrong += 1
                print(f"{overlay}: {kind} {each['metadata']['name']}: {error.json_path}: {error.message[:300]}")
    for kind in sorted(without):
        print(f"no definition: {kind}")
    print(f"{wrong} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
