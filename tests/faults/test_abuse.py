"""People who want what is not theirs: instructions in messages, names and tool results, guessed ids,
other businesses' appointments."""

import asyncio
import itertools
import json
import random
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.support.webhook import INBOUND_PATH
from tests.faults.lab.businesses import number_of
from tests.faults.lab.claims import claim_of, ids_in
from tests.faults.lab.scene import LONG, Customer, Scene
from tests.faults.lab.schedule import ANY, Kind
from tests.faults.lab.tool_link import WRITING
from tests.faults.test_crashes import memory_kb

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(1800 if LONG else 300)]
INJECTIONS = (Path(__file__).parent / "data" / "injections.txt").read_text(encoding="utf-8").splitlines()
BOOK = "Reservar manicura el {day} a las {at}, soy Ana Paz ana@test.com"
GUESSES, GUESSES_EACH = (10_000, 50) if LONG else (200, 20)
FORM = "application/x-www-form-urlencoded"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


async def victim(lab: Scene, business: int, at: str = "10:00") -> tuple[Customer, str]:
    """Somebody with an appointment, and its id."""
    customer = lab.customer(business)
    await customer.say(BOOK.format(day=lab.day(1), at=at))
    return customer, str((await customer.appointments())[0]["booking_id"])


async def test_no_text_that_gives_orders_changes_or_learns_anything(lab: Scene) -> None:
    assert len(set(INJECTIONS)) >= 100
    business = lab.business()
    owner, booking_id = await victim(lab, business)
    seen = len(lab.world.tools.seen)

    async def attack(text: str) -> None:
        order = text.replace("BOOKING_ID", booking_id).replace("\\n", "\n")
        attacker = lab.customer(business, profile_name=order[:80])
        for message in (order, "hola", "sí"):
            reply = await attacker.say(message)
            assert claim_of(reply) is None, (message, reply)
            assert booking_id not in reply.replace(message, ""), (message, reply)
            assert "ana@test.com" not in reply
        assert await attacker.appointments() == []

    await in_groups([attack(text) for text in INJECTIONS])
    assert not [tool for tool in lab.world.tools.seen[seen:] if tool in WRITING]
    assert [row["status"] for row in await owner.appointments()] == ["booked"]


async def test_orders_in_what_tools_answer_are_not_followed(lab: Scene) -> None:
    business = lab.business()
    owner, booking_id = await victim(lab, business)
    asked = (
        "qué servicios hacen?",
        "cuánto sale la barba?",
        "hay lugar para manicura el {day}?",
        "¿cuándo es mi turno?",
    )
    for text in asked:
        lab.arm(Kind.TOOL_HOSTILE, ANY, count=3)
        seen = len(lab.world.tools.seen)
        reply = await lab.customer(business).say(text.format(day=lab.day(2)))
        lab.world.tools.disarm()
        assert claim_of(reply) is None, reply
        assert "PB-" not in reply, reply
        assert not [tool for tool in lab.world.tools.seen[seen:] if tool in WRITING]
    assert [row["booking_id"] for row in await owner.appointments()] == [booking_id]


