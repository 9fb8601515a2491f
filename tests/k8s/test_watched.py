"""Who collects metrics reaches the ports of metrics and no other: no tools, no webhooks."""

from pathlib import Path
from typing import Any

import pytest

from cli.local.processes import PROGRAMS
from tests.k8s.policies import selects
from tests.k8s.render import K8S, Manifest, named, render

OVERLAYS = ("staging", "production")
MONITORING = {"namespaceSelector": {"matchLabels": {"pulpo.dev/monitoring": "true"}}}


def container_ports(deployment: Manifest) -> dict[str, int]:
    """The named ports of a Deployment's one container."""
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {port["name"]: port["containerPort"] for port in container["ports"]}


def labels(deployment: Manifest) -> dict[str, str]:
    """The labels of a Deployment's pods."""
    found: dict[str, str] = deployment["spec"]["template"]["metadata"]["labels"]
    return found


def served(manifests: list[Manifest]) -> dict[str, Manifest]:
    """The Deployments that have metrics: all but a pooler."""
    return {name: each for name, each in named(manifests, "Deployment").items() if name != "pooler"}


def metrics_port(deployment: Manifest) -> int:
    """Where a Deployment's metrics are; a model server has them beside what it answers."""
    ports = container_ports(deployment)
    return ports["http"] if labels(deployment)["app.kubernetes.io/name"] == "vllm" else ports["metrics"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_monitoring_namespace_reaches_metrics_alone(overlay: str) -> None:
    manifests = render(f"overlays/{overlay}")
    policies = named(manifests, "NetworkPolicy").values()
    for name, deployment in served(manifests).items():
        opened = [
            port["port"]
            for policy in policies
            if selects(policy["spec"]["podSelector"], labels(deployment))
            for rule in policy["spec"].get("ingress") or []
            if MONITORING in rule.get("from", [])
            for port in rule["ports"]
        ]
        assert opened == [metrics_port(deployment)], name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_pod_is_collected_from_once_and_at_its_port_of_metrics(overlay: str) -> None:
    manifests = render(f"overlays/{overlay}")
    for name, deployment in served(manifests).items():
        asked = [
            container_ports(deployment)[endpoint["port"]]
            for monitor in named(manifests, "PodMonitor").values()
            if selects(monitor["spec"]["selector"], labels(deployment))
            for endpoint in monitor["spec"]["podMetricsEndpoints"]
        ]
        assert asked == [metrics_port(deployment)], name


def test_the_ports_are_those_of_the_mesh_on_one_machine_and_of_the_images() -> None:
    manifests, images = render(K8S / "base"), Path(K8S.parent / "Dockerfile").read_text(encoding="utf-8")
    deployments = named(manifests, "Deployment")
    for program in PROGRAMS:
        (port,) = [each.default for each in program.ports if each.what == "metrics"]
        assert metrics_port(deployments[program.name]) == port
        others = [str(each.default) for each in program.ports if each.what != "metrics"]
        assert f"EXPOSE {' '.join([*others, str(port)])}\n" in images


def test_in_the_mesh_of_istio_only_metrics_and_the_edge_may_come_without_a_certificate() -> None:
    manifests = render("overlays/production")
    ports = {name: metrics_port(each) for name, each in served(manifests).items()}
    excepted: dict[str, Any] = {
        name: sorted(map(int, each["spec"].get("portLevelMtls", {})))
        for name, each in named(manifests, "PeerAuthentication").items()
        if name != "default"
    }
    assert excepted == {name: sorted({port, *([8080] if name == "gateway" else [])}) for name, port in ports.items()
                        if name in excepted}  # fmt: skip
    # a model server's metrics are on the port of its API, which a policy guards (test_istio)
    assert set(excepted) == {program.name for program in PROGRAMS} | {"vllm"}
