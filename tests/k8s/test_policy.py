"""What every pod may and may not, in every overlay."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.k8s.render import K8S, Manifest, named, render

OVERLAYS = ("local", "staging", "production")
SLACK_S = 5
"""Seconds that a process gets to close what it holds, after its drain."""


def pod_specs(manifests: list[Manifest]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("Deployment", "Job"):
        for name, each in named(manifests, kind).items():
            yield name, each["spec"]["template"]["spec"]


@pytest.fixture(params=OVERLAYS)
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    return render(f"overlays/{request.param}")


def test_the_namespace_admits_restricted_pods_alone(manifests: list[Manifest]) -> None:
    (namespace,) = named(manifests, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_pods_are_nobody_and_hold_no_token(manifests: list[Manifest]) -> None:
    accounts = named(manifests, "ServiceAccount")
    assert all(each["automountServiceAccountToken"] is False for each in accounts.values())
    for name, spec in pod_specs(manifests):
        context = spec["securityContext"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["serviceAccountName"] in accounts, name
        assert spec["enableServiceLinks"] is False, name
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name


def test_containers_can_change_nothing(manifests: list[Manifest]) -> None:
    for name, spec in pod_specs(manifests):
        kinds = {kind for volume in spec.get("volumes", []) for kind in volume}
        assert kinds <= {"name", "configMap", "emptyDir", "persistentVolumeClaim"}, name
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert "memory" in container["resources"]["limits"], name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name


def test_probes_ask_the_right_question(manifests: list[Manifest]) -> None:
    for name, each in named(manifests, "Deployment").items():
        (container,) = each["spec"]["template"]["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        if "grpc" in ports and "http" not in ports:
            assert container["livenessProbe"]["grpc"] == {"port": ports["grpc"], "service": "live"}, name
            assert container["readinessProbe"]["grpc"] == {"port": ports["grpc"]}, name
        else:
            assert container["livenessProbe"]["httpGet"]["port"] == "http", name
            assert container["livenessProbe"]["httpGet"]["path"] in ("/healthz", "/health"), name
        assert "startupProbe" in container, name


def test_a_pod_has_time_to_drain(manifests: list[Manifest]) -> None:
    (settings,) = [
        each["data"] for name, each in named(manifests, "ConfigMap").items() if name.startswith("pulpo-settings")
    ]
    notice, drain = float(settings["PULPO_DRAIN_NOTICE_S"]), float(settings["PULPO_DRAIN_S"])
    turn = float(settings.get("PULPO_TURN_S", 10))
    for name, each in named(manifests, "Deployment").items():
        spec = each["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        waits = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert waits >= 5, name
        # the gateway lets requests end, then turns that go on without their request
        drains = max(drain, turn) + turn if name == "gateway" else drain
        assert spec["terminationGracePeriodSeconds"] >= waits + notice + drains + SLACK_S, name


def test_what_has_replicas_is_spread_and_scaled(manifests: list[Manifest]) -> None:
    budgets, scaled = named(manifests, "PodDisruptionBudget"), named(manifests, "HorizontalPodAutoscaler")
    if not scaled:
        return  # one machine
    for name, each in named(manifests, "Deployment").items():
        pod = each["spec"]["template"]
        assert budgets[name]["spec"]["selector"] == each["spec"]["selector"], name
        for constraint in pod["spec"]["topologySpreadConstraints"]:
            assert constraint["labelSelector"] == each["spec"]["selector"], name
        if name != "vllm":
            assert scaled[name]["spec"]["scaleTargetRef"]["name"] == name
            assert "replicas" not in each["spec"], name


def test_secrets_are_named_and_never_written(manifests: list[Manifest]) -> None:
    assert named(manifests, "Secret") == {}
    documented = set(
        re.findall(
            r"^# Secret ([a-z-]+)",
            "\n".join(file.read_text(encoding="utf-8") for file in (K8S / "overlays").glob("*/secrets.example.env")),
            re.MULTILINE,
        )
    )
    used = set()
    for name, spec in pod_specs(manifests):
        for container in spec["containers"]:
            for variable in container.get("env", []):
                if "secretKeyRef" in variable.get("valueFrom", {}):
                    used.add(variable["valueFrom"]["secretKeyRef"]["name"])
                else:
                    assert not re.search("AUTH_TOKEN|CALLER_TOKEN|SECRET|PASSWORD|API_KEY", variable["name"]), (
                        name,
                        variable["name"],
                    )
    assert used <= documented
    for name, each in named(manifests, "ConfigMap").items():
        if name.startswith("pulpo-settings"):
            assert not [key for key in each["data"] if re.search("TOKEN|SECRET|PASSWORD|DATABASE_URL", key)]


def test_production_has_every_image_by_its_digest() -> None:
    for name, spec in pod_specs(render("overlays/production")):
        for container in spec["containers"]:
            assert re.fullmatch(r"[a-z0-9./-]+@sha256:[0-9a-f]{64}", container["image"]), (name, container["image"])


@pytest.mark.parametrize("service", ["extractor", "planner", "nlg"])
@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_a_canary_is_its_service_but_for_its_track_and_its_model(service: str, overlay: str) -> None:
    found = named(render(f"overlays/{overlay}"), "Deployment")
    stable, canary = found[service], found[f"{service}-slm"]
    (container,) = canary["spec"]["template"]["spec"]["containers"]
    models = [variable["name"] for variable in container.pop("env")]
    assert all(name.startswith("SLM_") for name in models)
    canary["metadata"]["name"] = service
    labels = [each["matchLabels"] for each in _selectors(canary)] + [canary["spec"]["template"]["metadata"]["labels"]]
    for each in labels:
        assert each.pop("pulpo.dev/track") == "slm"
        each["pulpo.dev/track"] = "legacy"
    assert canary == stable


def _selectors(deployment: Manifest) -> Iterator[Manifest]:
    yield deployment["spec"]["selector"]
    for constraint in deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]:
        yield constraint["labelSelector"]


def test_workspaces_and_routing_reload_and_settings_roll() -> None:
    manifests = render("overlays/production")
    configs = named(manifests, "ConfigMap")
    assert {"pulpo-workspaces", "pulpo-routing"} <= configs.keys()
    assert [name for name in configs if re.fullmatch(r"pulpo-settings-[a-z0-9]+", name)]
    files = {file.name for file in (K8S / "base/workspaces").glob("*.yaml")}
    assert configs["pulpo-workspaces"]["data"].keys() == files
    for _, spec in pod_specs(manifests):
        for container in spec["containers"]:
            assert not [
                mount for mount in container.get("volumeMounts", []) if "subPath" in mount
            ]  # would never change
