"""Several pods of each service on one PostgreSQL behind a PgBouncer, and customers who go on writing to them.

The manifests are those of the overlay `local`, with a database's address where its volumes are. Podman is no cluster:
what its kubelet and its endpoints do is done here, in the same order. A pod that is to go is first taken off the
gateways' list, then told to stop.
"""

import asyncio
import itertools
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import yaml

from cli.local.credentials import identity_of
from cli.local.processes import free_ports
from cli.support.webhook import INBOUND_PATH, WebhookSender, reply_of
from tests import databases, poolers
from tests.k8s.render import named, render
from tests.pods.containers import NETWORK, ROOT, ROUTING, SALON, clean, podman, workspaces_of
from workspace.loader import load_registry

OWNERS = ("gateway", "broker", "agenda")
SERVICES = ("agenda", "broker", "extractor", "planner", "nlg", "gateway")
BEFORE_STOP_S = 5.0
"""What the manifests' preStop waits: endpoints have forgotten the pod by then."""
READY = """
import asyncio, json, os, sys, urllib.request
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
async def ask(port):
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        return (await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)).status == 1
kind, port = sys.argv[1], sys.argv[2]
if kind == "grpc":
    print(asyncio.run(ask(port)))
else:
    print(urllib.request.urlopen(f"http://127.0.0.1:{port}{kind}", timeout=5).status == 200)
"""
PROBES = {
    "agenda": ("/readyz", "8090"),
    "broker": ("grpc", "50053"),
    "extractor": ("grpc", "50051"),
    "planner": ("grpc", "50052"),
    "nlg": ("grpc", "50054"),
    "gateway": ("/readyz/gateway", "8080"),
}
"""What the kubelet asks before a pod gets calls, and its port."""
CALLS = """
import os, re, urllib.request
text = urllib.request.urlopen(f"http://127.0.0.1:{os.environ['METRICS']}/metrics", timeout=5).read().decode()
print(sum(float(x) for x in re.findall(r'^pulpo_rpc_seconds_count\\{[^}]*pulpo[^}]*\\} (\\S+)', text, re.M)))
"""


