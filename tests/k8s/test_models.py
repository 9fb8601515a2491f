"""The model's volume: who fills it, who reads it, and that nobody ever reads half a model."""

import hashlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.k8s.render import K8S, named, render


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fill", K8S / "components/vllm-gpu/fill.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fill = _load()
Make = Callable[[str], Path]


@pytest.fixture
def model(tmp_path: Path) -> Make:
    """Makes a model's folder as its image has it."""

    def make(weights: str) -> Path:
        folder = tmp_path / "images" / hashlib.sha256(weights.encode()).hexdigest()[:4]
        (folder / "sub").mkdir(parents=True)
        (folder / "config.json").write_text("{}", encoding="utf-8")
        (folder / "sub" / "model.safetensors").write_text(weights, encoding="utf-8")
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
        lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  ./{file.relative_to(folder)}\n" for file in files]
        (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "volume").mkdir()
    return tmp_path / "volume" / "pulpo-slm"


def weights_at(target: Path) -> str:
    return (target / "sub" / "model.safetensors").read_text(encoding="utf-8")


def test_a_model_is_there_under_its_name_and_a_second_run_changes_nothing(model: Make, target: Path) -> None:
    image = model("one")
    folder = fill.fill(image, target)
    assert weights_at(target) == "one"
    before = folder.stat().st_mtime_ns
    assert fill.fill(image, target) == folder
    assert folder.stat().st_mtime_ns == before


def test_the_model_before_stays_for_a_rollback_and_older_ones_go(model: Make, target: Path) -> None:
    folders = [fill.fill(model(weights), target) for weights in ("one", "two", "three")]
    assert weights_at(target) == "three"
    assert [folder.exists() for folder in folders] == [False, True, True]


def test_a_second_run_of_one_release_leaves_the_model_before_it(model: Make, target: Path) -> None:
    images = [model(weights) for weights in ("one", "two")]
    folders = [fill.fill(image, target) for image in images]
    fill.fill(images[1], target)
    assert [folder.exists() for folder in folders] == [True, True]
    assert weights_at(target) == "two"


@pytest.mark.parametrize("broken", ["changed", "missing"])
def test_a_broken_image_changes_nothing(model: Make, target: Path, broken: str) -> None:
    fill.fill(model("one"), target)
    image = model("two")
    file = image / "sub" / "model.safetensors"
    file.write_text("tow", encoding="utf-8") if broken == "changed" else file.unlink()
    with pytest.raises((fill.SumError, OSError)):
        fill.fill(image, target)
    assert weights_at(target) == "one"


def test_a_copy_that_was_cut_short_is_made_again(model: Make, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = model("one")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        fill.fill(image, target)
    assert not target.exists()
    monkeypatch.undo()
    fill.fill(image, target)
    assert weights_at(target) == "one"


def test_what_was_spoilt_in_the_volume_is_not_shown(model: Make, target: Path) -> None:
    folder = fill.fill(model("one"), target)
    fill.fill(model("two"), target)
    (folder / "config.json").write_text("{ }", encoding="utf-8")
    with pytest.raises(fill.SumError, match=r"config\.json"):
        fill.fill(target.parent.parent / "images" / hashlib.sha256(b"one").hexdigest()[:4], target)
    assert weights_at(target) == "two"


def test_one_job_writes_the_volume_and_servers_read_it() -> None:
    manifests = render("overlays/production")
    (claim,) = named(manifests, "PersistentVolumeClaim").values()
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    (job,) = [each for name, each in named(manifests, "Job").items() if name.startswith("fill-models-")]
    (writer,) = job["spec"]["template"]["spec"]["containers"]
    assert [mount for mount in writer["volumeMounts"] if mount.get("readOnly")] == []
    server = named(manifests, "Deployment")["vllm"]["spec"]["template"]["spec"]
    (mount,) = [each for each in server["containers"][0]["volumeMounts"] if each["name"] == "models"]
    assert mount["readOnly"]
    (volume,) = [each["persistentVolumeClaim"] for each in server["volumes"] if each["name"] == "models"]
    assert volume == {"claimName": "pulpo-models", "readOnly": True}
    # what the server is told to serve is what the Job's image makes
    recipe = (K8S / "components/vllm-gpu/Dockerfile").read_text(encoding="utf-8")
    assert f'"{server["containers"][0]["args"][0]}"]' in recipe
