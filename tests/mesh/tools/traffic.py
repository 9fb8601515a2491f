"""A crowd of customers who write through Envoy at a steady rate, and what became of every message."""

import asyncio
import itertools
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from cli.support.webhook import INBOUND_PATH, reply_of
from tests.mesh.tools.harness import Mesh

SCRIPT = (
    "hola",
    "cuánto sale un corte?",
    "a qué hora abren el sábado?",
    "quiero turno para barba el {day} a las {time}",
    "soy Ana Ruiz",
    "ana@test.com",
    "qué servicios tienen?",
    "gracias",
)
"""What each of them writes, over and over."""
TWILIO_WAITS_S = 15.0


@dataclass(frozen=True)
class Sent:
    """One message, as Twilio would see it."""

    customer: int
    sid: str
    phase: int
    """Index of the phase that it was sent in."""
    settled: bool
    """Whether the phase had begun long enough ago for every gateway to know."""
    problem: str
    """Why it has no reply; empty when it has one."""
    ms: float


@dataclass
class Crowd:
    """Writes with so many customers, one message of each at a time."""

    mesh: Mesh
    customers: int
    first_number: int = 54_911_6000_0000
    phase: int = 0
    settled: bool = True
    sent: list[Sent] = field(default_factory=list)

    async def write(self, per_second: float, stop: asyncio.Event) -> None:
        """Writes at a steady rate, whatever the answers take, until told to stop; then waits for the last ones."""
        idle = deque(range(self.customers))
        said = [itertools.count(customer) for customer in range(self.customers)]
        tasks: set[asyncio.Task[None]] = set()
        async with httpx2.AsyncClient(timeout=TWILIO_WAITS_S, limits=httpx2.Limits(max_connections=200)) as client:
            due = time.monotonic()
            while not stop.is_set():
                due += 1 / per_second
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if idle:  # else everybody waits for an answer
                    customer = idle.popleft()
                    task = asyncio.create_task(self._one(client, customer, next(said[customer]), idle))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
            await asyncio.gather(*tasks)

    async def _one(self, client: httpx2.AsyncClient, customer: int, turn: int, idle: "deque[int]") -> None:
        day, quarter = divmod(customer + turn, 7)
        text = SCRIPT[turn % len(SCRIPT)].format(day=f"{16 + day % 4}/3", time=f"{9 + quarter}:00")
        sender = self.mesh.sender(f"+{self.first_number + customer}")
        form = sender.form(text)
        phase, settled, began = self.phase, self.settled, time.perf_counter()
        headers = {"X-Twilio-Signature": sender.signature(form)}
        try:
            answer = await client.post(self.mesh.url + INBOUND_PATH, data=form, headers=headers)
            problem = "" if answer.status_code == 200 and reply_of(answer.text) else f"HTTP {answer.status_code}"
        except httpx2.HTTPError as error:
            problem = type(error).__name__
        ms = (time.perf_counter() - began) * 1000
        self.sent.append(Sent(customer, form["MessageSid"], phase, settled, problem, ms))
        idle.append(customer)


@dataclass(frozen=True)
class Turn:
    """What the gateway stored about a message."""

    track: str
    outcome: str
    """`ok`, or what else it was and which stages had no answer."""
    instead: int
    """Stages that the other track answered at the gateway's own asking."""


def turns(mesh: Mesh) -> dict[str, Turn]:
    """MessageSid → its turn."""
    rows = mesh.rows(
        "gateway",
        "SELECT inbox.message_id, turns.track, turns.outcome, turns.fallbacks, turns.instead FROM inbox"
        " JOIN turns ON turns.workspace_id = inbox.workspace_id AND turns.turn_id = inbox.turn_id",
    )
    return {str(row["message_id"]): _turn(row) for row in rows}


def _turn(row: Mapping[str, object]) -> Turn:
    lost = [f"{one['stage']} {one['reason']}" for one in json.loads(str(row["fallbacks"]))]
    outcome = " ".join((str(row["outcome"]), *lost))
    return Turn(str(row["track"]), outcome, len(json.loads(str(row["instead"]))))
