"""Two gateways and two brokers on one PostgreSQL database are one mesh: each gateway calls a broker of its own."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import httpx2
import pytest

from cli.support.webhook import new_message_sid
from tests.databases import fresh_database
from tests.faults.lab.claims import ids_in
from tests.mesh.tools.harness import PATIENT, Mesh, frozen, replica, running_mesh, until
from tests.mesh.tools.persistence import MINE, insist

BOOKING = "Reservar {service} {when}, soy Ana Ruiz ana@test.com"
RACING = 200 if os.environ.get("FAULTS") == "long" else 63
TIMES = ("09:00", "09:45", "10:30", "11:15", "12:00", "14:00", "14:45")
"""Times that one member of staff can give one after the other."""


@dataclass
class Replicas:
    """The same mesh through either gateway."""

    one: Mesh
    two: Mesh
    second_broker: int
    """Its process id; the second gateway calls it."""

    def through(self, number: int) -> Mesh:
        """One gateway or the other."""
        return (self.one, self.two)[number % 2]


@pytest.fixture(scope="module")
def replicas(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    data = tmp_path_factory.mktemp("replicas")
    with fresh_database(postgres_server) as url:
        databases = {f"PULPO_{service}_DATABASE_URL": url for service in ("AGENDA", "BROKER", "GATEWAY")}
        with (
            running_mesh(data, "--no-restart", **databases, **PATIENT) as one,
            replica(one, "broker") as (beside, broker),
            replica(one, "gateway", PULPO_BROKER_TARGET=target(beside, "BROKER")) as (two, _),
        ):
            yield Replicas(one, two, broker.pid)
        assert not list(data.glob("*.db")), "something was written beside PostgreSQL"


def target(mesh: Mesh, service: str) -> str:
    return f"127.0.0.1:{mesh.environment[f'PULPO_{service}_PORT']}"


def turns_of(mesh: Mesh, customer: str) -> list[dict[str, object]]:
    """A customer's messages in order, with who ran them and when their turns ended."""
    return mesh.rows(
        "gateway",
        "SELECT message_id, seq, owner, status, finished_at FROM inbox LEFT JOIN turns USING (workspace_id, turn_id)"
        " WHERE address = ? ORDER BY seq",
        f"whatsapp:{customer}",
    )


def test_one_message_a_hundred_times_through_both_gateways_is_one_turn_and_one_booking(
    replicas: Replicas, customer: str
) -> None:
    text, sid = BOOKING.format(service="barba", when="el martes 17/3 a las 11"), new_message_sid()
    with ThreadPoolExecutor(100) as pool:
        replies = set(pool.map(lambda number: replicas.through(number).say(customer, text, sid=sid), range(100)))
    assert len(replies) == 1
    booked = replicas.one.appointments(customer)
    assert [row["status"] for row in booked] == ["booked"]
    assert str(booked[0]["booking_id"]) in replies.pop()
    assert [row["message_id"] for row in turns_of(replicas.one, customer)] == [sid]


def test_messages_that_alternate_between_the_gateways_are_answered_together_in_their_order(
    replicas: Replicas, customer: str
) -> None:
    texts = ["quiero turno para barba", "el jueves 19/3 a las 10", "soy Leo Paz", "leo@test.com"]
    sids = [new_message_sid() for _ in texts]
    with ThreadPoolExecutor(len(texts)) as pool:
        with frozen(replicas.one.pid("extractor")):  # until all have arrived
            sent = []
            for number, text in enumerate(texts):
                sent.append(pool.submit(replicas.through(number).say, customer, text, sid=sids[number]))
                until(lambda: len(turns_of(replicas.one, customer)) == len(sent), "the message is stored")
            assert [row["status"] for row in turns_of(replicas.one, customer)] == ["running"] * 4
        replies = [each.result() for each in sent]
    ran = turns_of(replicas.one, customer)
    assert [row["message_id"] for row in ran] == sids
    assert [row["finished_at"] is not None for row in ran] == [True, False, False, True], "one turn for the last three"
    assert ran[0]["owner"] == ran[2]["owner"] != ran[1]["owner"] == ran[3]["owner"]
    assert (bool(replies[0]), replies[1:3], "PB-" in replies[3]) == (True, ["", ""], True)
    again = [replicas.through(number + 1).say(customer, text, sid=sids[number]) for number, text in enumerate(texts)]
    assert again == replies
    (row,) = replicas.one.appointments(customer)
    assert [row[name] for name in ("date", "time", "client_name", "client_email")] == [
        "2026-03-19", "10:00", "Leo Paz", "leo@test.com",
    ]  # fmt: skip


def test_of_many_who_race_for_seven_times_through_two_brokers_exactly_seven_get_one(
    replicas: Replicas, new_customer: Callable[[], str]
) -> None:
    wishes = [(new_customer(), TIMES[number % 7]) for number in range(RACING)]

    def book(number: int) -> list[str]:
        customer, time = wishes[number]
        request = BOOKING.format(service="manicura", when=f"el viernes 20/3 a las {time}")
        return insist(replicas.through(number), customer, request)

    with ThreadPoolExecutor(len(wishes)) as pool:
        replies = list(pool.map(book, range(len(wishes))))
    rows = replicas.one.rows(
        "agenda", "SELECT booking_id, customer, time, end_time FROM appointments WHERE date = ?", "2026-03-20"
    )
    assert sorted(str(row["time"]) for row in rows) == list(TIMES), replies
    for first, second in combinations(sorted(rows, key=lambda row: str(row["time"])), 2):
        assert str(first["end_time"]) <= str(second["time"])
    for number, said in enumerate(replies):
        if len(said) > 1:  # of a request that it was not sure about, and of one made again, either may be the row
            said += insist(replicas.through(number), wishes[number][0], MINE)
    promised = {(wishes[number][0], found) for number, said in enumerate(replies) for found in ids_in(" ".join(said))}
    assert promised == {(str(row["customer"]).removeprefix("whatsapp:"), row["booking_id"]) for row in rows}, replies


def test_a_message_whose_gateway_is_killed_is_answered_once_by_the_other(replicas: Replicas, customer: str) -> None:
    text, sid = BOOKING.format(service="brushing", when="el lunes 23/3 a las 9"), new_message_sid()
    mine = {"PULPO_BROKER_TARGET": replicas.two.environment["PULPO_BROKER_TARGET"]}
    with replica(replicas.one, "gateway", **mine) as (doomed, process), ThreadPoolExecutor(1) as pool:
        with frozen(replicas.second_broker):
            lost = pool.submit(doomed.say, customer, text, sid=sid)
            until(lambda: turns_of(replicas.one, customer), "the message is stored")
            process.kill()
            with pytest.raises(httpx2.HTTPError):
                lost.result()
        assert [row["status"] for row in turns_of(replicas.one, customer)] == ["running"]
        reply = replicas.one.say(customer, text, sid=sid)
    (booked,) = replicas.one.appointments(customer)
    assert str(booked["booking_id"]) in reply
    assert [row["status"] for row in turns_of(replicas.one, customer)] == ["answered"]
    assert replicas.two.say(customer, text, sid=sid) == reply
