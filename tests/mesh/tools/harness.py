"""A whole mesh as real processes, started by `pulpo up` on free ports, and a customer to write to it."""

import asyncio
import itertools
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2

from cli.local.credentials import mesh_secret
from cli.local.probes import is_up
from cli.local.processes import PROGRAMS, SOURCE, environment_for, environment_of, free_ports, program
from cli.support.webhook import INBOUND_PATH, WebhookSender, reply_of
from runtime.rpc.identity import Credential
from tests.databases import query as query_database
from tests.identity import credential

ROOT = Path(__file__).resolve().parents[3]
CLOCK = "2026-03-11T10:00:00-03:00"
SALON = "+14155238886"
VET = "+56229876543"
PATIENT = {f"PULPO_{stage}_S": "10" for stage in ("EXTRACT", "PLAN", "EXECUTE", "COMPOSE")} | {"PULPO_TURN_S": "14"}
"""The most time that a turn may have, for a mesh on a machine that does other things as well."""
WAIT_S = 60.0
"""How long an answer or an end is waited for that certainly comes."""


def until(condition: object, what: str, seconds: float = WAIT_S) -> None:
    """Polls a callable until it is true. Fails the test when it never is."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.05)


@dataclass
class Mesh:
    """A running mesh."""

    environment: dict[str, str]
    data: Path
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """The gateway's base URL."""
        return f"http://127.0.0.1:{self.environment['PULPO_HTTP_PORT']}"

    def credential(self, caller: str, callee: str) -> Credential:
        """What a service of this mesh shows to another."""
        return credential(caller, callee, mesh_secret(self.environment))

    def sender(self, customer: str, to: str = SALON) -> WebhookSender:
        """Somebody who writes to a business."""
        return WebhookSender(self.url, "dev-token", to, customer)

    def post(self, form: dict[str, str], signature: str) -> httpx2.Response:
        """One webhook, as it is."""
        return httpx2.post(
            self.url + INBOUND_PATH, data=form, headers={"X-Twilio-Signature": signature}, timeout=WAIT_S, verify=False
        )

    def say(self, customer: str, text: str, to: str = SALON, sid: str | None = None) -> str:
        """One message; the reply's text."""
        sender = self.sender(customer, to)
        form = sender.form(text, sid)
        response = self.post(form, sender.signature(form))
        assert response.status_code == 200, (response.status_code, response.text)
        return reply_of(response.text)

    def rows(self, database: str, query: str, *values: object) -> list[dict[str, object]]:
        """What a query of a service's database finds; values stand for its question marks."""
        url = self.environment.get(f"PULPO_{database.upper()}_DATABASE_URL")
        if url:
            numbers = itertools.count()
            named = re.sub(r"\?", lambda _: f":v{next(numbers)}", query)
            return query_database(url, named, **{f"v{number}": value for number, value in enumerate(values)})
        with closing(sqlite3.connect(f"file:{self.data / database}.db?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def appointments(self, customer: str) -> list[dict[str, object]]:
        """A customer's appointments, whatever their status, in the order they were made."""
        return self.rows(
            "agenda",
            "SELECT booking_id, service_type, date, time, staff_name, client_name, client_email, client_phone, status"
            " FROM appointments WHERE customer = ? ORDER BY created_at, booking_id",
            f"whatsapp:{customer}",
        )

    def metrics(self, service: str) -> str:
        """What a service's metrics say."""
        port = self.environment[f"PULPO_{service.upper()}_METRICS_PORT"]
        return httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=WAIT_S, verify=False).text

    def ready(self) -> dict[str, object]:
        """What /readyz says, with its status under "http"."""
        response = httpx2.get(self.url + "/readyz", timeout=WAIT_S, verify=False)
        return {**response.json(), "http": response.status_code}

    def pid(self, service: str) -> int:
        """A service's process id."""
        return int((self.data / "logs" / f"{service}.pid").read_text())

    def kill(self, service: str) -> None:
        """kill -9 a service."""
        os.kill(self.pid(service), signal.SIGKILL)

    def log(self, service: str) -> str:
        """All that a service has written."""
        return (self.data / "logs" / f"{service}.log").read_text(encoding="utf-8")


def make_environment(data: Path, **extra: str) -> dict[str, str]:
    """An environment in which a mesh runs on free ports."""
    variables = [port.variable for program in PROGRAMS for port in program.ports] + ["PULPO_ENVOY_ADMIN_PORT"]
    ports = dict(zip(variables, map(str, free_ports(len(variables))), strict=True))
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("PULPO_", "TWILIO_", "SLM_", "OTEL_"))
    }
    own = {"PULPO_DATA_DIR": str(data), "PULPO_CLOCK": CLOCK, "PULPO_GATEWAY_JOIN_WAIT_S": "0"}
    return {**kept, **ports, **own, "PYTHONPATH": str(SOURCE), **extra}


@contextmanager
def running_mesh(data: Path, *options: str, verb: str = "up", **extra: str) -> Iterator[Mesh]:
    """Starts a mesh, `verb` being up or mesh, waits until it is up, and stops it by SIGINT as Ctrl-C would."""
    environment = make_environment(data, **{"TWILIO_AUTH_TOKEN": "dev-token", **extra})
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", verb, *options],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C stops everything" in line:
            break
    else:
        raise AssertionError("the mesh did not start:\n" + "".join(said))
    try:
        yield Mesh(environment, data, process)
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=WAIT_S)
        assert process.returncode == 0, rest


@contextmanager
def replica(mesh: Mesh, service: str, **extra: str) -> Iterator[tuple[Mesh, subprocess.Popen[bytes]]]:
    """Starts one more of a service on ports of its own, and gives the mesh as seen through it."""
    variables = [port.variable for port in program(service).ports]
    ports = dict(zip(variables, map(str, free_ports(len(variables))), strict=True))
    beside = replace(mesh, environment={**mesh.environment, **ports, **extra})
    process = start_service(beside, service)
    try:
        until(lambda: asyncio.run(is_up(program(service), beside.environment)), f"a second {service} is ready", 60)
        yield beside, process
    finally:
        process.terminate()
        process.wait(WAIT_S)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stops a process for a while, as an overloaded machine would."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def start_service(mesh: Mesh, service: str) -> subprocess.Popen[bytes]:
    """Starts one service again beside a mesh that does not restart it."""
    log = (mesh.data / "logs" / f"{service}.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", service],
            env=environment_of(program(service), environment_for(mesh.environment), mesh_secret(mesh.environment)),
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
