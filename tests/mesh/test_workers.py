"""Several processes of each service that matters, on one machine and one PostgreSQL server, are one mesh."""

import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from cli.local.processes import PROGRAMS, free_ports
from cli.local.workers import APART
from tests.databases import fresh_database
from tests.mesh.tools.harness import PATIENT, WAIT_S, Mesh, running_mesh, until

WORKERS = "gateway=2,agenda=2,broker=2,extractor=2"
CUSTOMERS = 24


def spaced_ports() -> dict[str, str]:
    """Ports for the first workers, whose second ones' are free, too."""
    variables = [port.variable for program in PROGRAMS for port in program.ports]
    free, chosen = set(free_ports(8 * len(variables))), list[int]()
    for port in sorted(free):
        if {port, port + APART} <= free:
            free -= {port, port + APART}
            chosen.append(port)
    return dict(zip(variables, map(str, chosen[: len(variables)]), strict=True))


@pytest.fixture(scope="module")
def crowd(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with fresh_database(postgres_server) as url:
        databases = {f"PULPO_{service}_DATABASE_URL": url for service in ("AGENDA", "BROKER", "GATEWAY")}
        given = {**databases, **PATIENT, **spaced_ports(), "PULPO_WORKERS": WORKERS}
        with running_mesh(tmp_path_factory.mktemp("workers"), **given) as mesh:
            yield mesh


def served(mesh: Mesh, service: str, counter: str) -> list[float]:
    """What a counter of both workers of a service has come to."""
    first = int(mesh.environment[f"PULPO_{service.upper()}_METRICS_PORT"])
    texts = [httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=WAIT_S).text for port in (first, first + APART)]
    return [sum(float(value) for value in re.findall(rf"^{counter}\S* (\S+)$", text, re.MULTILINE)) for text in texts]


def test_all_workers_serve_and_every_booking_is_made_once(crowd: Mesh) -> None:
    people = [f"+54911555{number:05}" for number in range(CUSTOMERS)]
    with ThreadPoolExecutor(8) as pool:
        assert all("Estudio Pulpo" in reply for reply in pool.map(lambda who: crowd.say(who, "hola"), people))
        texts = [f"Reservar barba con carlos el 1{day}/3/2026 a las 15:00, soy Ana Paz ana@test.com" for day in "2367"]
        booked = list(pool.map(crowd.say, people[:4], texts))
    assert all("Quedó reservado" in reply for reply in booked), booked
    assert len(crowd.rows("agenda", "SELECT booking_id FROM appointments WHERE status = ?", "booked")) == 4
    for service, counter in (
        ("gateway", "pulpo_webhook_responses_total"),
        ("extractor", "pulpo_extractor_readings_total"),
        ("broker", "pulpo_rpc_seconds_count"),
    ):
        assert all(served(crowd, service, counter)), service
    assert sum(served(crowd, "agenda", "pulpo_agenda_tool_calls_total")) >= 8, "by whom the few connections were taken"


def test_a_worker_that_dies_is_started_again_and_nobody_waits_for_it(crowd: Mesh) -> None:
    file = crowd.data / "logs" / "extractor-2.pid"
    before = file.read_text(encoding="utf-8")
    os.kill(int(before), signal.SIGKILL)
    for number in range(10):
        assert "Estudio Pulpo" in crowd.say(f"+54911556{number:05}", "hola")
    until(lambda: file.read_text(encoding="utf-8") != before, "the worker is started again")
