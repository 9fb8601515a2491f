"""Any one service dies: the customer is answered, health says so, and all is well once it is back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mesh.harness import Mesh, running_mesh, start_service, until

DEPENDENCIES = ("extractor", "planner", "broker", "nlg")


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh that does not restart its services."""
    with running_mesh(tmp_path_factory.mktemp("fragile"), "--no-restart") as running:
        yield running


@pytest.mark.parametrize("service", [*DEPENDENCIES, "agenda"])
def test_a_dead_service_is_survived_told_and_recovered_from(fragile: Mesh, customer: str, service: str) -> None:
    book = "Reservar brushing el lunes 16/3 a las 9, soy Eva eva@test.com"
    fragile.kill(service)
    reply = fragile.say(customer, book)
    assert 0 < len(reply) < 200
    if service != "nlg":
        assert "PB-" not in reply
        assert fragile.appointments(customer) == []
    else:
        assert [str(row["booking_id"]) in reply for row in fragile.appointments(customer)] == [True]
    if service in DEPENDENCIES:
        until(lambda: fragile.ready()["http"] == 503, "readyz says so")
        assert service in str(fragile.ready())
    back = start_service(fragile, service)
    try:
        until(lambda: fragile.ready()["http"] == 200, "readyz is well again")
        until(lambda: "PB-" in fragile.say(customer, book.replace("las 9", "las 11")), "books again")
    finally:
        fragile.data.joinpath("logs", f"{service}.pid").write_text(f"{back.pid}\n")
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
