"""What scenarios share: a world, customers who write to it one message at a time, and a look at its rows."""

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx2

from cli.support.webhook import WebhookSender
from tests.faults.lab.businesses import TOKEN, number_of, open_day
from tests.faults.lab.checker import Violation, check
from tests.faults.lab.customers import Post
from tests.faults.lab.schedule import Fault, Kind
from tests.faults.lab.world import World, running_world

LONG = os.environ.get("FAULTS") == "long"
"""Whether the long version of the scenarios runs."""
BUSINESSES = 96 if LONG else 48
"""One for each scenario, and some scenarios take several: each costs the services 0.07 s of their start."""
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


@dataclass
class Scene:
    """A world and who writes to it. Each test takes a business of its own, for breakers are a business's."""

    world: World
    post: Post
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    _numbers: Any = field(default_factory=lambda: itertools.count(30_000_000))
    _businesses: Any = field(default_factory=itertools.count)

    def business(self) -> int:
        """A business that no other test has."""
        return int(next(self._businesses))

    def customer(self, business: int, profile_name: str = "Cliente") -> "Customer":
        """Somebody who never wrote before."""
        sender = WebhookSender(self.post.url, TOKEN, number_of(business), f"+54911{next(self._numbers)}", profile_name)
        return Customer(self, sender, business)

    def day(self, index: int) -> str:
        """An open day, as customers say it."""
        day = open_day(self.today, index)
        return f"{_DAYS[day.weekday()]} {day.day}/{day.month}"

    def arm(self, kind: Kind, target: str = "", count: int = 1, seconds: float = 0.0) -> None:
        """Makes a fault strike."""
        self.world.inject(Fault(0, kind, target, count, seconds))

    async def violations(self) -> list[Violation]:
        """What the checker says of everything so far."""
        await self.world.calm()
        return check(await self.world.evidence(tuple(self.post.sent)))


@dataclass(frozen=True)
class Customer:
    """Somebody who writes."""

    scene: Scene
    sender: WebhookSender
    business: int

    @property
    def address(self) -> str:
        """Their channel address."""
        return f"whatsapp:{self.sender.customer}"

    async def say(self, text: str, times: int = 1, sid: str = "") -> str:
        """Sends a message; the reply."""
        return await self.scene.post.deliver(self.sender, self.business, text, times, sid)

    async def appointments(self) -> list[dict[str, Any]]:
        """Their appointments, in the order they were made."""
        rows = await self.scene.world.stores.rows("agenda", "SELECT * FROM appointments ORDER BY created_at")
        return [row for row in rows if row["customer"] == self.address]

    async def messages(self) -> list[dict[str, Any]]:
        """Their messages, in the order they arrived."""
        rows = await self.scene.world.stores.rows("gateway", "SELECT * FROM inbox ORDER BY seq")
        return [row for row in rows if row["address"] == self.address]


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """A world with many businesses, for scenarios."""
    async with running_world(folder, BUSINESSES) as world, httpx2.AsyncClient(limits=httpx2.Limits()) as client:
        yield Scene(world, Post(world.url, 0, client))
