"""The process: starts, says how it is, ends in an orderly way, and survives being killed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from runtime.database import sqlite_url
from tests.contract.agenda.rows import check_rows
from tests.contract.agenda.running import NOW, WORKSPACES, Caller, Running

ROOT = WORKSPACES.parents[2]


def _command(data: Path, **variables: str) -> subprocess.Popen[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "services"),
        "PULPO_DATA_DIR": str(data),
        "PULPO_WORKSPACES_DIR": str(WORKSPACES),
        "PULPO_AGENDA_PORT": "0",
        "PULPO_CLOCK": NOW,
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
        serving = json.loads(process.stdout.readline())
        assert (serving["event"], serving["readiness"]) == ("serving", True)
        async with httpx2.AsyncClient(timeout=10) as http:
            yield Caller(f"http://127.0.0.1:{serving['port']}", http), process
        if process.poll() is None:
            process.kill()


async def test_a_booking_outlives_a_kill_and_sigterm_ends_with_status_0(tmp_path: Path) -> None:
    async with _process(tmp_path) as (agenda, process):
        booked = await agenda.book("Barba", "2026-03-12", "10:00", now=None, customer="c", idempotency_key="k")
        assert booked["ok"]
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    async with _process(tmp_path) as (agenda, process):
        again = await agenda.book("Barba", "2026-03-12", "10:00", now=None, customer="c", idempotency_key="k")
        assert again == booked
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout
        events = [json.loads(line)["event"] for line in process.stdout]
        assert events == ["tool call", "draining", "stopped"]
    assert len(await check_rows(sqlite_url(tmp_path, "agenda"))) == 1


def _outcome(data: Path, **variables: str) -> tuple[int, list[str]]:
    with _command(data, **variables) as process:
        _, errors = process.communicate(timeout=20)
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


async def test_calls_are_counted_by_tool_outcome_and_reason(agenda: Running) -> None:
    async def count(labels: str) -> float:
        lines = (await agenda.http.get(agenda.url + "/metrics")).text.splitlines()
        name = "pulpo_agenda_tool_calls_total{" + labels + "}"
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    cases = {
        'outcome="ok",reason="",tool="book_appointment"': "10:00",
        'outcome="no",reason="TAKEN",tool="book_appointment"': "10:00",
        'outcome="no",reason="INVALID_TIME",tool="book_appointment"': "x",
    }
    for labels, at in cases.items():
        before = await count(labels)
        await agenda.book("Barba", "2026-03-12", at)
        assert await count(labels) == before + 1
    unknown = 'outcome="error",reason="UNKNOWN_TOOL",tool="unknown"'
    before = await count(unknown)
    await agenda.result("whatever_somebody_sends")
    assert await count(unknown) == before + 1
    assert "whatever_somebody_sends" not in (await agenda.http.get(agenda.url + "/metrics")).text