@dataclass
class Deployment:
    """Pods, as the test starts and ends them."""

    manifests: list[dict[str, Any]]
    pooler: poolers.Pooler
    database: str
    """URL of the agenda's database, past the pooler."""
    host: str
    """This machine's address as pods see it."""
    secret: str = field(default_factory=lambda: secrets.token_hex(32))
    """What the services' keys and tokens are made of."""
    ports: dict[str, int] = field(default_factory=dict)
    """Gateway pod -> where it listens on this machine; those that get messages."""
    plays: dict[str, str] = field(default_factory=dict)

    @property
    def public_url(self) -> str:
        """What webhooks are signed for."""
        return "http://pulpo.test"

    def play(self, service: str, letter: str) -> str:
        """Starts one pod of a service and returns its name; it is not waited for."""
        name = f"{service}-{letter}"
        (port,) = free_ports(1)
        text = yaml.safe_dump_all([*self._configs(), self._deployment(service, name, port)])
        podman("kube", "play", "--network", f"{NETWORK}:alias={service}", "-", stdin=text)
        self.plays[name] = text
        if service == "gateway":
            self.ports[name] = port
        return name

    def is_ready(self, name: str) -> bool:
        """Whether its readiness probe would succeed."""
        kind, port = PROBES[name.partition("-")[0]]
        return self.inside(name, READY, kind, port) == "True"

    def inside(self, name: str, program: str, *words: str) -> str:
        """What a Python program prints in a pod; nothing when it fails."""
        return podman("exec", self._container(name), "python", "-c", program, *words, check=False).strip()

    def calls(self, name: str, metrics_port: int) -> float:
        """How many RPCs a pod has answered."""
        said = self.inside(name, CALLS.replace("os.environ['METRICS']", str(metrics_port)))
        return float(said or 0)

    def stop(self, name: str) -> None:
        """SIGTERM, and all the time that it wants; then it is gone."""
        podman("stop", "--time", "60", self._container(name))
        state = json.loads(podman("inspect", self._container(name)))[0]["State"]
        assert state["ExitCode"] == 0, (name, state)
        podman("kube", "down", "-", stdin=self.plays.pop(name), check=False)

    def kill(self, *names: str) -> None:
        """SIGKILL, all at once, as when their node is gone."""
        podman("kill", *(self._container(name) for name in names))

    def log(self, name: str) -> str:
        """All that a pod has written."""
        return podman("logs", self._container(name), check=False)

    def _container(self, name: str) -> str:
        return f"{name}-pod-0-{name.partition('-')[0]}"

    def _configs(self) -> list[dict[str, Any]]:
        settings = [each for each in self.manifests if each["metadata"]["name"].startswith("pulpo-settings-")]
        for each in settings:
            each["data"] |= {"PULPO_PUBLIC_URL": self.public_url, "PULPO_DATABASE_POOLER": "transaction"}
        return [workspaces_of(self.manifests), ROUTING, *settings]

    def _deployment(self, service: str, name: str, port: int) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(json.dumps(named(self.manifests, "Deployment")[service]))
        made["metadata"]["name"] = name
        spec = made["spec"]["template"]["spec"]
        spec["volumes"] = [each for each in spec["volumes"] if each["name"] != "data"]
        (runs,) = spec["containers"]
        runs["volumeMounts"] = [each for each in runs["volumeMounts"] if each["name"] != "data"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            runs.pop(probe, None)
        for volume in spec["volumes"]:
            if volume.pop("projected", None):
                volume["configMap"] = {"name": "pulpo-workspaces"}
        runs["envFrom"] = [source for source in runs["envFrom"] if "secretRef" not in source]
        identity = identity_of(service, self.secret)
        runs["env"] = [*runs.get("env", ()), *({"name": name, "value": value} for name, value in identity.items())]
        runs["ports"] = [{"containerPort": 8080, "hostPort": port}] if service == "gateway" else []
        if service in OWNERS:
            url = f"postgresql+asyncpg://pulpo@{self.host}:{self.pooler.port}/pods_{service}"
            runs["env"] = [*runs["env"], {"name": f"PULPO_{service.upper()}_DATABASE_URL", "value": url}]
        return made


@contextmanager
def running_replicas(each: int = 2) -> Iterator[Deployment]:
    """So many pods of each service, all ready."""
    found = databases.programs()
    assert found, databases.NOT_FOUND
    podman("network", "rm", "--force", NETWORK, check=False)
    podman("network", "create", NETWORK)
    (network,) = json.loads(podman("network", "inspect", NETWORK))
    host = network["subnets"][0]["gateway"]
    manifests = render("overlays/local")
    with databases.server(found) as server:
        for owner in OWNERS:
            databases.query(server, f"CREATE DATABASE pods_{owner}")
            environment = {**os.environ, "PYTHONPATH": str(ROOT / "services"), "PULPO_PROFILE": "development"}
            environment[f"PULPO_{owner.upper()}_DATABASE_URL"] = server.replace("/postgres", f"/pods_{owner}")
            subprocess.run([sys.executable, "-m", owner, "migrate"], env=environment, cwd=ROOT, check=True)
        with poolers.pooler(server, connections=12, listen="*") as pooler:
            world = Deployment(manifests, pooler, server.replace("/postgres", "/pods_agenda"), host)
            try:
                names = [world.play(service, "ab"[number]) for number in range(each) for service in SERVICES]
                asyncio.run(until_ready(world, names))
                yield world
            finally:
                clean(world.plays)


async def until_ready(world: Deployment, names: list[str], seconds: float = 120) -> None:
    """Returns when all are; fails with the last words of one that never is."""
    for name in names:
        try:
            async with asyncio.timeout(seconds):
                while not await asyncio.to_thread(world.is_ready, name):  # noqa: ASYNC110 - pods tell nobody
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise AssertionError(f"{name} is never ready: {world.log(name)[-3000:]}") from None


def note(line: str) -> None:
    """Adds a line to what `make pods` prints at its end."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build/pods.txt").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def _open_days() -> list[date]:
    """Weekdays from some days ahead on, for a year and more, without those that the salon is closed on."""
    salon = load_registry(ROOT / "k8s/base/workspaces").by_number(SALON)
    assert salon
    days = (datetime.now(UTC).date() + timedelta(days=3 + number) for number in range(600))
    return [day for day in days if day.weekday() < 5 and len(salon.hours_on(day)) > 1]


OPEN = _open_days()
_HOURS = tuple(f"{hour}:00" for hour in (9, 10, 11, 14, 15, 16, 17))
TIMES = {
    "barba": tuple(f"{hour}:{minute}" for hour in (9, 10, 11, 14, 15, 16, 17) for minute in ("00", "30")),
    "manicura": _HOURS,
    "brushing con maria": _HOURS,
}
"""Service -> the times of a day that customers ask for; each is done by one person."""


@dataclass
class Written:
    """One message, and what came of it."""

    text: str
    customer: str
    to: str
    """The gateway pod that it went to."""
    status: int = 0
    """HTTP status; 0 when the connection broke."""
    reply: str = ""


class Customers:
    """New customers who each ask for one time of one day, so many at once, until told to stop."""

    def __init__(self, world: Deployment, client: httpx2.AsyncClient, service: str = "barba") -> None:
        """`service` is one of TIMES, and not the one of another test on the same world."""
        self._world, self._client, self._service = world, client, service
        self._numbers = itertools.count()
        self.written: list[Written] = []
        self._stopping = False

    async def keep_writing(self, at_once: int) -> None:
        """Returns after `stop`, when all have been answered."""
        await asyncio.gather(*(self._one() for _ in range(at_once)))

    def stop(self) -> None:
        """Nobody writes any more."""
        self._stopping = True

    async def _one(self) -> None:
        while not self._stopping:
            number = next(self._numbers)
            await self._say(number)

    async def _say(self, number: int) -> None:
        times = TIMES[self._service]
        day, at = OPEN[number // len(times)], times[number % len(times)]
        text = f"Reservar {self._service} el {day.day}/{day.month}/{day.year} a las {at}, soy Ana Paz ana@test.com"
        names = list(self._world.ports)
        gateway = names[number % len(names)]
        one = Written(text, f"+54911{60_000_000 + number + 1_000_000 * list(TIMES).index(self._service)}", gateway)
        self.written.append(one)
        sender = WebhookSender(self._world.public_url, "dev-token", SALON, one.customer)
        form = sender.form(text)
        url = f"http://127.0.0.1:{self._world.ports[gateway]}{INBOUND_PATH}"
        try:
            answer = await self._client.post(url, data=form, headers={"X-Twilio-Signature": sender.signature(form)})
        except httpx2.HTTPError:
            return
        one.status, one.reply = answer.status_code, reply_of(answer.text) if answer.status_code == 200 else answer.text
