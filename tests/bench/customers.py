"""What customers write to what is measured, and what came of it. Nobody writes twice, but in a conversation of several
messages; the hours of a business are given out one after the other, so that nobody is refused one."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import aiohttp

from cli.support.webhook import WEBHOOK_TIMEOUT_S, WebhookSender
from tests.bench.floor.turns import TURNS
from tests.bench.processes import Running
from tests.faults.lab.businesses import number_of, open_day

HOURS = (9, 9, 10, 10, 11, 11, 12, 14, 14, 15, 15, 16, 16, 17)
"""Hours at which one of the salon's staff is given out on a day, at :00 and :30 in turn."""
DAYS = 200
"""Days ahead that are given out, before it begins anew."""
SORRY = "Perdón"
BOOKED = "Quedó reservado"


def slot(number: int) -> tuple[date, str]:
    """Day and hour of the appointment with that number at one business."""
    day = open_day(datetime.now(UTC).date(), number // len(HOURS) % DAYS)
    place = number % len(HOURS)
    return day, f"{HOURS[place]}:{('00', '30')[place % 2]}"


def booking(number: int) -> str:
    """A message that books at once."""
    day, at = slot(number)
    return f"Reservar barba con carlos el {day.day}/{day.month}/{day.year} a las {at}, soy Ana Paz ana@test.com"


def script(number: int) -> list[str]:
    """The six messages of one customer, to a booking."""
    day, at = slot(number)
    return [
        "hola",
        "cuánto sale arreglarse la barba?",
        "quiero un turno para barba",
        f"el {day.day}/{day.month}/{day.year} a las {at} con carlos",
        "soy Ana Paz",
        "ana@test.com",
    ]


@dataclass
class Tally:
    """What many messages came to."""

    taken_ms: list[float] = field(default_factory=list)
    """Of those that were answered well, from when each was meant to be sent."""
    failed: int = 0
    refused: int = 0
    """Of those that failed: answered 503 at once."""
    began: float = field(default_factory=time.perf_counter)
    last: float = 0.0
    """When the last answer came, and the last good one."""
    last_good: float = 0.0
    ended: float = 0.0

    @property
    def answered(self) -> int:
        """Messages with an answer, good or not."""
        return len(self.taken_ms) + self.failed

    def rate(self) -> float:
        """Good answers a second."""
        return len(self.taken_ms) / max(1e-9, (self.ended or time.perf_counter()) - self.began)


class Customers:
    """Those who write to one mesh, or to the floor."""

    def __init__(self, running: Running, client: aiohttp.ClientSession, businesses: int) -> None:
        self._running, self._client, self._businesses = running, client, businesses
        self._people, self._bookings = itertools.count(40_000_000), itertools.count()

    def somebody(self, number: int | None = None) -> WebhookSender:
        """Somebody new, at one business after the other or at that with a number."""
        person = next(self._people)
        business = (person if number is None else number) % self._businesses
        return WebhookSender(self._running.signed_for, "dev-token", number_of(business), f"+54911{person}")

    def booked(self) -> tuple[WebhookSender, int]:
        """Somebody new who books, and the number of the appointment at their business."""
        number = next(self._bookings)
        return self.somebody(number), number // self._businesses

    async def send(self, who: WebhookSender, text: str, tally: Tally, intended: float, must: str = "") -> None:
        """One message, meant to be sent at a moment of perf_counter; a good answer holds `must`."""
        form = who.form(text)
        headers = {"X-Twilio-Signature": who.signature(form)}
        try:
            async with self._client.post(self._running.url, data=form, headers=headers) as answer:
                said, status = await answer.text(), answer.status
        except (aiohttp.ClientError, TimeoutError):
            said, status = "", 0
        tally.last = time.perf_counter()
        taken_s = tally.last - intended
        if status == 200 and "<Message" in said and SORRY not in said and must in said and taken_s < WEBHOOK_TIMEOUT_S:
            tally.taken_ms.append(taken_s * 1000)
            tally.last_good = tally.last
        else:
            tally.failed += 1
            tally.refused += status == 503

    async def turn(self, kind: str, tally: Tally, intended: float | None = None) -> None:
        """One message of a kind (greeting, price, booking) by somebody new."""
        intended = time.perf_counter() if intended is None else intended
        if kind == "booking":
            who, number = self.booked()
            await self.send(who, booking(number), tally, intended, BOOKED)
        else:
            await self.send(self.somebody(), TURNS[kind].text, tally, intended)

    async def conversation(self, tally: Tally) -> None:
        """The six messages of somebody new."""
        who, number = self.booked()
        *before, last = script(number)
        for text in before:
            await self.send(who, text, tally, time.perf_counter())
        await self.send(who, last, tally, time.perf_counter(), BOOKED)

    async def bare_turn(self, kind: str, tally: Tally) -> None:
        """One message of a kind to the floor."""
        await self.send(self.somebody(), TURNS[kind].text, tally, time.perf_counter())


@asynccontextmanager
async def customers(running: Running, businesses: int = 1) -> AsyncIterator[Customers]:
    """Customers of some businesses."""
    patience, connector = aiohttp.ClientTimeout(2 * WEBHOOK_TIMEOUT_S), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=patience, connector=connector) as client:
        yield Customers(running, client, businesses)


async def together(work: Callable[[Tally], Awaitable[None]], count: int, at_once: int) -> Tally:
    """Does a piece of work so many times, some at once."""
    tally, left = Tally(), iter(range(count))

    async def some(left: Iterator[int]) -> None:
        for _ in left:
            await work(tally)

    await asyncio.gather(*(some(left) for _ in range(at_once)))
    tally.ended = time.perf_counter()
    return tally


async def during(work: Callable[[Tally], Awaitable[None]], seconds: float, at_once: int) -> Tally:
    """Does a piece of work over and over for a while, some at once."""
    tally, end = Tally(), time.perf_counter() + seconds

    async def one() -> None:
        while time.perf_counter() < end:
            await work(tally)

    await asyncio.gather(*(one() for _ in range(at_once)))
    tally.ended = time.perf_counter()
    return tally
