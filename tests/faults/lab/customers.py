"""Customers who write as Twilio delivers: signed webhooks, delivered again with the same MessageSid
until they are acknowledged. Everything they send and see is noted."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import httpx2

from cli.support.webhook import INBOUND_PATH, WebhookSender, reply_of
from tests.faults.lab.businesses import TOKEN, id_of, number_of, open_day
from tests.faults.lab.callbacks import callback_of
from tests.faults.lab.claims import Claim, claim_of, times_in
from tests.faults.lab.evidence import Attempt, Sent
from tests.faults.lab.schedule import Schedule, Visit, When
from tests.faults.lab.twilio import Twilio

DELIVERIES = 25
"""How often a message is delivered before Twilio would give up; more patient than Twilio, so that
every message ends acknowledged."""
TRIES = 8
"""How often a customer asks again for what went wrong."""
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_ASKS_FIRST = ("onfirm", "¿Cancelo", "¿Cambio", "¿Los cancelo", "¿Lo cancelo")
"""What a reply says that waits for a yes."""
_LONGEST_PAUSE_S = 1.0
_PATIENCE_S = 40.0
"""Seconds that a customer waits for a reply whose webhook was only acknowledged."""
_QUIET_S = 5.0
"""Seconds without a reply after which a customer who wrote several messages at once believes to have them all."""


@dataclass
class Post:
    """Delivers messages and keeps the histories."""

    url: str
    """What every gateway is known as, and signatures are over."""
    seed: int
    client: httpx2.AsyncClient
    on_message: Callable[[int], None] = lambda _count: None
    """Told the number of messages begun, before each."""
    doors: tuple[str, ...] = ()
    """Where the gateways really are, when there are several: deliveries go to one after the other."""
    twilio: Twilio | None = None
    """What sends replies by REST, when anything does."""
    sent: list[Sent] = field(default_factory=list)
    _begun: int = 0
    _tried: int = 0
    _numbers: Counter[tuple[str, str]] = field(default_factory=Counter)
    _zero: float = field(default_factory=time.monotonic)

    async def deliver(
        self, sender: WebhookSender, business: int, text: str, times: int = 1, sid: str = "", *, listens: bool = True
    ) -> str:
        """Delivers a message, `times` times at once, again and again until acknowledged. The reply; one by REST is only
        waited for by who `listens`."""
        self._begun += 1
        self.on_message(self._begun)
        form = sender.form(text, sid or self._sid(sender, text))
        series = await asyncio.gather(*(self._until_acknowledged(sender, form) for _ in range(times)))
        attempts = tuple(sorted((each for one in series for each in one), key=lambda attempt: attempt.began))
        self.sent.append(Sent(id_of(business), form["From"], form["MessageSid"], text, attempts))
        inline = next((reply for reply in self.sent[-1].replies if reply), "")
        if not self.twilio or not self.sent[-1].replies:
            return inline
        if inline:
            return inline if self.twilio.arrived(form["MessageSid"]) else ""
        return await self.twilio.heard(form["From"], form["To"], _PATIENCE_S) if listens else ""

    async def overheard(self, sender: WebhookSender) -> list[str]:
        """The replies by REST to several messages, of which nobody knows which gets one: until none comes any more."""
        form, replies = sender.form("", ""), list[str]()
        while self.twilio and (reply := await self.twilio.heard(form["From"], form["To"], _QUIET_S)):
            replies.append(reply)
        return replies

    async def _until_acknowledged(self, sender: WebhookSender, form: dict[str, str]) -> list[Attempt]:
        attempts: list[Attempt] = []
        pause = 0.1
        while len(attempts) < DELIVERIES:
            attempts.append(await self._attempt(sender, form))
            if attempts[-1].status not in (0, 500, 502, 503):
                break
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
        return attempts

    async def _attempt(self, sender: WebhookSender, form: dict[str, str]) -> Attempt:
        began, headers = self._now(), {"X-Twilio-Signature": sender.signature(form)}
        doors = self.doors or (self.url,)
        self._tried += 1
        door = doors[self._tried % len(doors)]
        try:
            response = await self.client.post(door + INBOUND_PATH, data=form, headers=headers, timeout=15)
        except httpx2.HTTPError:
            return Attempt(began, self._now(), 0)
        reply = reply_of(response.text) if response.status_code == 200 else ""
        if reply and self.twilio:
            self.twilio.left(form["MessageSid"], form["From"], form["To"], reply, callback_of(response.text))
        return Attempt(began, self._now(), response.status_code, reply)

    def _sid(self, sender: WebhookSender, text: str) -> str:
        """A MessageSid that the same run gives the same message again."""
        self._numbers[sender.customer, sender.to] += 1
        mark = f"{self.seed}/{sender.customer}/{sender.to}/{self._numbers[sender.customer, sender.to]}"
        return "SM" + hashlib.sha256(mark.encode()).hexdigest()[:32]

    def _now(self) -> float:
        return time.monotonic() - self._zero


class Customer:
    """Lives one visit."""

    def __init__(self, post: Post, visit: Visit, today: date) -> None:
        self._post = post
        self._visit = visit
        self._today = today
        first = visit.name.split()[0]
        self._sender = WebhookSender(
            post.url, TOKEN, number_of(visit.business), f"+54911{20_000_000 + visit.number}", first
        )

    async def live(self) -> bool:
        """Books, and then does what the visit says. Whether an appointment was told."""
        booked = await self._book()
        if not booked:
            return False
        day, at = self._when(self._visit.move_to)
        move = f"quiero cambiar mi turno para el {day} a las {at}"
        match self._visit.then:
            case "cancel":
                await self._change(self._cancellation(), Claim.CANCELLED)
            case "move":
                await self._change(move, Claim.MOVED)
            case "correct":
                await self._change(f"no, era a las {at}", Claim.MOVED)
            case "undo":
                if await self._change(move, Claim.MOVED):
                    await self._change("dejalo como estaba", Claim.MOVED)
            case "restore":
                if await self._change(self._cancellation(), Claim.CANCELLED):
                    await self._change("me arrepentí, dejalo como estaba", Claim.RESTORED)
        return True

    def _cancellation(self) -> str:
        return "quiero cancelar los dos turnos" if self._visit.beside else "quiero cancelar mi turno"

    async def _book(self) -> bool:
        reply = await self._first()
        for attempt in range(TRIES):
            claim = claim_of(reply)
            if claim is Claim.BOOKED:
                return True
            offered = times_in(reply.split(".", 1)[-1])
            if claim is Claim.UNSURE:
                await self._think(attempt)
                reply = await self._say("¿cuándo es mi turno?")
                if "PB-" in reply:
                    return True
            elif offered and attempt < 2:
                reply = await self._say(f"a las {offered[0]}")
            elif claim is Claim.NOTHING_DONE or "Perdón" in reply or not reply:
                await self._think(attempt)
                reply = await self._say(self._whole())
            else:
                return False
        return claim_of(reply) is Claim.BOOKED

    async def _first(self) -> str:
        """The first request, in the visit's style; the reply to its last message."""
        if self._visit.style in ("whole", "twice"):
            return await self._say(self._whole(), times=2 if self._visit.style == "twice" else 1)
        day, at = self._when(self._visit.when)
        person = f" con {self._visit.staff}" if self._visit.staff and not self._visit.beside else ""
        pieces = [f"quiero turno para {self._what()}{person}", f"el {day} a las {at}", self._who()]
        if self._visit.style == "burst":
            replies = await asyncio.gather(*(self._say(piece, listens=False) for piece in pieces))
            replies += await self._post.overheard(self._sender)
        else:
            replies = [await self._say(piece) for piece in pieces]
        told = [reply for reply in replies if reply]  # who writes several at once gets fewer replies than that
        return next((reply for reply in told if claim_of(reply) is Claim.BOOKED), told[-1] if told else "")

    async def _change(self, request: str, wanted: Claim) -> bool:
        """Asks for a change, and again when it went wrong. Whether it was told as done."""
        for attempt in range(TRIES):
            reply = await self._say(request)
            if any(word in reply for word in _ASKS_FIRST):
                reply = await self._say("sí", times=2 if self._visit.style == "twice" else 1)
            if claim_of(reply) is wanted:
                return True
            if not ("Perdón" in reply or claim_of(reply)):
                return False
            await self._think(attempt)
        return False

    async def _say(self, text: str, times: int = 1, *, listens: bool = True) -> str:
        return await self._post.deliver(self._sender, self._visit.business, text, times, listens=listens)

    async def _think(self, attempt: int) -> None:
        await asyncio.sleep(min(0.25 * 2**attempt, 8.0))

    def _whole(self) -> str:
        day, at = self._when(self._visit.when)
        person = f" con {self._visit.staff}" if self._visit.staff and not self._visit.beside else ""
        return f"Reservar {self._what()} el {day} a las {at}{person}, {self._who()}"

    def _what(self) -> str:
        beside = f" y {self._visit.beside}" if self._visit.beside else ""
        return f"{self._visit.service}{beside}"

    def _who(self) -> str:
        return f"soy {self._visit.name} cliente{self._visit.number}@test.com"

    def _when(self, when: When) -> tuple[str, str]:
        day = open_day(self._today, when.day)
        return f"{_DAYS[day.weekday()]} {day.day}/{day.month}", when.time


async def live_all(post: Post, schedule: Schedule, today: date, at_once: int, on_visit: Callable[[bool], None]) -> None:
    """Lets all customers of a schedule live, so many at a time."""
    waiting = iter(schedule.visits)

    async def worker() -> None:
        for visit in waiting:
            on_visit(await Customer(post, visit, today).live())

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
