"""Under strict mutual TLS everybody still reaches what they must, and nobody takes part who cannot."""

from typing import Any

import pytest

from tests.k8s.policies import selects
from tests.k8s.render import Manifest, named, render

OVERLAYS = ("staging", "production")


@pytest.fixture(params=OVERLAYS)
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    return render(f"overlays/{request.param}")


def labels_of(workload: Manifest) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def of_kind(manifests: list[Manifest], kind: str) -> list[dict[str, Any]]:
    return [each["spec"] for each in manifests if each["kind"] == kind]


def in_the_clear(manifests: list[Manifest], labels: dict[str, str]) -> set[int]:
    """Ports of a pod that take callers without a certificate of the mesh."""
    found = set()
    for spec in of_kind(manifests, "PeerAuthentication"):
        if "selector" in spec and selects(spec["selector"], labels):
            found |= {int(port) for port, mode in spec["portLevelMtls"].items() if mode == {"mode": "PERMISSIVE"}}
    return found


def scraped(manifests: list[Manifest], workload: Manifest) -> set[int]:
    """Ports of a pod that a PodMonitor has collected."""
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    monitors = [spec for spec in of_kind(manifests, "PodMonitor") if selects(spec["selector"], labels_of(workload))]
    return {ports[endpoint["port"]] for spec in monitors for endpoint in spec["podMetricsEndpoints"]}


def test_the_mesh_is_strict(manifests: list[Manifest]) -> None:
    assert {"mtls": {"mode": "STRICT"}} in of_kind(manifests, "PeerAuthentication")


def test_every_pods_metrics_are_collected_on_a_port_that_takes_the_collector(manifests: list[Manifest]) -> None:
    for name, workload in named(manifests, "Deployment").items():
        ports = scraped(manifests, workload)
        assert ports or name == "pooler", name
        assert ports <= in_the_clear(manifests, labels_of(workload)), name


def test_the_collectors_policy_opens_the_ports_that_are_scraped_and_no_other(manifests: list[Manifest]) -> None:
    monitoring = {"namespaceSelector": {"matchLabels": {"pulpo.dev/monitoring": "true"}}}
    for name, workload in named(manifests, "Deployment").items():
        opened = {
            port["port"]
            for spec in of_kind(manifests, "NetworkPolicy")
            if selects(spec["podSelector"], labels_of(workload))
            for rule in spec.get("ingress") or []
            if monitoring in rule["from"]
            for port in rule["ports"]
        }
        assert opened == scraped(manifests, workload), name


def test_nothing_takes_plain_text_but_the_edge_the_collector_and_what_a_policy_guards(
    manifests: list[Manifest],
) -> None:
    for name, workload in named(manifests, "Deployment").items():
        edge = {8080} if name == "gateway" else set()
        assert in_the_clear(manifests, labels_of(workload)) - scraped(manifests, workload) == edge, name


def test_a_model_server_answers_strangers_about_its_metrics_alone(manifests: list[Manifest]) -> None:
    """Its API and its metrics are one port."""
    workload = named(manifests, "Deployment")["vllm"]
    (policy,) = [
        spec for spec in of_kind(manifests, "AuthorizationPolicy") if selects(spec["selector"], labels_of(workload))
    ]
    strangers = [rule for rule in policy["rules"] if "from" not in rule]
    assert strangers == [{"to": [{"operation": {"methods": ["GET"], "paths": ["/metrics"]}}]}]
    (known,) = [rule["from"][0]["source"]["principals"] for rule in policy["rules"] if "from" in rule]
    accounts = named(manifests, "ServiceAccount")
    assert [principal.rpartition("/")[2] for principal in known if principal.rpartition("/")[2] not in accounts] == []


def test_what_another_operator_runs_and_jobs_have_no_sidecar(manifests: list[Manifest]) -> None:
    for cluster in of_kind(manifests, "Cluster"):
        assert cluster["inheritedMetadata"]["labels"] == {"sidecar.istio.io/inject": "false"}
    for pooler in of_kind(manifests, "Pooler"):
        assert pooler["template"]["metadata"]["labels"]["sidecar.istio.io/inject"] == "false"
    for name, job in named(manifests, "Job").items():
        assert job["spec"]["template"]["metadata"]["annotations"] == {"sidecar.istio.io/inject": "false"}, name


def test_staging_has_a_database_of_an_operators() -> None:
    assert len(of_kind(render("overlays/staging"), "Cluster")) == 1


def test_the_autoscaler_asks_for_metrics_that_are_collected() -> None:
    manifests = render("overlays/production")
    (scaled,) = of_kind(manifests, "ScaledObject")
    (trigger,) = scaled["triggers"]
    target = named(manifests, "Deployment")[scaled["scaleTargetRef"]["name"]]
    (namespace,) = named(manifests, "Namespace")
    assert f'namespace="{namespace}"' in trigger["metadata"]["query"]
    assert f'pod=~"{target["metadata"]["name"]}-.*"' in trigger["metadata"]["query"]
    assert scraped(manifests, target) == {8000}
