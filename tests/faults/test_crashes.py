"""Replies that get lost, tools that come late or not at all: appointments are made once, and told as they are."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.lab.claims import Claim, claim_of, ids_in
from tests.faults.lab.scene import LONG, Customer, Scene
from tests.faults.lab.schedule import WRITES, Kind

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]
BOOK = "Reservar {service} el {day} a las {at}{staff}, soy Ana Paz ana@test.com"
TIMES = ("09:00", "09:45", "10:30", "11:15", "14:00", "14:45", "15:30")
LOST = 200 if LONG else 20


def request(lab: Scene, day: int, at: str, service: str = "manicura", staff: str = "") -> str:
    """A complete request."""
    return BOOK.format(service=service, day=lab.day(day), at=at, staff=staff)


async def test_one_message_a_hundred_times_at_once_runs_one_turn(lab: Scene) -> None:
    customer = lab.customer(lab.business())
    await customer.say(request(lab, 1, "10:00"), times=100)
    replies = lab.post.sent[-1].replies
    assert len(replies) == 100
    assert set(replies) == {replies[0]}
    assert claim_of(replies[0]) is Claim.BOOKED
    assert [row["status"] for row in await customer.appointments()] == ["booked"]
    turn = (await customer.messages())[0]["turn_id"]
    turns = await lab.world.stores.rows("gateway", f"SELECT * FROM turns WHERE turn_id = '{turn}'")
    assert len(turns) == 1


async def test_two_hundred_customers_race_for_seven_times(lab: Scene) -> None:
    business = lab.business()
    customers, door = [lab.customer(business) for _ in range(200)], asyncio.Semaphore(200 if LONG else 50)

    async def ask(number: int) -> str:
        async with door:
            return await customers[number].say(request(lab, 2, TIMES[number % 7], staff=" con Lucía"))

    replies = await asyncio.gather(*(ask(number) for number in range(len(customers))))
    told = [ids_in(reply) for reply in replies if claim_of(reply) is Claim.BOOKED]
    unsure = [reply for reply in replies if claim_of(reply) is Claim.UNSURE]
    rows = await lab.world.stores.rows("agenda", "SELECT * FROM appointments")
    booked = [row for row in rows if row["workspace_id"] == f"salon-{business:03}"]
    assert sorted(row["time"] for row in booked) == sorted(TIMES)
    ids = {each for found in told for each in found}
    assert len(ids) == len(told)
    assert ids <= {row["booking_id"] for row in booked}
    assert len(told) <= 7 <= len(told) + len(unsure), "on a machine that is busy some are told that it is not sure"


async def test_a_reply_lost_after_the_commit_is_asked_for_again(lab: Scene) -> None:
    business = lab.business()
    for number in range(LOST):
        if number % 4 == 0:  # the fifth failure in a minute opens the breaker, and its retry is held back
            business = lab.business()
        customer = lab.customer(business)
        lab.arm(Kind.TOOL_LOST, "book_appointments")
        reply = await customer.say(request(lab, number // 7, TIMES[number % 7]))
        assert claim_of(reply) is Claim.BOOKED
        assert ids_in(reply) == [row["booking_id"] for row in await customer.appointments()]


async def booked(lab: Scene, business: int, day: int, service: str = "manicura") -> Customer:
    """A customer who has just booked at 10:00."""
    customer = lab.customer(business)
    assert claim_of(await customer.say(request(lab, day, "10:00", service))) is Claim.BOOKED
    return customer


WAYS = (Kind.TOOL_LOST, Kind.TOOL_TWICE, Kind.BROKER_LOST, Kind.BROKER_TWICE)


@pytest.mark.parametrize("kind", WAYS)
async def test_every_other_write_is_done_once_and_told_too(lab: Scene, kind: Kind) -> None:
    """A correction, its undoing, a cancellation and its undoing, each with a reply that is lost or a call doubled."""
    customer = await booked(lab, lab.business(), 3)
    steps = (
        ("no, era a las 11:15", "change_appointment", Claim.MOVED, ("11:15", "booked")),
        ("dejalo como estaba", "change_appointment", Claim.MOVED, ("10:00", "booked")),
        ("cancelá mi turno", "", None, ("10:00", "booked")),
        ("sí", "cancel_appointments", Claim.CANCELLED, ("10:00", "cancelled")),
        ("me arrepentí, dejalo como estaba", "restore_appointment", Claim.RESTORED, ("10:00", "booked")),
    )
    for text, tool, claim, row in steps:
        if tool:
            lab.arm(kind, tool if kind.name.startswith("TOOL_") else WRITES)
        assert claim_of(await customer.say(text)) is claim, text
        lab.world.tools.disarm()
        for broker in lab.world.brokers:
            broker.disarm()
        assert [(each["time"], each["status"]) for each in await customer.appointments()] == [row], text


@pytest.mark.parametrize("kind", WAYS)
async def test_a_group_is_booked_whole_and_once(lab: Scene, kind: Kind) -> None:
    customer = lab.customer(lab.business())
    lab.arm(kind, "book_appointments" if kind.name.startswith("TOOL_") else WRITES)
    reply = await customer.say(request(lab, 5, "10:00", "manicura y brushing"))
    assert claim_of(reply) is Claim.BOOKED
    rows = await customer.appointments()
    assert sorted(ids_in(reply)) == sorted(row["booking_id"] for row in rows)
    assert {row["service_type"] for row in rows} == {"Manicura", "Brushing"}


@pytest.mark.parametrize("kind", WAYS)
async def test_a_group_moves_whole_and_once(lab: Scene, kind: Kind) -> None:
    customer = lab.customer(lab.business())
    assert claim_of(await customer.say(request(lab, 6, "10:00", "manicura y brushing"))) is Claim.BOOKED
    before = sorted(row["time"] for row in await customer.appointments())
    lab.arm(kind, "change_appointments" if kind.name.startswith("TOOL_") else WRITES)
    assert claim_of(await customer.say("no, era a las 10:30")) is Claim.MOVED
    later = [f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (_minutes(at) + 30 for at in before)]
    assert sorted(row["time"] for row in await customer.appointments()) == later


def _minutes(at: str) -> int:
    return int(at[:2]) * 60 + int(at[3:])


async def test_an_agenda_that_dies_after_the_commit_tells_the_same_booking_afterwards(lab: Scene) -> None:
    business = lab.business()
    for number in range(10 if LONG else 2):
        customer = lab.customer(business)
        lab.arm(Kind.TOOL_CRASH, "book_appointments")
        reply = await customer.say(request(lab, 3 + number, "10:00"))
        assert claim_of(reply) in (Claim.BOOKED, Claim.UNSURE)
        booked = [row["booking_id"] for row in await customer.appointments()]
        assert len(booked) == 1
        await lab.world.calm()
        assert booked[0] in await customer.say("¿cuándo es mi turno?")


async def test_a_broker_s_reply_that_is_lost_books_once(lab: Scene) -> None:
    business = lab.business()
    for number, kind in enumerate((Kind.BROKER_LOST, Kind.BROKER_TWICE, Kind.BROKER_REFUSED)):
        customer = lab.customer(business)
        lab.arm(kind, WRITES)
        reply = await customer.say(request(lab, 4, TIMES[number]))
        assert claim_of(reply) is Claim.BOOKED, kind
        assert ids_in(reply) == [row["booking_id"] for row in await customer.appointments()]


async def test_a_call_that_reaches_the_broker_after_a_no_begins_nothing(lab: Scene) -> None:
    """The customer was told that nothing was done: the broker's look-up said so, and closed the attempt."""
    customer = lab.customer(lab.business())
    lab.arm(Kind.BROKER_HELD, WRITES, seconds=8.0)
    reply = await customer.say(request(lab, 5, "11:15"))
    assert claim_of(reply) is Claim.NOTHING_DONE
    await lab.world.brokers[0].held()
    assert await customer.appointments() == []
    assert claim_of(await customer.say(request(lab, 5, "11:15"))) is Claim.BOOKED
    assert len(await customer.appointments()) == 1


