"""Delivers a customer's messages to a running mesh, with faults or without."""

import asyncio
import random
from dataclasses import dataclass

import httpx2

from cli.local.ephemeral_mesh import EphemeralMesh
from cli.support.webhook import WebhookError, WebhookSender, new_message_sid

VICTIMS = ("planner", "broker", "nlg", "agenda")
"""Services that faults kill."""
TWICE, KILLED = 1 / 3, 1 / 4
"""Shares of messages that are delivered twice, and that a service is killed before or under."""
_PAUSE_S, _PATIENCE_S = 0.2, 60.0
"""Seconds between two deliveries of a message that was not acknowledged, and for all of them."""
_THINK_S = 1.0
"""Seconds that a customer waits who was told that something broke."""


@dataclass(frozen=True)
class Fault:
    """What strikes with one message."""

    twice: bool = False
    """Delivered twice at once."""
    victim: str = ""
    """The service that is killed; none when empty."""
    under: bool = False
    """Whether it is killed while the message is on its way, not before."""

    @property
    def text(self) -> str:
        """What strikes, for the transcript."""
        killed = f"{self.victim} killed {'under' if self.under else 'before'} this message" if self.victim else ""
        return ", ".join(filter(None, (killed, "delivered twice" if self.twice else "")))


@dataclass(frozen=True)
class Delivered:
    """What came back."""

    reply: str
    """The reply."""
    equal: bool = True
    """Whether all deliveries of the message got it."""


def fault_of(seed: int, task: str, number: int) -> Fault:
    """The fault of a message, chosen by the seed alone."""
    dice = random.Random(f"{seed}/{task}/fault/{number}")  # noqa: S311 - has to be the same again
    twice, killed = dice.random() < TWICE, dice.random() < KILLED
    victim, under = dice.choice(VICTIMS), dice.random() < 1 / 2
    return Fault(twice, victim if killed else "", killed and under)


async def deliver(
    mesh: EphemeralMesh, client: httpx2.AsyncClient, sender: WebhookSender, text: str, fault: Fault
) -> Delivered:
    """Delivers a message until it is acknowledged. Raises WebhookError; without a fault at the first refusal."""
    if not fault.victim and not fault.twice:
        return Delivered(await sender.send(client, text))
    sid, old = new_message_sid(), mesh.pid(fault.victim) if fault.victim else 0
    if fault.victim:
        mesh.kill(fault.victim)
        if not fault.under:
            await _back(mesh, fault.victim, old)
    times = 2 if fault.twice else 1
    replies = await asyncio.gather(*(_until_acknowledged(client, sender, text, sid) for _ in range(times)))
    if fault.victim and fault.under:
        await _back(mesh, fault.victim, old)
    return Delivered(replies[0], len(set(replies)) == 1)


async def settle(mesh: EphemeralMesh, times: int) -> None:
    """Waits as a customer does who was told to write again later: the longer, the more often that was said."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    await asyncio.sleep(_THINK_S * 2**times)
    while asyncio.get_running_loop().time() < deadline:
        if await mesh.is_up("gateway"):
            return
        await asyncio.sleep(_PAUSE_S)


async def _until_acknowledged(client: httpx2.AsyncClient, sender: WebhookSender, text: str, sid: str) -> str:
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while True:
        try:
            return await sender.send(client, text, sid)
        except WebhookError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(_PAUSE_S)


async def _back(mesh: EphemeralMesh, service: str, old: int) -> None:
    """Waits until a service that was killed runs again, as another process. Raises WebhookError when it never does."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while mesh.pid(service) == old or not await mesh.is_up(service):
        if asyncio.get_running_loop().time() > deadline:
            raise WebhookError(f"{service} did not come back after it was killed")
        await asyncio.sleep(0.05)
