"""What NetworkPolicies allow between pods of one namespace, worked out as a cluster does."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.k8s.render import Manifest, named

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Pod:
    """A pod as policies see it."""

    workload: str
    """Name of its Deployment or Job."""
    labels: Labels

    @property
    def service(self) -> str:
        """The service that it is of, whatever its track."""
        return self.labels["app.kubernetes.io/name"]


Edge = tuple[str, str, int]
"""Caller's and callee's workload, and the port."""


def pods(manifests: list[Manifest]) -> list[Pod]:
    """One pod of each workload."""
    found = [*named(manifests, "Deployment").items(), *named(manifests, "Job").items()]
    return [Pod(name, each["spec"]["template"]["metadata"]["labels"]) for name, each in found]


def allowed(manifests: list[Manifest], side: str) -> set[Edge]:
    """The edges between pods that one side's rules allow; `side` is Ingress or Egress."""
    peers, rules = ("from", "ingress") if side == "Ingress" else ("to", "egress")
    everybody = pods(manifests)
    edges = set()
    for policy in named(manifests, "NetworkPolicy").values():
        spec = policy["spec"]
        if side not in spec["policyTypes"]:
            continue
        mine = [pod for pod in everybody if selects(spec["podSelector"], pod.labels)]
        for rule in spec.get(rules) or []:
            others = [pod for pod in everybody for peer in rule[peers] if _is_peer(peer, pod)]
            for pod in mine:
                for other in others:
                    caller, callee = (other, pod) if side == "Ingress" else (pod, other)
                    edges |= {(caller.workload, callee.workload, port["port"]) for port in rule["ports"]}
    return edges


def governed(manifests: list[Manifest], side: str) -> set[str]:
    """Workloads of which a side is denied unless allowed."""
    policies = [each["spec"] for each in named(manifests, "NetworkPolicy").values()]
    return {
        pod.workload
        for pod in pods(manifests)
        for spec in policies
        if side in spec["policyTypes"] and selects(spec["podSelector"], pod.labels)
    }


def selects(selector: Manifest, labels: Labels) -> bool:
    """Whether a label selector selects labels; an empty one selects all."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_holds(each, labels) for each in selector.get("matchExpressions", []))


def _holds(expression: Manifest, labels: Labels) -> bool:
    assert expression["operator"] == "In", "no other operator is used here"
    return labels.get(expression["key"]) in expression["values"]


def _is_peer(peer: Manifest, pod: Pod) -> bool:
    """Whether a pod of the policy's own namespace is meant; other namespaces and addresses are not."""
    if "namespaceSelector" in peer or "ipBlock" in peer:
        return False
    return selects(peer["podSelector"], pod.labels)


def addresses(manifests: list[Manifest]) -> Iterator[tuple[str, str, str]]:
    """Each setting of a workload that has an address of another service in it: workload, variable, host:port."""
    services = named(manifests, "Service")
    for workload, each in named(manifests, "Deployment").items():
        for container in each["spec"]["template"]["spec"]["containers"]:
            for variable in container.get("env", []):
                value = re.sub(r"^(http://|postgresql.*@)", "", str(variable.get("value", ""))).partition("/")[0]
                if value.partition(":")[0] in services:
                    yield workload, variable["name"], value
