"""Each image has the packages that its service imports, at the versions that are tested."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("gateway", "extractor", "planner", "broker", "nlg", "agenda")
SHARED = {"google", "opentelemetry"}
"""Import names that many packages share; the containers of `make pods` try those."""


@cache
def locked(file: str) -> dict[str, str]:
    """Package -> version, in a lock file."""
    text = (ROOT / "requirements" / file).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", text, re.MULTILINE))


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, and what it imports from them, which may be modules."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module(name: str) -> Path | None:
    """The file of one of our modules."""
    path = ROOT / "services" / Path(*name.split("."))
    return next((each for each in (path.with_suffix(".py"), path / "__init__.py") if each.exists()), None)


def needs(service: str) -> tuple[set[str], set[str]]:
    """Our own packages and other people's that a service's modules import, directly or not."""
    waiting, seen, others = set((ROOT / "services" / service).rglob("*.py")), set[Path](), set[str]()
    while waiting:
        file = waiting.pop()
        seen.add(file)
        for name in imported(file):
            top = name.partition(".")[0]
            if not (ROOT / "services" / top).is_dir():
                others.add(top)
            elif (found := module(name)) and found not in seen:
                waiting.add(found)
    own = {file.relative_to(ROOT / "services").parts[0] for file in seen}
    return own, others - set(sys.stdlib_module_names) - SHARED


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_imports_is_in_its_image(service: str) -> None:
    own, others = needs(service)
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stage = dockerfile.partition(f"AS {service}-files")[2].partition("\nFROM ")[0]
    assert own == set(re.findall(r"^COPY services/(\w+) ", stage, re.MULTILINE))
    there = {normal(name) for name in locked(f"images/{service}.txt")}
    homes = packages_distributions()
    lacking = {name for name in others if not {normal(each) for each in homes.get(name, [])} & there}
    assert lacking == set()


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_has_the_versions_that_are_tested(service: str) -> None:
    there, tested = locked(f"images/{service}.txt"), locked("base.txt")
    assert there
    assert {name: version for name, version in there.items() if tested.get(name) != version} == {}


def test_a_running_service_has_no_installer_and_is_nobody() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    runtime = dockerfile.partition("AS runtime\n")[2].partition("\nFROM ")[0]
    assert "USER 10001:10001" in runtime
    assert all("requirements" not in line for line in runtime.splitlines())
    assert [service for service in SERVICES if f"FROM runtime AS {service}\n" not in dockerfile] == []


@pytest.mark.parametrize("recipe", ["Dockerfile", "k8s/components/vllm-gpu/Dockerfile"])
def test_what_a_recipe_copies_is_sent_to_the_builder(recipe: str) -> None:
    sent = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    ]
    text = (ROOT / recipe).read_text(encoding="utf-8")
    sources = [words.split()[0] for words in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)]
    assert sources
    assert [source for source in sources if not any(f"{source}/".startswith(f"{each}/") for each in sent)] == []


def test_every_image_that_an_overlay_names_is_built_by_a_recipe() -> None:
    recipes = [ROOT / "Dockerfile", *(ROOT / "k8s/components").glob("*/Dockerfile")]
    built = {name for file in recipes for name in re.findall(r" AS ([a-z-]+)$", file.read_text("utf-8"), re.MULTILINE)}
    for file in (ROOT / "k8s/overlays").glob("*/images/kustomization.yaml"):
        named = set(re.findall(r"name: pulpo/(\S+)", file.read_text(encoding="utf-8")))
        assert named <= built, file
