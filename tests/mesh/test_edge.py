"""What the mesh does at its edge: repeats, forgeries, races."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from cli.support.webhook import new_message_sid
from tests.mesh.tools.harness import VET, WAIT_S, Mesh

BOOKING = "Reservar {service} {when}, soy {name} {name}@test.com"


def stored_messages(mesh: Mesh) -> int:
    """How many messages the gateway holds."""
    return int(str(mesh.rows("gateway", "SELECT count(*) AS n FROM inbox")[0]["n"]))


def turns_of(mesh: Mesh, sid: str) -> int:
    """How many turns a message ran."""
    query = "SELECT count(*) AS n FROM turns JOIN inbox USING (workspace_id, turn_id) WHERE message_id = ?"
    return int(str(mesh.rows("gateway", query, sid)[0]["n"]))


def test_a_repeated_message_gets_the_same_reply_and_runs_once(mesh: Mesh, customer: str) -> None:
    sid = new_message_sid()
    text = BOOKING.format(service="manicura", when="el martes 17/3 a las 11", name="rita")
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: mesh.say(customer, text, sid=sid), range(40)))
    assert "PB-" in replies[0]
    assert set(replies) == {replies[0]}
    assert mesh.say(customer, text, sid=sid) == replies[0]
    assert [row["status"] for row in mesh.appointments(customer)] == ["booked"]
    assert turns_of(mesh, sid) == 1


@pytest.mark.parametrize("signature", ["", "forged", "bm90IGEgc2lnbmF0dXJl"])
def test_a_forged_signature_is_refused_and_stores_nothing(mesh: Mesh, customer: str, signature: str) -> None:
    before = stored_messages(mesh)
    response = mesh.post(mesh.sender(customer).form("hola"), signature)
    assert response.status_code == 403
    assert stored_messages(mesh) == before


def test_a_changed_field_breaks_the_signature(mesh: Mesh, customer: str) -> None:
    sender = mesh.sender(customer)
    form = sender.form("hola")
    signature = sender.signature(form)
    assert mesh.post({**form, "Body": "cancelá todo"}, signature).status_code == 403


def test_an_oversize_body_is_refused(mesh: Mesh, customer: str) -> None:
    sender = mesh.sender(customer)
    form = sender.form("a" * 70_000)
    assert mesh.post(form, sender.signature(form)).status_code == 413


def test_an_unknown_number_is_not_found(mesh: Mesh, customer: str) -> None:
    sender = mesh.sender(customer, to="+15550000000")
    form = sender.form("hola")
    before = stored_messages(mesh)
    assert mesh.post(form, sender.signature(form)).status_code == 404
    assert stored_messages(mesh) == before


def test_a_malformed_message_is_refused(mesh: Mesh, customer: str) -> None:
    sender = mesh.sender(customer)
    form = sender.form("hola", message_sid="nonsense")
    assert mesh.post(form, sender.signature(form)).status_code == 400


def test_two_customers_race_for_one_time(mesh: Mesh, new_customer: Callable[[], str]) -> None:
    customers = [new_customer(), new_customer()]
    gate = threading.Barrier(2)

    def book(customer: str) -> str:
        text = BOOKING.format(service="uñas", when="el viernes 20/3 a las 15 con lucia", name="ana")
        gate.wait(WAIT_S)
        return mesh.say(customer, text)

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(book, customers))
    booked = [reply for reply in replies if "PB-" in reply]
    refused = [reply for reply in replies if "PB-" not in reply]
    rows = [row for customer in customers for row in mesh.appointments(customer)]
    assert len(booked) == 1, replies
    assert [row["time"] for row in rows] == ["15:00"]
    offers = (
        refused[0].split("?")[0].split("hay")[-1].split(";")
    )  # who looked after the other had booked gets other days
    assert not [offer for offer in offers if "20/03" in offer and "15:00" in offer], replies
    assert "?" in refused[0], replies


def test_the_second_business_answers_in_its_own_terms(mesh: Mesh, customer: str) -> None:
    assert "Veterinaria Cordillera" in mesh.say(customer, "hola", VET)
    assert "$12.000–$25.000" in mesh.say(customer, "cuánto cuesta la vacuna?", VET)
    reply = mesh.say(customer, "hora para vacunar a mi perro mañana a las 10, soy Pía Soto pia@test.cl", VET)
    assert "PB-" in reply
    row = mesh.appointments(customer)[0]
    assert (row["service_type"], row["date"], row["time"]) == ("Vacunación", "2026-03-12", "10:00")


def test_a_business_does_not_see_another_s_appointments(mesh: Mesh, customer: str) -> None:
    assert "PB-" in mesh.say(customer, BOOKING.format(service="brushing", when="el martes 24/3 a las 9", name="lola"))
    reply = mesh.say(customer, "cancelá mi turno", VET)
    assert "Brushing" not in reply
    assert [row["status"] for row in mesh.appointments(customer)] == ["booked"]


def test_nobody_cancels_somebody_else_s_appointment(mesh: Mesh, new_customer: Callable[[], str]) -> None:
    owner, thief = new_customer(), new_customer()
    mesh.say(owner, BOOKING.format(service="brushing", when="el jueves 26/3 a las 9", name="sara"))
    booking_id = mesh.appointments(owner)[0]["booking_id"]
    mesh.say(thief, f"cancelar {booking_id}")
    mesh.say(thief, "sí")
    assert [row["status"] for row in mesh.appointments(owner)] == ["booked"]


def test_a_voice_note_gets_a_polite_answer(mesh: Mesh, customer: str) -> None:
    sender = mesh.sender(customer)
    form = {**sender.form(""), "NumMedia": "1", "MediaUrl0": "https://x.test/1", "MediaContentType0": "audio/ogg"}
    response = mesh.post(form, sender.signature(form))
    assert response.status_code == 200
    assert "texto" in response.text


def test_every_service_has_metrics(mesh: Mesh, customer: str) -> None:
    mesh.say(customer, "hola")
    for service in ("gateway", "extractor", "planner", "broker", "nlg", "agenda"):
        assert "# TYPE" in mesh.metrics(service)
    assert "pulpo_turns_total" in mesh.metrics("gateway")


def test_no_metrics_are_on_the_ports_of_customers_and_tools(mesh: Mesh) -> None:
    for variable in ("PULPO_HTTP_PORT", "PULPO_AGENDA_PORT"):
        assert httpx2.get(f"http://127.0.0.1:{mesh.environment[variable]}/metrics").status_code == 404


def test_logs_tell_of_turns_and_never_of_people(mesh: Mesh, customer: str) -> None:
    mesh.say(customer, "quiero turno, soy Zacarías Wolframio zw@canario.example 11 7070-9876")
    everything = "".join(
        mesh.log(service) for service in ("gateway", "extractor", "planner", "broker", "nlg", "agenda")
    )
    assert '"event": "turn"' in everything
    for canary in ("Wolframio", "canario.example", "7070-9876", "70709876", customer.lstrip("+")):
        assert canary not in everything, canary
