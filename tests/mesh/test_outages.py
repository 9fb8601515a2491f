"""Any one service dies: the customer is answered, health says so, and all is well once it is back."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import pytest

from tests.mesh.tools.harness import PATIENT, WAIT_S, Mesh, running_mesh, start_service, until

BOOK = "Reservar brushing el {day} a las {hour}, soy Eva eva@test.com"
DAYS = {
    "extractor": "lunes 16/3",
    "planner": "martes 17/3",
    "broker": "miércoles 18/3",
    "nlg": "jueves 19/3",
    "agenda": "viernes 20/3",
}
"""Service -> the day that customers want when it dies."""


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh that does not restart its services; each test starts again what it killed."""
    with running_mesh(tmp_path_factory.mktemp("fragile"), "--no-restart", **PATIENT) as running:
        yield running


@pytest.fixture(scope="module")
def restarted(fragile: Mesh) -> Iterator[ExitStack]:
    """Stops at the end what the tests have started again."""
    with ExitStack() as stack:
        yield stack


def stop(process: "Popen[bytes]") -> None:
    process.terminate()
    process.wait(WAIT_S)


@pytest.mark.parametrize("service", DAYS)
def test_a_dead_service_is_survived_told_and_recovered_from(
    fragile: Mesh, restarted: ExitStack, customer: str, service: str
) -> None:
    day = DAYS[service]
    fragile.kill(service)
    until(lambda: fragile.ready()["http"] == 503, "readyz says so")
    assert fragile.ready()[service] == "down"
    reply = fragile.say(customer, BOOK.format(day=day, hour=9))
    booked = [str(row["booking_id"]) for row in fragile.appointments(customer)]
    assert 0 < len(reply) < 200
    assert all(booking_id in reply for booking_id in booked)
    assert len(booked) == ("PB-" in reply) == (service == "nlg")
    restarted.callback(stop, start_service(fragile, service))
    until(lambda: fragile.ready()["http"] == 200, "readyz is well again")
    until(lambda: "PB-" in fragile.say(customer, BOOK.format(day=day, hour=11)), "books again")
    assert fragile.appointments(customer)[-1]["time"] == "11:00"


def test_the_gateway_itself_comes_back_with_what_it_knew(tmp_path: Path) -> None:
    with running_mesh(tmp_path, **PATIENT) as mesh:
        mesh.say("+5491100000001", "quiero turno para barba mañana a las 10")
        before = mesh.pid("gateway")
        mesh.kill("gateway")
        until(lambda: mesh.pid("gateway") != before and is_ready(mesh), "the gateway is started again")
        assert "mail" in mesh.say("+5491100000001", "Leo Paz")


def is_ready(mesh: Mesh) -> bool:
    """Whether the gateway answers that all is well."""
    try:
        return mesh.ready()["http"] == 200
    except Exception:  # noqa: BLE001 - not up yet, in whatever way
        return False
