"""People write in pieces: a whole mesh that waits for more, as the shipped default does, and answers once."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cli.support.webhook import new_message_sid
from tests.mesh.tools.harness import Mesh, running_mesh, until

CUSTOMER = "+5491123454321"
PIECES = ("hola", "quería", "un turno para barba el jueves 19/3 a las 10", "soy Leo Paz leo@test.com")


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh in which a greeting waits for as long as it may: on a busy machine the next message takes its time."""
    with running_mesh(tmp_path_factory.mktemp("bursts"), PULPO_GATEWAY_JOIN_WAIT_S="5") as running:
        yield running


def stored(mesh: Mesh) -> list[dict[str, object]]:
    """The customer's messages, as they came."""
    return mesh.rows("gateway", "SELECT text, status, joined, turn_id FROM inbox ORDER BY seq")


def counted(mesh: Mesh, name: str) -> float:
    """What a counter of the gateway's says."""
    found = re.search(rf"^{name} (\S+)$", mesh.metrics("gateway"), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_burst_gets_one_reply_and_an_echo_none(patient: Mesh) -> None:
    sids = [new_message_sid() for _ in PIECES]
    with ThreadPoolExecutor(len(PIECES)) as pool:
        sent = []
        for number in range(3):
            sent.append(pool.submit(patient.say, CUSTOMER, PIECES[number], sid=sids[number]))
            until(lambda: len(stored(patient)) == len(sent), "the message is stored")
        replies = [each.result() for each in sent]
    assert replies[:2] == ["", ""]
    assert "Barba" in replies[2]
    rows = stored(patient)
    assert [row["status"] for row in rows] == ["answered"] * 3
    assert [row["joined"] for row in rows] == [rows[2]["turn_id"]] * 2 + [""]
    assert "PB-" in (told := patient.say(CUSTOMER, PIECES[3], sid=sids[3]))
    (booked,) = patient.appointments(CUSTOMER)
    assert [booked[name] for name in ("date", "time", "client_name", "client_email")] == [
        "2026-03-19", "10:00", "Leo Paz", "leo@test.com",
    ]  # fmt: skip
    assert [patient.say(CUSTOMER, "otra vez", sid=sid) for sid in sids] == [*replies, told]
    assert patient.say(CUSTOMER, "dale 👍") == ""
    assert patient.say(CUSTOMER, "gracias!") != ""
    assert counted(patient, "pulpo_joined_messages_total") == 2
    assert counted(patient, "pulpo_silent_replies_total") == 1
    assert len(patient.appointments(CUSTOMER)) == 1