async def test_a_tool_that_commits_after_our_timeout_is_never_said_to_have_failed(lab: Scene) -> None:
    customer = lab.customer(lab.business())
    lab.arm(Kind.TOOL_SLOW, "book_appointments", count=3, seconds=7.0)
    reply = await customer.say(request(lab, 5, "10:00"))
    assert claim_of(reply) is Claim.UNSURE
    assert [row["status"] for row in await customer.appointments()] == ["booked"]
    lab.world.tools.disarm()


async def test_while_the_tool_server_is_down_nothing_is_confirmed_and_afterwards_it_books(lab: Scene) -> None:
    business, back = lab.business(), asyncio.Event()
    down = asyncio.create_task(lab.world.tools.down(back.wait))
    customers = [lab.customer(business) for _ in range(6)]
    for number, customer in enumerate(customers):
        reply = await customer.say(request(lab, 6, TIMES[number]))
        assert claim_of(reply) in (Claim.NOTHING_DONE, None)
    back.set()
    await down
    await lab.world.calm()
    late = lab.customer(business)
    assert claim_of(await until_told(late, request(lab, 6, "16:30"))) is Claim.BOOKED
    for customer in customers:
        assert await customer.appointments() == []


GARBAGE = (Kind.TOOL_BAD_JSON, Kind.TOOL_BAD_SCHEMA, Kind.TOOL_HUGE, Kind.TOOL_5XX)