async def test_guessed_ids_cancel_nothing(lab: Scene) -> None:
    business, chance = lab.business(), random.Random(17)
    owners = [await victim(lab, business, at) for at in ("10:00", "11:00", "15:00")]
    real = [booking_id for _, booking_id in owners]

    async def guess(_: int) -> None:
        thief = lab.customer(business)
        for number in range(GUESSES_EACH):
            booking_id = chance.choice([*real, "PB-" + "".join(chance.choices(_LETTERS, k=6))])
            reply = await thief.say(f"cancelar {booking_id}")
            assert claim_of(reply) is None, reply
            if number % 5 == 0:
                assert claim_of(await thief.say("sí")) is None

    await in_groups([guess(number) for number in range(GUESSES // GUESSES_EACH)])
    for owner, _ in owners:
        assert [row["status"] for row in await owner.appointments()] == ["booked"]


async def test_an_id_of_another_business_is_of_no_use(lab: Scene) -> None:
    business, other = lab.business(), lab.business()
    owner, booking_id = await victim(lab, business)
    same_phone = Customer(lab, replace(owner.sender, to=number_of(other)), other)
    for elsewhere in (lab.customer(other), same_phone):
        for text in (f"cancelar {booking_id}", "sí", f"cambiar {booking_id} para el {lab.day(3)} a las 11", "sí"):
            reply = await elsewhere.say(text)
            assert claim_of(reply) is None, reply
            assert not ids_in(reply.replace(text, "")), reply
    assert [(row["status"], row["time"]) for row in await owner.appointments()] == [("booked", "10:00")]


LARGE = {
    "one field": (FORM, b"Body=" + b"a" * 10_000_000),
    "fields": (FORM, b"&".join(b"F%d=x" % number for number in range(5_000))),
    "deep JSON": ("application/json", b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "deep JSON in a form": (FORM, b"ChannelMetadata=" + b"[" * 60_000),
    "nested names": (FORM, b"a" + b"[b]" * 20_000 + b"=c"),
    "escapes": (FORM, b"Body=" + b"%41" * 400_000),
}


async def test_bodies_that_are_too_much_are_refused_and_take_no_memory(lab: Scene) -> None:
    await lab.customer(lab.business()).say("hola")
    before = memory_kb(lab.world.pid("gateway"))
    for _ in range(20 if LONG else 5):
        for name, (content_type, body) in LARGE.items():
            headers = {"Content-Type": content_type, "X-Twilio-Signature": "bm90IGEgc2lnbmF0dXJl"}
            answer = await lab.post.client.post(lab.world.url + INBOUND_PATH, content=body, headers=headers, timeout=30)
            assert answer.status_code in (400, 403, 413), name
            assert (answer.status_code == 413) is (len(body) > 65_536), name
    assert memory_kb(lab.world.pid("gateway")) - before < 20 * 1024


PIECES = ("quiero turno para {service}", "el {day}", "{at}", "con Sofía")
"""What one message may say of a booking. Two of them that contradict each other would be read as one message that says
both, and not as a correction: those that wait are one message (services/gateway)."""
SEEDS = 500 if LONG else 15


async def test_messages_within_a_second_end_as_one_after_another(lab: Scene) -> None:
    business = lab.business()

    async def both(seed: int) -> None:
        chance = random.Random(seed)
        service = chance.choice(["brushing", "barba", "manicura"])
        at = chance.choice(["a las 11:00", "mejor a las 15:00"])
        texts = [text.format(service=service, day=lab.day(4), at=at) for text in chance.sample(PIECES, 3)]
        quick, slow = lab.customer(business), lab.customer(business)
        await asyncio.gather(*(quick.say(text) for text in texts))
        arrived = [row["text"] for row in await quick.messages()]
        for text in arrived:
            await slow.say(text)
        states = [await state_of(customer) for customer in (quick, slow)]
        assert states[0]["slots"] == states[1]["slots"], (seed, arrived)
        assert states[0]["active_intent"] == states[1]["active_intent"], (seed, arrived)

    await in_groups([both(seed) for seed in range(SEEDS)])


async def state_of(customer: Customer) -> dict[str, object]:
    """The state of a customer's conversation."""
    conversation = (await customer.messages())[0]["conversation_id"]
    query = f"SELECT state FROM conversations WHERE conversation_id = '{conversation}'"
    state: dict[str, object] = json.loads((await customer.scene.world.stores.rows("gateway", query))[0]["state"])
    return state


async def in_groups(work: list[Coroutine[Any, Any, None]], most: int = 20) -> None:
    """Awaits so many at a time."""
    waiting = iter(work)
    while group := list(itertools.islice(waiting, most)):
        await asyncio.gather(*group)
