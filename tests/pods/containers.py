"""The rendered local overlay as real containers, by `podman kube play`."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cli.local.credentials import identity_of
from cli.local.processes import free_ports
from cli.support.webhook import WebhookSender
from tests.k8s.render import Manifest, render

ROOT = Path(__file__).resolve().parents[2]
NETWORK = "pulpo-pods"
SALON = "+14155238886"
ROUTING: Manifest = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "pulpo-routing"},
    "data": {"tracks.env": ""},
}
"""What `pulpo canary` makes in a cluster."""


def podman(*arguments: str, stdin: str | None = None, check: bool = True) -> str:
    """Runs podman; what it printed. A failure has its own words."""
    environment = {**os.environ, "CONTAINERS_CONF": str(ROOT / "k8s/local/containers.conf")}
    done = subprocess.run(["podman", *arguments], env=environment, input=stdin, capture_output=True, text=True)
    assert done.returncode == 0 or not check, f"podman {' '.join(arguments)}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Pods:
    """A running mesh of containers."""

    port: int
    """Where the gateway listens on this machine."""
    metrics_port: int
    """Where its metrics are on this machine."""
    services: tuple[str, ...]

    @property
    def url(self) -> str:
        """The gateway's base URL."""
        return f"http://127.0.0.1:{self.port}"

    def sender(self, customer: str) -> WebhookSender:
        """Somebody who writes to the salon."""
        return WebhookSender(self.url, "dev-token", SALON, customer)

    def inside(self, service: str, program: str) -> str:
        """What a Python program prints in a service's container."""
        return podman("exec", container(service), "python", "-c", program).strip()

    def inspect(self, service: str) -> dict[str, Any]:
        """What podman knows of a service's container."""
        found: list[dict[str, Any]] = json.loads(podman("inspect", container(service)))
        return found[0]

    def log(self, service: str) -> str:
        """All that a service has written."""
        return podman("logs", container(service))

    def folder(self, volume: str) -> Path:
        """Where a volume is on this machine."""
        return Path(podman("volume", "inspect", volume, "--format", "{{.Mountpoint}}").strip())

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
        """Polls until it is true; fails with every service's last words when it never is."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                said = "\n".join(f"--- {name}\n{self.log(name)[-1500:]}" for name in self.services)
                raise AssertionError(f"never happened: {what}\n{said}")
            time.sleep(0.2)


def container(service: str) -> str:
    """The name that podman gives the container of a Deployment."""
    return f"{service}-pod-0-{service}"


def for_podman(manifests: list[Manifest], port: int, metrics_port: int) -> dict[str, str]:
    """Deployment -> what is played for it: itself, its volume claims and all ConfigMaps.

    Podman is no cluster, which leaves some things to do: it publishes every containerPort on the machine, so
    only the gateway's ports of HTTP and metrics stay, at `port` and `metrics_port`; it has no kubelet that probes,
    knows no projected volumes and mounts no ConfigMap that comes later; the public URL, over which webhooks are
    signed, has that port; and the Secrets, made for this run, are written where they are named.
    """
    secret = secrets.token_hex(32)
    configs = [workspaces_of(manifests), ROUTING, *(each for each in manifests if _is_setting(each))]
    for each in configs:
        if "PULPO_PUBLIC_URL" in each["data"]:
            each["data"]["PULPO_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    claims = {each["metadata"]["name"]: each for each in manifests if each["kind"] == "PersistentVolumeClaim"}
    plays = {}
    for each in manifests:
        if each["kind"] != "Deployment":
            continue
        spec = each["spec"]["template"]["spec"]
        for runs in spec["containers"]:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                runs.pop(probe, None)
            runs["envFrom"] = [source for source in runs["envFrom"] if "secretRef" not in source]
            identity = identity_of(runs["name"], secret)
            runs["env"] = [*runs.get("env", ()), *({"name": name, "value": value} for name, value in identity.items())]
            published = {8080: port, 9050: metrics_port} if runs["name"] == "gateway" else {}
            runs["ports"] = [{"containerPort": own, "hostPort": there} for own, there in published.items()]
        for volume in spec["volumes"]:
            if volume.pop("projected", None):
                volume["configMap"] = {"name": "pulpo-workspaces"}
        used = [volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"] if _is_claim(volume)]
        parts = [*configs, *(claims[name] for name in used), each]
        plays[each["metadata"]["name"]] = yaml.safe_dump_all(parts)
    return plays


def _is_setting(each: Manifest) -> bool:
    return bool(each["kind"] == "ConfigMap" and not each["metadata"]["name"].startswith("pulpo-workspaces-"))


def workspaces_of(manifests: list[Manifest]) -> Manifest:
    """The manifests' files, from whichever ConfigMap, in one."""
    parts = [each["data"] for each in manifests if each["kind"] == "ConfigMap" and not _is_setting(each)]
    return {
        **ROUTING,
        "metadata": {"name": "pulpo-workspaces"},
        "data": {k: v for part in parts for k, v in part.items()},
    }


def _is_claim(volume: dict[str, Any]) -> bool:
    return "persistentVolumeClaim" in volume


@contextmanager
def running_pods() -> Iterator[Pods]:
    """Plays the local overlay, each service under its Service's name in a network of its own, and takes it down."""
    port, metrics_port = free_ports(2)
    manifests = render("overlays/local")
    plays = for_podman(manifests, port, metrics_port)
    pods = Pods(port, metrics_port, tuple(plays))
    clean(plays)
    podman("network", "create", NETWORK)
    try:
        for name, text in plays.items():
            podman("kube", "play", "--network", f"{NETWORK}:alias={name}", "-", stdin=text)
        yield pods
    finally:
        clean(plays)


def clean(plays: Mapping[str, str]) -> None:
    """Takes down what was played, with its volumes and the network."""
    for text in plays.values():
        podman("kube", "down", "-", stdin=text, check=False)
        named = [
            each["metadata"]["name"] for each in yaml.load_all(text, yaml.CSafeLoader) if each["kind"] != "Deployment"
        ]
        podman("volume", "rm", "--force", *named, check=False)
    podman("network", "rm", "--force", NETWORK, check=False)
