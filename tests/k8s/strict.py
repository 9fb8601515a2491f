"""Whether Kubernetes, or whoever brought its kind, would take an object: every field known and well typed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from kubernetes_validate import SchemaNotFoundError
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

from tests.k8s.render import Manifest

OLDEST, NEWEST = "1.30", "1.37"
"""The Kubernetes versions that docs/operate.md names: `preStop.sleep` is served from the first one on."""
_OURS = Path(__file__).with_name("schemas")


def problems(manifest: Manifest) -> list[str]:
    """What is wrong with an object for the oldest or the newest Kubernetes, each with its path. A kind that nobody
    has a schema for is wrong, too."""
    return list(dict.fromkeys(problem for version in (OLDEST, NEWEST) for problem in problems_in(version, manifest)))


def problems_in(version: str, manifest: Manifest) -> list[str]:
    """What is wrong with an object for one version of Kubernetes."""
    kind, api = manifest["kind"], manifest["apiVersion"]
    validator = _validator(version, api, kind)
    if validator is None:
        return [f"{kind} ({api}): no schema; is it one of the kinds that we use?"]
    name = f"{kind} {manifest['metadata']['name']}"
    return [f"{name}: {error.json_path}: {error.message[:300]}" for error in validator.iter_errors(manifest)]


@cache
def _validator(version: str, api: str, kind: str) -> Draft202012Validator | None:
    ours = _OURS / f"{kind.lower()}.json"
    if ours.exists():
        return Draft202012Validator(json.loads(ours.read_text(encoding="utf-8")))
    group, _, api_version = api.rpartition("/")
    # a custom kind may have the name of a built-in one
    if group.partition(".")[2] not in ("", "k8s.io"):
        group = "unknown"
    file = "-".join(part for part in (kind.lower(), group.split(".")[0], api_version) if part)
    try:
        schema = _read(version, file)
    except (SchemaNotFoundError, FileNotFoundError):
        return None
    definitions: Resource[Any] = Resource.from_contents(_read(version, "_definitions"))
    return Draft202012Validator(schema, registry=definitions @ Registry())


@cache
def _read(version: str, name: str) -> Any:
    return schema_contents(f"kubernetes-json-schema/v{version}.0-local-strict/{name}.json", version)
