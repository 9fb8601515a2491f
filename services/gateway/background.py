"""What a gateway does besides answering: it sends what waits, answers for processes that died, and erases
what is old."""

from collections.abc import Mapping
from datetime import timedelta

from gateway.conversation.service import Conversations
from gateway.delivery.callbacks import Callbacks
from gateway.delivery.mail import Mailer
from gateway.delivery.reminding import Agenda
from gateway.delivery.sender import Sender
from gateway.delivery.teller import Teller
from gateway.delivery.twilio_api import TwilioApi
from gateway.domain.due import SESSION_S
from gateway.domain.handover import NOTICE_S
from gateway.domain.holding import Ways
from gateway.domain.message import AsyncDelivery
from gateway.domain.ports import Stages
from gateway.edge.app import HandOver
from gateway.people.staff import StaffTurns
from gateway.settings import GatewaySettings
from gateway.storage.due import DueTable
from gateway.storage.erasure import Erasure, ErasureLog
from gateway.storage.handovers import Handovers
from gateway.storage.holding import Holding
from gateway.storage.opt_outs import Customers
from gateway.storage.outbox import Outbox
from gateway.telemetry import Telemetry
from runtime.clock import Clock
from runtime.data.database import REWRITTEN_BYTES, Database
from runtime.errors import PulpoError
from runtime.observability.logs import get_logger
from runtime.periodic import Periodic
from workspace.model import Workspace
from workspace.registry import Registry

HAND_OVER_EVERY_S = 0.2
"""Seconds between two notes of which replies have left."""
RESCUE_EVERY_S = 1.0
"""Seconds between two looks for messages whose process died."""
ERASE_EVERY_S = 3_600.0
"""Seconds between two erasures of what is old."""
DUE_EVERY_S = 1.0
"""Seconds between two looks for what is due."""
CALLBACK_S = 10.0
"""Seconds that one call of a URL of a manifest may take."""
SMTP_STEPS = 8
"""Most steps of handing in one e-mail."""
HANDOVERS_EVERY_S = 5.0
"""Seconds between two looks at which hand-overs are open."""
JITTER = 0.2
"""Share by which these pauses vary, so that replicas do not all look at the same moment."""
_log = get_logger(__name__)


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
        stages: Stages,
    ) -> None:
        """`owner` names this process uniquely; `stages` are asked what is booked."""
        self.outbox = Outbox(database, owner, settings.sending_lease_s)
        self.hand_over = HandOver(self.outbox.handed)
        self._erasure, self._database = Erasure(database), database
        self._owed = False
        self._erasure_log = ErasureLog(database)
        self._handovers = Handovers(database)
        self._erasures_kept = timedelta(days=settings.erasures_kept_days)
        self._registry, self._clock, self._telemetry = registry, clock, telemetry
        self._tasks = [
            Periodic("hand_over", self.hand_over.flush, HAND_OVER_EVERY_S, jitter=JITTER),
            Periodic("retention", self._erase, ERASE_EVERY_S, jitter=JITTER),
            Periodic("open_handovers", self._look_at_handovers, HANDOVERS_EVERY_S, jitter=JITTER),
        ]
        self._api: TwilioApi | None = None
        self._sender: Sender | None = None
        if settings.calls_twilio:
            self._api = TwilioApi(
                settings.twilio_api_url, settings.accounts(), settings.callback_url(), settings.twilio_call_s
            )
            self._sender = Sender(self.outbox, self._api, telemetry, settings.settle_s)
        self.deliver_async = AsyncDelivery(settings.ack_after_s, self._sender.wake) if self._sender else None
        self._holding, self.customers = Holding(database), Customers(database)
        self._callbacks = _callbacks(settings, clock)
        self._teller = self._make_teller(settings, owner, Agenda(stages))
        self._due = Periodic("due", self._teller.work, DUE_EVERY_S, jitter=JITTER)
        self._tasks.append(self._due)
        self.staff = StaffTurns(self._holding, self._ways, self._wake)

    def _make_teller(self, settings: GatewaySettings, owner: str, agenda: Agenda) -> Teller:
        server = settings.mail_server()
        lease_s = 2 * max(CALLBACK_S, settings.smtp_call_s * SMTP_STEPS)
        return Teller(
            DueTable(self._database, owner, lease_s),
            self._handovers,
            self._holding,
            self._registry,
            self._clock,
            self._ways,
            self._telemetry,
            self._send,
            self.customers,
            agenda,
            Mailer(server, self._clock) if server else None,
            self._callbacks,
        )

    def _ways(self, workspace: Workspace) -> Ways:
        """How a business's customers can be written to."""
        rules = workspace.handover
        return Ways(self._sender is not None, rules.back_after_min * 60, SESSION_S, rules.templates.get("answer", ""))

    def _send(self) -> None:
        """There is something in the outbox."""
        if self._sender:
            self._sender.wake()

    def _wake(self) -> None:
        """There may be something in the outbox, or due."""
        self._send()
        self._due.wake()

    def start(self, conversations: Conversations) -> None:
        """Begins."""
        if self._sender:
            self._sender.start()
            self._tasks.append(Periodic("rescue", conversations.rescue, RESCUE_EVERY_S, jitter=JITTER))
        for task in self._tasks:
            task.start()

    async def stop(self) -> None:
        """Ends after what is under way, and notes what has left. Once every turn has ended."""
        for task in self._tasks:
            await task.stop()
        await self._teller.stop()
        if self._sender:
            await self._sender.stop()
        try:
            await self.hand_over.flush()
        except PulpoError:
            return  # their leases end, and then Twilio is asked

    async def close(self) -> None:
        """Closes the connections to Twilio and to whoever is called."""
        if self._api:
            await self._api.close()
        if self._callbacks:
            await self._callbacks.close()

    async def _look_at_handovers(self) -> None:
        """Tells which hand-overs wait."""
        now = self._clock().timestamp()
        self._telemetry.handovers_open(await self._handovers.open_ones(now))
        self._telemetry.untaken(await self._holding.untaken(), now)

    async def _erase(self) -> None:
        """Closes notices that matter to nobody any more, and erases what each workspace no longer keeps; what cannot
        leave SQLite's files now does so in the next run."""
        now = self._clock().timestamp()
        await self._handovers.close_notices(now - NOTICE_S, now)
        counts: dict[str, int] = {}
        for workspace in tuple(self._registry.manifests()):
            before = self._clock() - timedelta(days=workspace.retention_days)
            erased: Mapping[str, int] = await self._erasure.old(workspace.id, before.timestamp())
            counts = {table: counts.get(table, 0) + count for table, count in erased.items()}
        counts["erasures"] = await self._erasure_log.drop_old((self._clock() - self._erasures_kept).timestamp())
        self._telemetry.erased(counts)
        self._owed = self._owed or any(counts.values())
        if await self._database.scrub(REWRITTEN_BYTES if self._owed else 0):
            self._owed = False
        else:
            _log.warning("retention incomplete", reason="FILE_NOT_REWRITTEN")


def _callbacks(settings: GatewaySettings, clock: Clock) -> Callbacks | None:
    secret = settings.callback_secret.get_secret_value()
    return Callbacks(secret, clock, CALLBACK_S) if secret else None
