"""The businesses of each overlay: whose they are, and how many fit."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from k8s import workspaces
from tests.k8s.render import K8S, named, rendered
from workspace.loader import load_registry

FOLDERS = (K8S / "base/workspaces", *sorted((K8S / "overlays").glob("*/workspaces")))
APPLIED_BYTES = 262_144
"""What client-side `kubectl apply` can note about one object."""
MOST_BYTES = 1_048_576
"""What a ConfigMap may hold."""


def test_no_number_stands_twice() -> None:
    numbers = Counter(number for folder in FOLDERS for business in load_registry(folder) for number in business.numbers)
    assert {number for number, times in numbers.items() if times > 1} == set()
    assert len(FOLDERS) == 3


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_lists_of_files_are_not_stale(folder: Path) -> None:
    assert (folder / "Kustomization").read_text(encoding="utf-8") == workspaces.kustomization(folder)


def grown(folder: Path, count: int) -> Path:
    """A folder of so many businesses, each as large as the salon, with a kustomization that has nothing else."""
    salon = (K8S / "base/workspaces/estudio-pulpo.yaml").read_text(encoding="utf-8")
    for number in range(count):
        (folder / f"business-{number:04}.yaml").write_text(salon, encoding="utf-8")
    (folder / "Kustomization").write_text(workspaces.kustomization(folder), encoding="utf-8")
    top = folder.parent / "top"
    top.mkdir()
    (top / "kustomization.yaml").write_text(f"components: [../{folder.name}]\n", encoding="utf-8")
    return top


@pytest.mark.parametrize(("count", "most"), [(200, APPLIED_BYTES), (800, MOST_BYTES)])
def test_many_businesses_fit(tmp_path: Path, count: int, most: int) -> None:
    (tmp_path / "many").mkdir()
    objects = list(yaml.load_all(rendered(grown(tmp_path / "many", count)), yaml.CSafeLoader))
    assert sum(len(each["data"]) for each in named(objects, "ConfigMap").values()) == count
    assert max(len(json.dumps(each, ensure_ascii=False).encode()) for each in objects) < most


def test_too_many_are_refused_with_their_number(tmp_path: Path) -> None:
    for number in range(2500):
        shutil.copy(K8S / "base/workspaces/estudio-pulpo.yaml", tmp_path / f"{number}.yaml")
    with pytest.raises(workspaces.TooLargeError, match="at most 900000"):
        workspaces.kustomization(tmp_path)


def test_no_file_moves_when_others_come_and_go(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.yaml").touch()
    before = {name: workspaces.part_of(f"{name}.yaml") for name in ("a", "c")}
    (tmp_path / "b.yaml").unlink()
    (tmp_path / "aa.yaml").touch()
    found = yaml.load(workspaces.kustomization(tmp_path), yaml.CSafeLoader)["configMapGenerator"]
    after = {file[:-5]: int(each["name"][-1]) for each in found for file in each["files"]}
    assert {name: after[name] for name in before} == before
