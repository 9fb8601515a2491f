"""Images have a base that is named by its digest, or one of this machine's own; a verb records the digest. No registry
is asked here: a stand-in program answers in its place."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIGEST = "sha256:" + "0123456789abcdef" * 4
STAND_INS = {
    "skopeo": f'[ "$1 $4" = "inspect docker://$IMAGE" ] && echo {DIGEST}',
    "docker": f"""case "$1 $2" in
info*) ;; "pull -q") [ "$3" = "$IMAGE" ] ;; "image inspect") echo "$IMAGE@{DIGEST}" ;; *) exit 9 ;; esac""",
    "podman": f"""case "$1 $2" in
"pull -q") [ "$3" = "$IMAGE" ] ;; "image inspect") echo "$IMAGE@{DIGEST}" ;; *) exit 9 ;; esac""",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what builds images, with programs of its own on the path."""
    shutil.copytree(ROOT / "k8s", tmp_path / "k8s", ignore=shutil.ignore_patterns("base-image.txt"))
    shutil.copy(ROOT / "Makefile", tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "dirname", "cat", "mv", "git", "make", "find", "sort", "test"):
        if found := shutil.which(name):
            programs.joinpath(name).symlink_to(found)
    return tmp_path


def stand_in(tree: Path, name: str, does: str) -> None:
    program = tree / "programs" / name
    program.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    program.chmod(0o755)


def run(tree: Path, *command: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": str(tree / "programs"), **more}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def images(tree: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    return run(tree, "bash", "k8s/images.sh", "gateway", BUILDER="buildah", DRY_RUN="yes", **more)


def record(tree: Path, image: str) -> "subprocess.CompletedProcess[str]":
    return run(tree, "bash", "k8s/base-digest.sh", image)


@pytest.mark.parametrize("program", STAND_INS)
def test_the_verb_records_what_a_tag_names_and_images_are_built_from_it(tree: Path, program: str) -> None:
    image = "docker.io/library/python:3.11-slim"
    stand_in(tree, program, STAND_INS[program].replace("$IMAGE", image))
    done = run(tree, "make", "--no-print-directory", "base-digest", "BASE=python:3.11-slim")
    named = f"docker.io/library/python@{DIGEST}"
    assert (done.returncode, done.stdout.strip()) == (0, named), done.stderr
    assert (tree / "k8s/base-image.txt").read_text(encoding="utf-8") == named + "\n"
    assert f"--build-arg BASE={named} " in images(tree).stdout


@pytest.mark.parametrize(
    ("image", "asked", "name"),
    [
        ("python", "docker.io/library/python", "docker.io/library/python"),
        ("bitnami/python:3", "docker.io/bitnami/python:3", "docker.io/bitnami/python"),
        ("registry.example.com:5000/a/b:1", "registry.example.com:5000/a/b:1", "registry.example.com:5000/a/b"),
    ],
)
def test_short_names_are_written_out(tree: Path, image: str, asked: str, name: str) -> None:
    stand_in(tree, "skopeo", STAND_INS["skopeo"].replace("$IMAGE", asked))
    assert record(tree, image).stdout.strip() == f"{name}@{DIGEST}"


@pytest.mark.parametrize(
    ("image", "does", "said"),
    [
        ("", "true", "BASE is needed"),
        ("python", "exit 1", "the registry did not tell"),
        ("python", "echo latest", "expected a digest"),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_is_recorded(tree: Path, image: str, does: str, said: str) -> None:
    stand_in(tree, "skopeo", does)
    done = record(tree, image)
    assert done.returncode == 1
    assert said in done.stderr
    assert not (tree / "k8s/base-image.txt").exists()


def test_without_any_program_it_says_which_are_needed(tree: Path) -> None:
    assert "skopeo, docker or podman is needed" in record(tree, "python").stderr


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("", "make base-digest BASE="),
        ("python:3.11-slim", "expected NAME@sha256:DIGEST or localhost/NAME"),
        ("python@sha256:short", "expected NAME@sha256:DIGEST or localhost/NAME"),
        (f"python@{DIGEST}@x", "expected NAME@sha256:DIGEST or localhost/NAME"),
        ("notlocalhost/pulpo-base", "expected NAME@sha256:DIGEST or localhost/NAME"),
    ],
)
def test_a_base_without_a_digest_is_refused(tree: Path, base: str, said: str) -> None:
    done = images(tree, BASE=base)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("base", [f"docker.io/library/python@{DIGEST}", "localhost/pulpo-base:bookworm"])
def test_a_base_by_digest_or_of_this_machine_is_taken(tree: Path, base: str) -> None:
    done = images(tree, BASE=base)
    assert done.returncode == 0, done.stderr
    assert f"--build-arg BASE={base} " in done.stdout


@pytest.mark.parametrize(
    ("base", "taken"),
    [(f"python@{DIGEST}", True), ("localhost/x", True), ("python:3.11", False), ("python@sha256:12", False)],
)
def test_the_dockerfile_has_no_base_of_its_own_and_checks_the_one_it_is_given(base: str, taken: bool) -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^ARG BASE.*$", text, re.MULTILINE) == ["ARG BASE", "ARG BASE"]
    assert re.findall(r"^FROM \${BASE} AS (\w+)$", text, re.MULTILINE) == ["base"]
    check = text.partition("RUN case")[2].partition("esac")[0].replace("\\\n", "")
    done = subprocess.run(
        ["sh", "-c", f"case{check}esac"], env={**os.environ, "BASE": base}, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) is taken
    assert ("make base-digest records one" in done.stderr) is not taken