async def test_garbage_after_a_commit_is_neither_believed_nor_denied(lab: Scene) -> None:
    before = memory_kb(lab.world.pid("broker"))
    for number, kind in enumerate(GARBAGE):
        customer = lab.customer(lab.business())
        lab.arm(kind, WRITES, count=3)
        reply = await customer.say(request(lab, 7, TIMES[number]))
        lab.world.tools.disarm()
        assert claim_of(reply) is Claim.UNSURE, kind
        assert len(await customer.appointments()) == 1
    assert memory_kb(lab.world.pid("broker")) - before < 50 * 1024


@pytest.mark.parametrize("kind", [Kind.TOOL_429, Kind.TOOL_503])
async def test_a_server_that_asks_to_wait_is_asked_again(lab: Scene, kind: Kind) -> None:
    customer = lab.customer(lab.business())
    lab.arm(kind, WRITES)
    assert claim_of(await customer.say(request(lab, 8, "10:00"))) is Claim.BOOKED


@pytest.mark.parametrize("owner", ["agenda", "broker", "gateway"])
async def test_a_database_that_another_writer_holds_loses_nothing(lab: Scene, owner: str) -> None:
    customer = lab.customer(lab.business())
    held = asyncio.create_task(lab.world.stores.lock(owner, 6.0))
    reply = await customer.say(request(lab, 9, "10:00"))
    await held
    await lab.world.calm()
    booked = [row["booking_id"] for row in await customer.appointments()]
    assert claim_of(reply) is not Claim.BOOKED or ids_in(reply) == booked
    assert claim_of(await until_told(lab.customer(customer.business), request(lab, 10, "10:00"))) is Claim.BOOKED


@pytest.mark.parametrize("owner", ["agenda", "broker", "gateway"])
async def test_a_full_disk_loses_nothing_and_ends(lab: Scene, owner: str) -> None:
    customer = lab.customer(lab.business())
    full = asyncio.create_task(lab.world.stores.fill(lab.world.pid(owner), 1.0))
    reply = await customer.say(request(lab, 9, "10:00"))
    await full
    await lab.world.calm()
    booked = [row["booking_id"] for row in await customer.appointments()]
    assert claim_of(reply) is not Claim.BOOKED or ids_in(reply) == booked
    assert claim_of(await until_told(lab.customer(customer.business), request(lab, 10, "10:00"))) is Claim.BOOKED


async def until_told(customer: Customer, text: str) -> str:
    """Asks until it is booked, as people do; at most as long as a breaker may stay open."""
    reply = ""
    for _ in range(80):
        reply = await customer.say(text)
        if claim_of(reply) is Claim.BOOKED:
            break
        await asyncio.sleep(0.5)
    return reply


def memory_kb(pid: int) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
