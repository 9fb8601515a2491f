"""The rendered local overlay as real containers, by `podman kube play`."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cli.processes import free_ports
from cli.webhook import Sender
from tests.k8s.render import Manifest, render

ROOT = Path(__file__).resolve().parents[2]
NETWORK = "pulpo-pods"
SALON = "+14155238886"


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
    services: tuple[str, ...]

    @property
    def url(self) -> str:
        """The gateway's base URL."""
        return f"http://127.0.0.1:{self.port}"

    def sender(self, customer: str) -> Sender:
        """Somebody who writes to the salon."""
        return Sender(self.url, "dev-token", SALON, customer)

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


def for_podman(manifests: list[Manifest], port: int) -> dict[str, str]:
    """Deployment -> what is played for it: itself, its volume claims and all ConfigMaps.

    Podman is no cluster, which leaves three things to do: it publishes every containerPort on the machine, so
    only the gateway's HTTP port stays, at `port`; it has no kubelet that probes; and the public URL, over which
    webhooks are signed, has that port.
    """
    configs = [each for each in manifests if each["kind"] == "ConfigMap"]
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
            runs["ports"] = [{"containerPort": 8080, "hostPort": port}] if runs["name"] == "gateway" else []
        used = [volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"] if _is_claim(volume)]
        parts = [*configs, *(claims[name] for name in used), each]
        plays[each["metadata"]["name"]] = yaml.safe_dump_all(parts)
    return plays


def _is_claim(volume: dict[str, Any]) -> bool:
    return "persistentVolumeClaim" in volume


@contextmanager
def running_pods() -> Iterator[Pods]:
    """Plays the local overlay, each service under its Service's name in a network of its own, and takes it down."""
    (port,) = free_ports(1)
    manifests = render("overlays/local")
    plays = for_podman(manifests, port)
    pods = Pods(port, tuple(plays))
    _clean(plays)
    podman("network", "create", NETWORK)
    try:
        for name, text in plays.items():
            podman("kube", "play", "--network", f"{NETWORK}:alias={name}", "-", stdin=text)
        yield pods
    finally:
        _clean(plays)


def _clean(plays: dict[str, str]) -> None:
    for text in plays.values():
        podman("kube", "down", "-", stdin=text, check=False)
        named = [each["metadata"]["name"] for each in yaml.safe_load_all(text) if each["kind"] != "Deployment"]
        podman("volume", "rm", "--force", *named, check=False)
    podman("network", "rm", "--force", NETWORK, check=False)
