"""A release by its digests: what k8s/push.sh writes, and that each release has Jobs of its own."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.k8s.render import K8S, named, render

OVERLAYS = ("staging", "production")
PODMAN = """#!/usr/bin/env bash
# stands in for podman: `push -q --digestfile FILE IMAGE` writes a digest made of the image's name
while [ $# -gt 1 ]; do [ "$1" = --digestfile ] && file=$2; shift; done
printf 'sha256:%s' "$(printf %s "$1" | sha256sum | cut -d' ' -f1)" >"$file"
"""


def file_of(overlay: str) -> Path:
    return K8S / "overlays" / overlay / "images/kustomization.yaml"


def release(text: str) -> str:
    """The name of the release whose digests a file has."""
    digests = re.findall(r"digest: sha256:.*\n", text)
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:10]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_jobs_have_the_name_of_the_overlays_release(overlay: str) -> None:
    jobs = named(render(f"overlays/{overlay}"), "Job")
    assert {name.rpartition("-")[2] for name in jobs} == {release(file_of(overlay).read_text(encoding="utf-8"))}
    for job in jobs.values():
        assert job["metadata"]["annotations"]["argocd.argoproj.io/hook-delete-policy"] == "BeforeHookCreation"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_job_takes_nothing_whose_name_changes_with_the_settings(overlay: str) -> None:
    """A Job's template never changes: applying another setting would fail for as long as the Job is there."""
    for name, job in named(render(f"overlays/{overlay}"), "Job").items():
        for container in job["spec"]["template"]["spec"]["containers"]:
            assert "configMap" not in str(container.get("envFrom", "")), name
        volumes = job["spec"]["template"]["spec"].get("volumes", [])
        assert [volume for volume in volumes if "configMap" in volume] == [], name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_image_that_an_overlay_uses_has_a_digest_of_its_own_line(overlay: str) -> None:
    text = file_of(overlay).read_text(encoding="utf-8")
    listed = set(re.findall(r"newName: (\S+)", text))
    used = {
        container["image"].partition("@")[0]
        for kind in ("Deployment", "Job")
        for each in named(render(f"overlays/{overlay}"), kind).values()
        for container in each["spec"]["template"]["spec"]["containers"]
    }
    assert used == listed


def test_a_push_writes_digests_and_gives_the_jobs_a_new_name(tmp_path: Path) -> None:
    (tmp_path / "podman").write_text(PODMAN, encoding="utf-8")
    (tmp_path / "podman").chmod(0o755)
    file = tmp_path / "kustomization.yaml"
    before = file_of("production").read_text(encoding="utf-8")
    file.write_text(before, encoding="utf-8")
    more = {"REGISTRY": "registry.test/pulpo", "FILE": str(file), "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    def push(tag: str, *services: str) -> str:
        environment = {**os.environ, **more, "TAG": tag}
        command = ["bash", str(K8S / "push.sh"), *services]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    said = push("1.0.0", "gateway", "agenda")
    first = file.read_text(encoding="utf-8")
    digest = hashlib.sha256(b"registry.test/pulpo/gateway:1.0.0").hexdigest()
    assert f"newName: registry.test/pulpo/gateway\n    digest: sha256:{digest}\n" in first
    assert f"release {release(first)}" in said
    assert f"value: migrate-{release(first)}}}" in first
    assert f"value: fill-models-{release(first)}}}" in first
    assert release(first) != release(before)
    push("1.0.0", "gateway", "agenda")
    assert file.read_text(encoding="utf-8") == first
    push("1.0.1", "gateway")
    assert release(file.read_text(encoding="utf-8")) != release(first)
    push("1.0.2")
    assert "sha256:0000" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("service", "variables", "said"),
    [
        ("vllm-gpu", {}, "expected NAME@sha256:DIGEST"),
        ("vllm-gpu", {"VLLM_IMAGE": "docker.io/vllm/vllm-openai:latest"}, "expected NAME@sha256:DIGEST"),
        ("model", {}, "expected a folder with config.json"),
        ("model", {"MODEL": "/tmp"}, "expected a folder with config.json"),
    ],
)
def test_a_model_servers_image_is_pinned_and_a_model_is_a_folder(
    service: str, variables: dict[str, str], said: str
) -> None:
    done = images(service, **variables)
    assert done.returncode != 0
    assert said in done.stderr


def test_the_model_server_and_the_model_are_built_by_their_own_recipe() -> None:
    image = f"docker.io/vllm/vllm-openai@sha256:{'a' * 64}"
    server = images("vllm-gpu", VLLM_IMAGE=image).stdout
    assert f"--file k8s/components/vllm-gpu/Dockerfile --build-arg VLLM_IMAGE={image} --target vllm-gpu" in server
    model = images("model", MODEL=str(K8S.parent / "models/extractor-slm")).stdout
    assert "--file k8s/components/vllm-gpu/Dockerfile --target model" in model
    assert "--file" not in images("gateway").stdout


def images(service: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """What k8s/images.sh would run."""
    more = {"BASE": f"python@sha256:{'b' * 64}", "BUILDER": "buildah", "DRY_RUN": "yes", **variables}
    command = ["bash", str(K8S / "images.sh"), service]
    return subprocess.run(command, env={**os.environ, **more}, capture_output=True, text=True, check=False)
