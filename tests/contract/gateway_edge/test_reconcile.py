"""Gateways killed between a reply's leaving in its webhook and the note that it left, before Twilios that list such
replies at once, late, out of order and not at all: what the customer gets."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

from gateway.storage.tables import inbox, outbox
from pulpo.nlg.v1 import nlg_pb2
from tests.contract.gateway.fakes import INBOUND, SALON, Mesh, message, reply_of, running
from tests.contract.gateway.test_killed import answers, command, credentials, environment, listed, process, signed
from tests.contract.gateway.test_turns import Gate, rows
from tests.contract.gateway.twilio_stub import Listing, TwilioStub, twilio
from tests.contract.gateway_edge.test_outbox import is_at, until

ANA, BEA, CAM = "+5491155551234", "+5491155550000", "+5491155559999"
TEXT = "¿Para qué día?"
"""What every reply says: nothing but time and number tells one from another."""
SETTLE_S = 0.9
"""What the gateways are told. Listing is as late as told for the default of 45 s, in proportion."""
SECOND = SETTLE_S / 45
NEVER = float("inf")
HANDED = ("handed",) * 3
"""Where the replies are that were noted."""


def late_by(seconds: float) -> Listing:
    """Twilio lists what left in webhooks so many seconds (of the default's) after it was first asked."""
    return lambda _message, asked_s: asked_s >= seconds * SECOND


def swapped() -> Listing:
    """It lists a customer's second reply before the first."""
    seen: list[str] = []

    def listing(message: dict[str, str], asked_s: float) -> bool:
        if message["to"].endswith(ANA) and message["sid"] not in seen:
            seen.append(message["sid"])
        return message["sid"] not in seen[:1] or asked_s >= 30 * SECOND

    return listing


LISTINGS: dict[str, Callable[[], Listing]] = {
    "at once": lambda: late_by(0),
    "5 s late": lambda: late_by(5),
    "30 s late": lambda: late_by(30),
    "out of order": swapped,
    "not at all": lambda: late_by(NEVER),
}


@contextmanager
def unable_to_note(folder: Path) -> Iterator[None]:
    """Meanwhile no process can note that a response has left."""
    refusal = "BEFORE UPDATE ON outbox WHEN NEW.status = 'handed' BEGIN SELECT RAISE(ABORT, 'no'); END"
    with closing(sqlite3.connect(folder / "gateway.db", timeout=20)) as database:
        database.execute(f"CREATE TRIGGER refusal {refusal}")
        yield
        database.execute("DROP TRIGGER refusal")


async def answered(mesh: Mesh, stub: TwilioStub, url: str, text: str, customer: str) -> None:
    """A message whose reply leaves in the webhook's response."""
    form = message(text, customer)
    response = await mesh.client.post(url + INBOUND, data=form, headers=signed(url, form))
    assert reply_of(response) == TEXT
    stub.leave({"To": f"whatsapp:{customer}", "From": f"whatsapp:{SALON}", "Body": TEXT})


async def hung_up(mesh: Mesh, folder: Path, url: str, text: str, customer: str) -> None:
    """A message whose reply leaves nowhere, because Twilio has gone by then."""
    gate, form = Gate(mesh, text), message(text, customer)
    async with httpx2.AsyncClient() as twilio_s:
        posted = asyncio.create_task(twilio_s.post(url + INBOUND, data=form, headers=signed(url, form)))
        await gate.reached.wait()
        posted.cancel()
        await asyncio.wait({posted})
    gate.opened.set()

    async def is_stored() -> bool:
        return all(row.status == "answered" for row in await rows(folder, inbox))

    await until(is_stored, "the reply is stored")


async def settings_of(folder: Path, mesh: Mesh, stub: TwilioStub) -> dict[str, str]:
    """A gateway's environment; every reply of its mesh says the same."""

    async def compose(request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
        return nlg_pb2.ComposeResponse(message=TEXT)

    mesh.fakes.compose = compose  # type: ignore[method-assign]
    return environment(folder, mesh, **{**credentials(stub), "PULPO_SETTLE_S": str(SETTLE_S)})


async def killed_before_the_note(folder: Path, mesh: Mesh, stub: TwilioStub, settings: dict[str, str]) -> None:
    """A gateway answers everybody once; then a reply to Ana leaves, one to Cam does not, and it dies before it notes
    either."""
    with process(settings) as (victim, url):
        await until(lambda: answers(mesh.client, url), "the gateway is up")
        await answered(mesh, stub, url, "uno", ANA)
        await answered(mesh, stub, url, "cero", CAM)
        await answered(mesh, stub, url, "hola", BEA)
        await until(lambda: is_at(folder, *HANDED), "these are known to have left")
        with unable_to_note(folder):
            await hung_up(mesh, folder, url, "tres", CAM)
            await answered(mesh, stub, url, "dos", ANA)
            victim.kill()
            victim.wait()
    assert await is_at(folder, *HANDED, "inline", "inline")


async def are_undecided(folder: Path) -> bool:
    """Whether the two replies wait for a person, because Twilio does not list such replies."""
    return [row.reason for row in await rows(folder, outbox) if row.status == "ambiguous"] == ["NOT_LISTABLE"] * 2


def heard(stub: TwilioStub) -> dict[str, int]:
    """How many messages each customer got, whichever way."""
    return {
        customer: sum(each["to"] == f"whatsapp:{customer}" for each in stub.accepted) for customer in (ANA, BEA, CAM)
    }


@pytest.mark.parametrize("name", LISTINGS)
async def test_a_killed_gateway_s_customers_get_each_reply_once_however_twilio_lists(tmp_path: Path, name: str) -> None:
    stub = TwilioStub(listing=LISTINGS[name](), newest_first=True)
    async with twilio(stub), running(tmp_path, gateways=0) as mesh:
        settings = await settings_of(tmp_path, mesh, stub)
        await killed_before_the_note(tmp_path, mesh, stub, settings)
        with process(settings):
            if name == "not at all":  # Ana has her reply and Cam has not, which nobody can tell
                await until(lambda: are_undecided(tmp_path), "a person must decide")
                assert heard(stub) == {ANA: 2, BEA: 1, CAM: 1}
                letters = await listed(settings)
                assert {(letter["kind"], letter["reason"]) for letter in letters} == {("ambiguous", "NOT_LISTABLE")}
                to_cam = [row for row in await rows(tmp_path, outbox) if row.address == f"whatsapp:{CAM}"]
                (lost,) = [row.outbox_id for row in to_cam if row.status == "ambiguous"]
                assert (await command(settings, "outbox", "replay", lost)).returncode == 0
                await until(lambda: is_at(tmp_path, *HANDED, "ambiguous", "sent"), "it is sent")
            else:
                await until(lambda: is_at(tmp_path, *HANDED, "sent", "sent"), "both have left")
        assert heard(stub) == {ANA: 2, BEA: 1, CAM: 2}
        assert [each["To"] for each in stub.created] == [f"whatsapp:{CAM}"]
