"""What kustomize makes of a folder of k8s/."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

K8S = Path(__file__).resolve().parents[2] / "k8s"
Manifest = dict[str, Any]


def render(folder: str | Path) -> list[Manifest]:
    """The objects of a kustomization, fresh ones each time. Fails with kustomize's own words."""
    return [each for each in yaml.load_all(rendered(K8S / folder), yaml.CSafeLoader) if each]


@cache
def rendered(folder: Path) -> str:
    """What `kubectl kustomize` prints."""
    beside = Path(sys.executable).with_name("kubectl")
    program = str(beside) if beside.exists() else shutil.which("kubectl") or "kubectl"
    done = subprocess.run([program, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def named(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    """The objects of a kind, by name."""
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] == kind}
