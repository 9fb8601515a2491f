"""Requests, limits and most replicas are made of what was measured: k8s/capacity.yaml has the figures and the sums."""

from typing import Any

import pytest
import yaml

from tests.k8s.render import K8S, Manifest, named, render

MEASURED: dict[str, Any] = yaml.load((K8S / "capacity.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
SERVICES = sorted(MEASURED["services"])
SUFFIXES = {"K": 1e3, "M": 1e6, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def cores(text: str) -> float:
    """CPU as cores."""
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def mib(text: str) -> float:
    """Memory as MiB."""
    unit = text.lstrip("0123456789.")
    return float(text.removesuffix(unit)) * SUFFIXES[unit] / 2**20


@pytest.fixture(scope="module")
def production() -> list[Manifest]:
    return render("overlays/production")


def resources(manifests: list[Manifest], name: str) -> dict[str, dict[str, str]]:
    (container,) = named(manifests, "Deployment")[name]["spec"]["template"]["spec"]["containers"]
    found: dict[str, dict[str, str]] = container["resources"]
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_the_autoscaler_reaches_the_peak_and_not_far_beyond(production: list[Manifest], service: str) -> None:
    scaler = named(production, "HorizontalPodAutoscaler")[service]["spec"]
    (metric,) = scaler["metrics"]
    utilization = metric["resource"]["target"]["averageUtilization"] / 100
    assert utilization == MEASURED["utilization"]
    request = cores(resources(production, service)["requests"]["cpu"])
    used = MEASURED["peak_messages_per_second"] * MEASURED["services"][service]["cpu_ms"] / 1000
    pods = used / (request * utilization)
    assert pods <= scaler["maxReplicas"] <= 2 * pods + 2
    assert request <= 1, "a process uses one core at most"


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_is_added_for_messages_not_for_idling(production: list[Manifest], service: str) -> None:
    """One pod answers at least ten messages a second before the autoscaler adds another."""
    request = cores(resources(production, service)["requests"]["cpu"])
    rate = request * MEASURED["utilization"] / (MEASURED["services"][service]["cpu_ms"] / 1000)
    assert rate >= 10


@pytest.mark.parametrize("service", SERVICES)
def test_memory_is_what_a_process_holds_and_more(production: list[Manifest], service: str) -> None:
    found, measured = resources(production, service), MEASURED["services"][service]["memory_mib"]
    assert mib(found["requests"]["memory"]) >= measured
    assert mib(found["limits"]["memory"]) >= 1.6 * measured
    assert "cpu" not in found["limits"], "a limit of CPU only makes a busy pod slow"


@pytest.mark.parametrize("service", ["extractor", "planner", "nlg"])
def test_the_slm_tracks_pods_are_as_many(production: list[Manifest], service: str) -> None:
    scaled = named(production, "HorizontalPodAutoscaler")
    assert scaled[f"{service}-slm"]["spec"]["maxReplicas"] == scaled[service]["spec"]["maxReplicas"]
