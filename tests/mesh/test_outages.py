"""Any one service dies: the customer is answered, health says so, and all is well once it is back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mesh.harness import Mesh, running_mesh, start_service, until

BOOK = "Reservar brushing el lunes 16/3 a las {hour}, soy Eva eva@test.com"


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[Mesh]:
    """A mesh that does not restart its services."""
    with running_mesh(tmp_path, "--no-restart") as running:
        yield running


@pytest.mark.parametrize("service", ["extractor", "planner", "broker", "nlg", "agenda"])
def test_a_dead_service_is_survived_told_and_recovered_from(fragile: Mesh, customer: str, service: str) -> None:
    fragile.kill(service)
    until(lambda: fragile.ready()["http"] == 503, "readyz says so")
    assert fragile.ready()[service] == "down"
    reply = fragile.say(customer, BOOK.format(hour=9))
    booked = [str(row["booking_id"]) for row in fragile.appointments(customer)]
    assert 0 < len(reply) < 200
    assert all(booking_id in reply for booking_id in booked)
    assert len(booked) == ("PB-" in reply) == (service == "nlg")
    back = start_service(fragile, service)
    try:
        until(lambda: fragile.ready()["http"] == 200, "readyz is well again")
        until(lambda: "PB-" in fragile.say(customer, BOOK.format(hour=11)), "books again")
    finally:
        back.terminate()
        back.wait(30)
    assert fragile.appointments(customer)[-1]["time"] == "11:00"


def test_the_gateway_itself_comes_back_with_what_it_knew(tmp_path: Path) -> None:
    with running_mesh(tmp_path) as mesh:
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
