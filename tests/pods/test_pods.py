"""The mesh in containers: it answers and books, and what it runs in is what the manifests promise."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import httpx2
import pytest

from cli.support.webhook import INBOUND_PATH, reply_of
from tests.pods.containers import ROOT, Pods, podman, running_pods
from tests.pods.containers import container as container_of

SERVICES = ("agenda", "broker", "extractor", "gateway", "nlg", "planner")
CUSTOMER = "+5491155557711"


@pytest.fixture(scope="module")
def pods() -> Iterator[Pods]:
    with running_pods() as running:
        running.wait(lambda: _ready(running), "the gateway is ready")
        yield running


def _ready(pods: Pods) -> bool:
    try:
        return httpx2.get(pods.url + "/readyz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


def say(pods: Pods, text: str) -> str:
    sender = pods.sender(CUSTOMER)
    form = sender.form(text)
    answer = httpx2.post(
        pods.url + INBOUND_PATH, data=form, headers={"X-Twilio-Signature": sender.signature(form)}, timeout=20
    )
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return reply_of(answer.text)


def test_all_services_run(pods: Pods) -> None:
    assert sorted(pods.services) == sorted(SERVICES)


def test_an_appointment_is_booked(pods: Pods) -> None:
    text = "quiero un corte de cabello el viernes a las 15, soy Juan Pérez, juan@example.com"
    reply = say(pods, text)
    assert "reservado" in reply, reply
    query = "SELECT client_name, status FROM appointments WHERE customer = ?"
    with closing(sqlite3.connect(f"file:{pods.folder('agenda-data')}/agenda.db?mode=ro", uri=True)) as rows:
        assert rows.execute(query, (f"whatsapp:{CUSTOMER}",)).fetchall() == [("Juan Pérez", "booked")]


def test_the_smoke_run_passes(pods: Pods) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULPO_", "TWILIO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "smoke", pods.url],
        env={**kept, "PYTHONPATH": str(ROOT / "services")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_nothing(pods: Pods, service: str) -> None:
    program = """
import importlib.util, json, os, pathlib, shutil
lines = pathlib.Path("/proc/1/status").read_text().splitlines()
facts = dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
def refused(path):
    try:
        pathlib.Path(path).write_text("x")
    except OSError as error:
        return error.errno
    return 0
print(json.dumps({
    "users": sorted(set(facts["Uid"].split() + facts["Gid"].split())),
    "capabilities": facts["CapEff"].strip("0"),
    "no new privileges": facts["NoNewPrivs"],
    "root": refused("/x"), "code": refused("/opt/pulpo/x"), "tmp": refused("/tmp/x"),
    "token": os.path.exists("/var/run/secrets/kubernetes.io"),
    "compilers": [name for name in ("gcc", "cc", "make", "pip") if shutil.which(name)],
    "pip": importlib.util.find_spec("pip") is not None,
}))
"""
    assert json.loads(pods.inside(service, program)) == {
        "users": ["10001"],
        "capabilities": "",
        "no new privileges": "1",
        "root": 30,  # a read-only file system
        "code": 30,
        "tmp": 0,
        "token": False,
        "compilers": [],
        "pip": False,
    }


def test_a_workspace_that_changes_is_taken_up_without_a_restart(pods: Pods) -> None:
    manifest = pods.folder("pulpo-workspaces") / "estudio-pulpo.yaml"
    before = manifest.read_text(encoding="utf-8")
    assert "Corte de Cabello" in before
    try:
        manifest.write_text(before.replace("price_min: 3500", "price_min: 4321", 1), encoding="utf-8")
        pods.wait(lambda: "4321" in say(pods, "cuánto sale un corte de cabello?"), "the new price is said")
    finally:
        manifest.write_text(before, encoding="utf-8")


def test_the_share_of_a_roll_out_is_taken_up_without_a_restart(pods: Pods) -> None:
    tracks = pods.folder("pulpo-routing") / "tracks.env"
    tracks.write_text("ENABLE_SLM_PIPELINE=true\nSLM_CANARY_PERCENT=10\n", encoding="utf-8")
    share = 'pulpo_track_share{track="slm"} 0.1'
    url = f"http://127.0.0.1:{pods.metrics_port}/metrics"
    pods.wait(lambda: share in httpx2.get(url).text, "the share is 10 %")


def test_who_is_told_to_stop_drains_and_ends_well(pods: Pods) -> None:
    podman("stop", "--time", "60", container_of("gateway"))
    state = pods.inspect("gateway")["State"]
    assert (state["Status"], state["ExitCode"]) == ("exited", 0)
    assert '"event": "stopped"' in pods.log("gateway")
