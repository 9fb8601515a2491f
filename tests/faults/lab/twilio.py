"""Twilio as customers and gateways of the lab meet it: it keeps what left in webhooks and what it took by
REST, fails as it is told to, and tells customers what arrived and gateways what became of it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from tests.contract.gateway import twilio_stub
from tests.contract.gateway.twilio_stub import Behaviour, TwilioStub
from tests.faults.lab import businesses
from tests.faults.lab.callbacks import ENDS, Callbacks
from tests.faults.lab.evidence import Out, Refusal
from tests.faults.lab.schedule import Fault, Kind

SETTINGS = {
    "TWILIO_ACCOUNT_SID": twilio_stub.ACCOUNT,
    "PULPO_TWILIO_CALL_S": "1",
    "PULPO_ACK_AFTER_S": "0.25",
    "PULPO_SETTLE_S": "0.5",
}
"""What a gateway is told, besides Twilio's URL: under load most replies go by REST."""
_BEHAVIOURS: dict[Kind, Behaviour] = {
    Kind.TWILIO_429: twilio_stub.refusing(20429, 429, retry_after="1"),
    Kind.TWILIO_500: twilio_stub.broken,
    Kind.TWILIO_503: twilio_stub.broken_after_accepting,
    Kind.TWILIO_SILENT: twilio_stub.silent,
    Kind.TWILIO_LOST: twilio_stub.silent_after_accepting,
    Kind.TWILIO_REFUSED: twilio_stub.refusing(21610, 400),
}
_Line = tuple[str, str]
"""A customer's address and a business's number."""


@dataclass
class Twilio(TwilioStub):
    """A stub that remembers who heard what."""

    per_page: int = 200
    struck: list[Kind] = field(default_factory=list)
    """What has struck, in order."""
    callbacks: Callbacks = field(default_factory=lambda: Callbacks(businesses.TOKEN))
    refused: list[Refusal] = field(default_factory=list)
    _inline: dict[str, str] = field(default_factory=dict)
    """MessageSid of a customer's message → sid of the reply that left in its webhook."""
    _lost: set[str] = field(default_factory=set)
    """MessageSids of customers' messages whose reply left in its webhook and will not arrive."""
    _by_rest: defaultdict[_Line, asyncio.Queue[str]] = field(default_factory=lambda: defaultdict(asyncio.Queue))
    """What a customer has not heard of yet; empty texts for replies that were refused or will not arrive."""

    def accept(self, form: dict[str, str]) -> dict[str, Any]:
        """Takes a message by REST."""
        message = super().accept(form)
        arrives = self.callbacks.begin(message, form.get("StatusCallback", ""))
        self._by_rest[form["To"], form["From"]].put_nowait(form["Body"] if arrives else "")
        return message

    def left(self, message_id: str, address: str, business: str, body: str, callback: str) -> None:
        """A reply has come in a webhook's answer. Of one message only the first such reply goes out."""
        if message_id not in self._inline:
            message = super().accept({"To": address, "From": business, "Body": body})
            self._inline[message_id] = message["sid"]
            if not self.callbacks.begin(message, callback):
                self._lost.add(message_id)

    def arrived(self, message_id: str) -> bool:
        """Whether the reply that left in a message's webhook arrives."""
        return message_id not in self._lost

    async def heard(self, address: str, business: str, seconds: float) -> str:
        """The next reply by REST that a customer has not heard of; empty when none comes, or it was refused."""
        try:
            async with asyncio.timeout(seconds):
                return await self._by_rest[address, business].get()
        except TimeoutError:
            return ""

    def arm(self, fault: Fault) -> None:
        """Makes the next calls meet a fault."""
        if self.callbacks.arm(fault):
            return
        if fault.kind is Kind.TWILIO_UNLISTED:
            self.struck.append(fault.kind)
            self.list_fails = True
            asyncio.get_running_loop().call_later(fault.seconds, setattr, self, "list_fails", False)
        else:
            self.next += [self._met(fault.kind)] * fault.count

    def disarm(self) -> None:
        """Forgets faults that have not struck."""
        self.next.clear()
        self.callbacks.disarm()

    def out(self) -> tuple[Out, ...]:
        """Every message that went to a customer."""
        inline = set(self._inline.values())
        return tuple(
            Out(
                sid=each["sid"],
                workspace=businesses.at(each["from"].removeprefix("whatsapp:")),
                address=each["to"],
                body=each["body"],
                by_rest=each["sid"] not in inline,
                failed=each["status"] in ENDS,
            )
            for each in self.accepted
        )

    def _met(self, kind: Kind) -> Behaviour:
        async def meet(_stub: TwilioStub, form: dict[str, str]) -> Response:
            self.struck.append(kind)
            if kind is Kind.TWILIO_REFUSED:
                self._by_rest[form["To"], form["From"]].put_nowait("")
                workspace = businesses.at(form["From"].removeprefix("whatsapp:"))
                self.refused.append(Refusal(workspace, form["To"], form["Body"]))
            return await _BEHAVIOURS[kind](self, form)

        return meet


@asynccontextmanager
async def running_twilio(wanted: bool) -> AsyncIterator[Twilio | None]:
    """A Twilio on a free port, if it is wanted."""
    if not wanted:
        yield None
        return
    async with twilio_stub.twilio(served := Twilio()):
        try:
            yield served
        finally:
            await served.callbacks.close()
