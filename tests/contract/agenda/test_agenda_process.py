"""The process: starts, says how it is, ends in an orderly way, and survives being killed."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client import generate_latest

from runtime.data.database import sqlite_url
from runtime.rpc.identity import service_key
from tests.contract.agenda.rows import check_rows
from tests.contract.agenda.running import BROKER, NOW, WORKSPACES, Caller, Running, item
from tests.identity import SECRET

ROOT = WORKSPACES.parents[2]


def _command(data: Path, **variables: str) -> subprocess.Popen[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "services"),
        "PULPO_DATA_DIR": str(data),
        "PULPO_WORKSPACES_DIR": str(WORKSPACES),
        "PULPO_AGENDA_PORT": "0",
        "PULPO_AGENDA_METRICS_PORT": "0",
        "PULPO_CLOCK": NOW,
        "PULPO_MESH_KEY": service_key(SECRET, "agenda"),
        **variables,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "agenda"],
        env=environment,
        cwd=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@asynccontextmanager
async def _process(data: Path) -> AsyncIterator[tuple[Caller, subprocess.Popen[str]]]:
    """A process that serves, reached through the port that its first log line tells."""
    with _command(data) as process:
        assert process.stdout
        free, serving = (json.loads(process.stdout.readline()) for _ in range(2))
        assert free["event"].startswith("open to anybody on this machine")
        assert (serving["event"], serving["readiness"]) == ("serving", True)
        async with httpx2.AsyncClient(timeout=60, headers=BROKER) as http:
            yield Caller(f"http://127.0.0.1:{serving['port']}", http), process
        if process.poll() is None:
            process.kill()


async def test_a_booking_outlives_a_kill_and_sigterm_ends_with_status_0(tmp_path: Path) -> None:
    async with _process(tmp_path) as (agenda, process):
        booked = await agenda.book("Barba", "2026-03-12", "10:00", now=None, customer="c", idempotency_key="k")
        assert booked["ok"]
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
    async with _process(tmp_path) as (agenda, process):
        again = await agenda.book("Barba", "2026-03-12", "10:00", now=None, customer="c", idempotency_key="k")
        assert again == booked
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stdout
        events = [json.loads(line)["event"] for line in process.stdout]
        assert events == ["tool call", "draining", "stopped"]
    assert len(await check_rows(sqlite_url(tmp_path, "agenda"))) == 1


@pytest.mark.parametrize("after_s", [0.01, 0.03, 0.06, 0.1, 0.2])
async def test_a_group_is_whole_or_not_there_whenever_the_process_is_killed(tmp_path: Path, after_s: float) -> None:
    asked = [item("Corte de Cabello", "2026-03-12", "10:00"), item("Barba", "2026-03-12", "10:45")]
    key: dict[str, Any] = {"now": None, "customer": "c", "idempotency_key": "k"}
    async with _process(tmp_path) as (agenda, process):
        call = asyncio.create_task(agenda.book_all(*asked, **key))
        await asyncio.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        await asyncio.gather(call, return_exceptions=True)
    assert len(await check_rows(sqlite_url(tmp_path, "agenda"))) in (0, 2)
    async with _process(tmp_path) as (agenda, _):
        again = await agenda.book_all(*asked, **key)
    assert (again["ok"], len(await check_rows(sqlite_url(tmp_path, "agenda")))) == (True, 2)


def _outcome(data: Path, **variables: str) -> tuple[int, list[str]]:
    with _command(data, **variables) as process:
        _, errors = process.communicate(timeout=120)
    return process.returncode, errors.splitlines()


def test_a_port_in_use_is_one_line_and_status_1(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, lines = _outcome(tmp_path, PULPO_AGENDA_PORT=str(port))
    assert (status, lines) == (1, [f"agenda: PORT_IN_USE: Port {port} on 127.0.0.1 cannot be listened on."])


def test_a_bad_manifest_is_told_line_by_line_with_status_2(tmp_path: Path) -> None:
    good = (WORKSPACES / "estudio-pulpo.yaml").read_text(encoding="utf-8")
    (tmp_path / "one.yaml").write_text(good.replace("minutes: 45", "minutes: 1", 1), encoding="utf-8")
    (tmp_path / "two.yaml").write_text("- no mapping", encoding="utf-8")
    status, lines = _outcome(tmp_path, PULPO_WORKSPACES_DIR=str(tmp_path))
    assert status == 2
    assert [line.split(":")[0] for line in lines] == [str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")]
    assert "services[0].minutes" in lines[0]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PULPO_AGENDA_DATABASE_URL", "mysql://root:secret@db/agenda"),
        ("PULPO_AGENDA_PORT", "many"),
        ("PULPO_AGENDA_MAX_BODY_BYTES", "-17"),
    ],
)
def test_a_bad_setting_is_named_and_not_repeated(tmp_path: Path, variable: str, value: str) -> None:
    status, lines = _outcome(tmp_path, **{variable: value})
    assert status == 2
    assert len(lines) == 1
    assert lines[0].startswith(f"settings: {variable}: ")
    assert value not in lines[0]


async def test_readiness_ends_before_the_process_does(agenda: Running) -> None:
    assert (await agenda.http.get(agenda.url + "/readyz")).status_code == 200
    agenda.probes.draining = True
    assert (await agenda.http.get(agenda.url + "/readyz")).status_code == 503
    assert (await agenda.http.get(agenda.url + "/healthz")).text == "ok"
    assert (await agenda.call("get_business_hours"))["ok"]


@pytest.mark.parametrize("path", ["/mcp/", "/healthz/"])
async def test_nobody_is_redirected_to_what_host_says(agenda: Running, path: str) -> None:
    answer = await agenda.http.get(agenda.url + path, headers={"Host": "evil.test"})
    assert (answer.status_code, "location" in answer.headers) == (404, False)


async def test_calls_are_counted_by_tool_outcome_and_reason(agenda: Running) -> None:
    def count(labels: str) -> float:
        lines = generate_latest().decode().splitlines()
        name = "pulpo_agenda_tool_calls_total{" + labels + "}"
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    cases = {
        'outcome="ok",reason="",tool="book_appointment"': "10:00",
        'outcome="no",reason="TAKEN",tool="book_appointment"': "10:00",
        'outcome="no",reason="INVALID_TIME",tool="book_appointment"': "x",
    }
    for labels, at in cases.items():
        before = count(labels)
        await agenda.book("Barba", "2026-03-12", at)
        assert count(labels) == before + 1
    unknown = 'outcome="error",reason="UNKNOWN_TOOL",tool="unknown"'
    before = count(unknown)
    await agenda.result("whatever_somebody_sends")
    assert count(unknown) == before + 1
    assert "whatever_somebody_sends" not in generate_latest().decode()
