"""Every overlay and every combination of components renders, and each object in it is one that a cluster would take."""

import itertools
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.k8s.render import K8S, Manifest, named, render, rendered
from tests.k8s.strict import NEWEST, OLDEST, problems, problems_in

OVERLAYS = sorted(folder.name for folder in (K8S / "overlays").iterdir())
STATE = ("sqlite", "postgres-url", "postgres-operator")
SERVERS: tuple[tuple[str, ...], ...] = (("canary", "vllm-cpu"), ("canary", "vllm-gpu"))
MODELS: tuple[tuple[str, ...], ...] = (
    (),
    ("canary",),
    *SERVERS,
    ("canary", "canary-routes"),
    *((*models, "keda") for models in SERVERS),
)
POOLED = (("postgres-url", "pooler-url"), ("postgres-operator", "pooler-operator"))
AROUND = ((), ("istio",), ("monitoring",), ("edge",), ("istio", "monitoring", "edge"))


def combinations() -> list[tuple[str, ...]]:
    """Every state with every choice of models, and with what may stand around the mesh: nothing, each alone, all."""
    around = [
        (state, *models, *more) for state, models, more in itertools.product(STATE, MODELS, (AROUND[0], AROUND[-1]))
    ]
    pooled = [(*state, *more) for state in POOLED for more in ((), ("canary", "vllm-gpu", "keda", *AROUND[-1]))]
    return around + pooled + [("sqlite", *more) for more in AROUND[1:-1]]


def test_the_combinations_use_every_component() -> None:
    used = {component for each in combinations() for component in each} | {"migrate"}  # part of both postgres-*
    assert used == {folder.name for folder in (K8S / "components").iterdir()}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_valid(overlay: str) -> None:
    manifests = render(f"overlays/{overlay}")
    assert [problem for each in manifests for problem in problems(each)] == []
    ids = [(each["apiVersion"], each["kind"], each["metadata"]["name"]) for each in manifests]
    assert len(ids) == len(set(ids))
    (namespace,) = named(manifests, "Namespace")
    elsewhere = [each for each in manifests if each["metadata"].get("namespace", namespace) != namespace]
    assert elsewhere == []


def write_overlay(folder: Path, components: tuple[str, ...]) -> None:
    """The base with components, as an overlay would have it."""
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(K8S / "base", folder)],
        "components": [os.path.relpath(K8S / "components" / name, folder) for name in components],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")


def combined(folder: Path, *components: str) -> list[Manifest]:
    """What is made of the base with components."""
    write_overlay(folder, components)
    return [each for each in yaml.load_all(rendered(folder), yaml.CSafeLoader) if each]


@pytest.mark.parametrize("routes", [(), ("canary-routes",)])
def test_a_canary_is_reached_with_and_without_routes(tmp_path: Path, routes: tuple[str, ...]) -> None:
    """Without routes the gateway has an address for each track, with them one that the routes split."""
    manifests = combined(tmp_path, "sqlite", "canary", *routes)
    services = named(manifests, "Service")
    (container,) = named(manifests, "Deployment")["gateway"]["spec"]["template"]["spec"]["containers"]
    settings = {variable["name"]: variable.get("value", "") for variable in container["env"]}
    for name in ("extractor", "planner", "nlg"):
        stable, slm = settings[f"PULPO_{name.upper()}_TARGET"], settings.get(f"PULPO_{name.upper()}_SLM_TARGET")
        assert stable.partition(":")[0] == name
        for service in (name, f"{name}-slm"):
            assert (services[service]["spec"].get("clusterIP") == "None") is not bool(routes), service
        if routes:
            assert slm is None
            (route,) = [each for each in manifests if each["kind"] == "GRPCRoute" and each["metadata"]["name"] == name]
            targets = {ref["name"] for rule in route["spec"]["rules"] for ref in rule["backendRefs"]}
            assert targets == {f"{name}-slm", f"{name}-legacy"} <= services.keys()
        else:
            assert slm == f"{name}-slm:{stable.partition(':')[2]}"
            assert services[f"{name}-slm"]["spec"]["selector"]["pulpo.dev/track"] == "slm"


@pytest.mark.timeout(600)
def test_every_combination_of_components_is_valid(tmp_path: Path) -> None:
    texts = []
    for number, components in enumerate(combinations()):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_overlay(folder, components)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = list(pool.map(rendered, (tmp_path / str(number) for number in range(len(combinations())))))
    # most objects are the same in most combinations
    different = {part for text in texts for part in text.split("\n---\n")}
    objects = [yaml.load(part, yaml.CSafeLoader) for part in sorted(different)]
    assert [problem for each in objects for problem in problems(each)] == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("spec", "replica"), 2, "'replica' was unexpected"),
        (("spec", "revisionHistoryLimit"), "many", "'many' is not of type"),
        (("apiVersion",), "apps/v0", "no schema"),
    ],
)
def test_a_slip_of_the_pen_is_found(path: tuple[str, ...], value: object, said: str) -> None:
    manifest = named(render("overlays/local"), "Deployment")["nlg"]
    target: Manifest = manifest
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    (found,) = problems(manifest)
    assert said in found


def test_older_clusters_than_the_documented_ones_do_not_know_all_of_it() -> None:
    """The oldest version is named for a reason: 1.28 knows no sleep before a stop, 1.29 has it switched off."""
    manifest = named(render("overlays/local"), "Deployment")["nlg"]
    assert problems_in(OLDEST, manifest) == []
    (found,) = problems_in("1.28", manifest)
    assert "'sleep' was unexpected" in found
    assert f"Kubernetes {OLDEST} to {NEWEST}" in (K8S.parent / "docs/operate.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sorted(file.stem for file in Path(__file__).with_name("schemas").glob("*.json")))
def test_our_schemas_refuse_what_they_do_not_know(kind: str) -> None:
    everything = [each for overlay in OVERLAYS for each in render(f"overlays/{overlay}")]
    manifest = next(each for each in everything if each["kind"].lower() == kind)
    assert problems(manifest) == []
    wrong = json.loads(json.dumps(manifest))
    wrong["spec"]["nonsense"] = True
    assert problems(wrong) != []
