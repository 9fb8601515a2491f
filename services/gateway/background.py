"""What a gateway does besides answering: it sends what waits, answers for processes that died, and erases
what is old."""

from collections.abc import Mapping
from datetime import timedelta

from gateway.answer import ByRest
from gateway.conversation import Conversations
from gateway.erasure import Erasure
from gateway.outbox import Outbox
from gateway.periodic import HandOver, Periodic
from gateway.sender import Sender
from gateway.settings import GatewaySettings
from gateway.telemetry import Telemetry
from gateway.twilio_api import TwilioApi
from runtime.clock import Clock
from runtime.database import Database
from runtime.errors import PulpoError
from workspace.registry import Registry

HAND_OVER_EVERY_S = 0.2
"""Seconds between two notes of which replies have left."""
RESCUE_EVERY_S = 1.0
"""Seconds between two looks for messages whose process died."""
ERASE_EVERY_S = 3_600.0
"""Seconds between two erasures of what is old."""


class Background:
    """Make it in the running loop; `start` then `stop`, once each."""

    def __init__(
        self,
        settings: GatewaySettings,
        database: Database,
        owner: str,
        registry: Registry,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        """`owner` names this process uniquely."""
        self.outbox = Outbox(database, owner, settings.twilio_call_s * 1.5 + 1)
        self.hand_over = HandOver(self.outbox.handed)
        self._erasure = Erasure(database)
        self._registry, self._clock, self._telemetry = registry, clock, telemetry
        self._tasks = [
            Periodic(self.hand_over.flush, HAND_OVER_EVERY_S, telemetry.unforeseen),
            Periodic(self._erase, ERASE_EVERY_S, telemetry.unforeseen),
        ]
        self._api: TwilioApi | None = None
        self._sender: Sender | None = None
        credentials = settings.credentials()
        if credentials:
            self._api = TwilioApi(credentials, settings.callback_url(), settings.twilio_call_s)
            self._sender = Sender(self.outbox, self._api, telemetry, settings.settle_s)
        self.by_rest = ByRest(settings.ack_after_s, self._sender.wake) if self._sender else None

    def start(self, conversations: Conversations) -> None:
        """Begins."""
        if self._sender:
            self._sender.start()
            self._tasks.append(Periodic(conversations.rescue, RESCUE_EVERY_S, self._telemetry.unforeseen))
        for task in self._tasks:
            task.start()

    async def stop(self) -> None:
        """Ends after what is under way, and notes what has left. Once every turn has ended."""
        for task in self._tasks:
            await task.stop()
        if self._sender:
            await self._sender.stop()
        try:
            await self.hand_over.flush()
        except PulpoError:
            return  # their leases end, and then Twilio is asked

    async def close(self) -> None:
        """Closes the connections to Twilio."""
        if self._api:
            await self._api.close()

    async def _erase(self) -> None:
        """Erases what each workspace no longer keeps."""
        counts: dict[str, int] = {}
        for workspace in self._registry:
            before = self._clock() - timedelta(days=workspace.retention_days)
            erased: Mapping[str, int] = await self._erasure.old(workspace.id, before.timestamp())
            counts = {table: counts.get(table, 0) + count for table, count in erased.items()}
        self._telemetry.erased(counts)
