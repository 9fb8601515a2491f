"""Twilio's status callbacks: what becomes of each message that it has taken, and how it tells the gateways of it."""

import asyncio
import contextlib
import random
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
from twilio.request_validator import RequestValidator

from tests.contract.gateway import twilio_stub
from tests.faults.lab import businesses
from tests.faults.lab.evidence import Callback
from tests.faults.lab.schedule import Fault, Kind

_TRIES = 3
"""How often a callback is delivered that nobody took; then it is lost."""
_AGAIN_S = 0.5
_STEP_S = 0.3
"""Longest pause between what becomes of a message and what becomes of it next, in seconds."""
_READ = 0.4
"""Share of messages that their customers open."""
_CODES = {Kind.TWILIO_FAILED: (63016, 63003, 63024), Kind.TWILIO_UNDELIVERED: (63016, 30008, 63013)}
"""Twilio's numbers of errors that come after a message was taken."""
_FATES = {Kind.TWILIO_FAILED: ("queued", "failed"), Kind.TWILIO_UNDELIVERED: ("queued", "sent", "undelivered")}
ENDS = ("failed", "undelivered")
"""What becomes of messages that do not arrive."""
_OWN = frozenset((*_FATES, Kind.CALLBACKS_LATE, Kind.CALLBACKS_TWICE, Kind.CALLBACKS_SHUFFLED))


@dataclass
class Callbacks:
    """Tells of messages, in the background. `doors` are where the gateways really are."""

    token: str
    doors: tuple[str, ...] = ()
    struck: list[Kind] = field(default_factory=list)
    """What has struck, in order."""
    made: list[Callback] = field(default_factory=list)
    """Every delivery of a callback."""
    _armed: list[Fault] = field(default_factory=list)
    _chance: random.Random = field(default_factory=lambda: random.Random(14))
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _client: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(timeout=10, trust_env=False))

    def arm(self, fault: Fault) -> bool:
        """Makes the next messages meet a fault, if it is one of callbacks."""
        self._armed += [fault] * fault.count if fault.kind in _OWN else []
        return fault.kind in _OWN

    def disarm(self) -> None:
        """Forgets faults that have not struck."""
        self._armed.clear()

    def begin(self, message: dict[str, Any], url: str) -> bool:
        """Lets a message that was taken go its way, and tells it to `url`. Whether it will arrive."""
        fault = self._armed.pop(0) if self._armed and url else None
        if fault:
            self.struck.append(fault.kind)
        if url:
            task = asyncio.create_task(self._tell(message, url, fault))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return fault is None or fault.kind not in _FATES

    async def settled(self) -> None:
        """Returns when everything has been told."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def close(self) -> None:
        """Stops telling."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._client.aclose()

    async def _tell(self, message: dict[str, Any], url: str, fault: Fault | None) -> None:
        kind = fault.kind if fault else None
        fate, code = self._fate(kind)
        if fault and kind is Kind.CALLBACKS_LATE:
            await asyncio.sleep(fault.seconds)
        told = [_form(message, status, code if status == fate[-1] else 0) for status in fate]
        if kind is Kind.CALLBACKS_SHUFFLED:
            self._chance.shuffle(told)
        for status, form in zip(fate, told, strict=True):
            await asyncio.sleep(self._chance.uniform(0, _STEP_S))
            message |= {"status": status, "error_code": code if code and status == fate[-1] else None}
            times = 2 if kind is Kind.CALLBACKS_TWICE else 1
            await asyncio.gather(*(self._deliver(url, form) for _ in range(times)))

    def _fate(self, kind: Kind | None) -> tuple[tuple[str, ...], int]:
        """What becomes of a message, one after the other, and Twilio's number of the error that it ends with."""
        if kind in _FATES:
            return _FATES[kind], self._chance.choice(_CODES[kind])
        return ("queued", "sent", "delivered", *(["read"] if self._chance.random() < _READ else [])), 0

    async def _deliver(self, url: str, form: dict[str, str]) -> None:
        """Delivers a callback to one gateway after the other, until one has taken it or it is given up."""
        parts, loop = urlsplit(url), asyncio.get_running_loop()
        signature = RequestValidator(self.token).compute_signature(url, form)
        first = self._chance.randrange(len(self.doors))
        for number in range(_TRIES):
            door = self.doors[(first + number) % len(self.doors)]
            began, status = loop.time(), 0
            with contextlib.suppress(httpx2.HTTPError):
                headers = {"X-Twilio-Signature": signature}
                answer = await self._client.post(f"{door}{parts.path}?{parts.query}", data=form, headers=headers)
                status = answer.status_code
            self.made.append(
                Callback(
                    workspace=businesses.at(form["From"].removeprefix("whatsapp:")),
                    message_sid=form["MessageSid"],
                    status=form["MessageStatus"],
                    error_code=form.get("ErrorCode", ""),
                    began=began,
                    ended=loop.time(),
                    answer=status,
                )
            )
            if status not in (0, 503):
                return
            await asyncio.sleep(_AGAIN_S)


def callback_of(twiml: str) -> str:
    """Where a TwiML document wants to be told what becomes of its message; empty when it does not."""
    message = ElementTree.fromstring(twiml).find("Message")
    return message.get("statusCallback", "") if message is not None else ""


def _form(message: dict[str, Any], status: str, code: int) -> dict[str, str]:
    """A callback as Twilio sends it."""
    return {
        "MessageSid": message["sid"],
        "SmsSid": message["sid"],
        "AccountSid": twilio_stub.ACCOUNT,
        "ApiVersion": "2010-04-01",
        "ChannelPrefix": "whatsapp",
        "From": message["from"],
        "To": message["to"],
        "MessageStatus": status,
        "SmsStatus": status,
        **({"ErrorCode": str(code)} if code else {}),
    }
