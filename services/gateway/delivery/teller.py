"""Does what is due: tells people of hand-overs, relays what customers write to them, tells customers the truth about
waiting, gives conversations back, and reminds of appointments.

A message by WhatsApp is put into the outbox in the transaction that ends what was due, so it goes out once. E-mail and
callbacks are repeated when a process dies over one: with the same id, by which their receiver knows it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from gateway.delivery.callbacks import Callbacks
from gateway.delivery.mail import Mail, Mailer
from gateway.delivery.reminding import Agenda, is_in_session, reminder, template_for
from gateway.domain.due import DONE, SESSION_S, Channel, Due, DueKind, DueStatus, Outcome, again, dead, dropped
from gateway.domain.handover import HandoverKind, HandoverState
from gateway.domain.holding import Act, Ways
from gateway.domain.message import conversation_id
from gateway.domain.ports import StageError
from gateway.domain.reminders import Booked, may_leave_at, remind_at
from gateway.people.packs import say
from gateway.people.telling import (
    MOST_VARIABLE,
    Said,
    as_json,
    channels,
    listeners,
    locale_of,
    news,
    one_line,
    relayed,
    told,
)
from gateway.storage.due import DueTable, LostError, add_due, post
from gateway.storage.handovers import Handover, HandoverMessage, Handovers
from gateway.storage.holding import BY_TIME, Holding
from gateway.storage.opt_outs import Customer, Customers
from gateway.storage.rows import due_row
from runtime.clock import Clock
from workspace.model import Workspace
from workspace.people import Person
from workspace.registry import Registry
from workspace.reminders import Reminders

AT_ONCE = 8
"""Most e-mails and callbacks that one process has under way."""
SYSTEM = "pulpo"
"""The author of what people of a business are told."""
_TURN = "turn:"
"""Before the turn, in the detail of what relays a message."""
_SLOW = (Channel.EMAIL, Channel.CALLBACK)


class Reporter(Protocol):
    """Tells operators what happened."""

    def told(self, due: Due, outcome: Outcome) -> None:
        """Something that was due has come further."""

    def unforeseen(self, error: Exception) -> None:
        """Something failed in a way that nobody foresaw."""


@dataclass(frozen=True)
class _End:
    """How something that was due ends, and what else is done in that transaction."""

    outcome: Outcome
    then: Sequence[dict[str, Any]] = ()
    """Rows of what is due because of it."""
    post: Mapping[str, str] | None = None
    """A message for the outbox."""


@dataclass(frozen=True)
class _Note:
    """What a person is told, for each channel."""

    text: str
    subject: str
    """Of an e-mail."""
    payload: Mapping[str, Any]
    """Of a call."""


class Teller:
    """Works what is due. One per process."""

    def __init__(
        self,
        due: DueTable,
        handovers: Handovers,
        holding: Holding,
        registry: Registry,
        clock: Clock,
        ways: Callable[[Workspace], Ways],
        reporter: Reporter,
        wake: Callable[[], None],
        customers: Customers,
        agenda: Agenda,
        mailer: Mailer | None = None,
        callbacks: Callbacks | None = None,
    ) -> None:
        """`ways` says how customers can be written to; `wake` that there is something in the outbox. Without `mailer`
        or `callbacks` those channels tell nobody, and are counted as dead."""
        self._due, self._handovers, self._holding = due, handovers, holding
        self._registry, self._clock, self._ways = registry, clock, ways
        self._reporter, self._wake = reporter, wake
        self._customers, self._agenda = customers, agenda
        self._mailer, self._callbacks = mailer, callbacks
        self._slow: set[asyncio.Task[None]] = set()

    async def work(self) -> None:
        """Does all that is due now."""
        while len(self._slow) < AT_ONCE and (due := await self._due.take(self._clock().timestamp())):
            if due.channel in _SLOW:
                task = asyncio.create_task(self._go_on(due))
                self._slow.add(task)
                task.add_done_callback(self._ended)
            else:
                await self._go_on(due)

    async def stop(self) -> None:
        """Waits for what is under way."""
        while self._slow:
            await asyncio.wait(set(self._slow))

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._slow.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._reporter.unforeseen(error)

    async def _go_on(self, due: Due) -> None:
        workspace = self._registry.get(due.workspace_id)
        do: dict[DueKind, Callable[[Due, Workspace], Awaitable[_End]]] = {
            DueKind.HANDOVER: self._spread,
            DueKind.RELAY: self._relay,
            DueKind.TELL: self._tell,
            DueKind.UNTAKEN: self._own_up,
            DueKind.BACK: self._back,
            DueKind.PLAN: self._plan,
            DueKind.BOOKED: self._booked,
            DueKind.NEWS: self._news,
            DueKind.REMIND: self._remind,
        }
        end = _End(dropped("NO_WORKSPACE")) if workspace is None else await do[due.kind](due, workspace)
        try:
            async with self._due.ending(due, end.outcome) as (connection, now):
                await add_due(self._due.transactions, connection, end.then)
                if end.post:
                    await post(self._due.transactions, connection, now, due.id, due.workspace_id, **end.post)
        except LostError:
            return
        if end.post:
            self._wake()
        self._reporter.told(due, end.outcome)

    async def _spread(self, due: Due, workspace: Workspace) -> _End:
        """Has each person told by each of their channels, and the customer if nobody takes it."""
        found = await self._handovers.one(due.subject)
        if found is None or found.state is not HandoverState.OPEN:
            return _End(dropped("NOT_OPEN"))
        key = (workspace.id, found.id, found.conversation)
        people = [person for person in listeners(workspace, found.kind) if person.id != due.person]
        rows = [
            due_row(
                DueKind.TELL, *key, due.now, made_at=due.made_at, person=person.id, channel=channel, detail=due.detail
            )
            for person in people
            for channel in channels(person)
        ]
        patience = workspace.handover.untaken_after_min * 60
        if found.kind is HandoverKind.REQUEST and patience:
            at = due.made_at + patience
            rows.append(due_row(DueKind.UNTAKEN, *key, at, made_at=due.made_at, detail=due.detail))
        return _End(DONE if people else dropped("NOBODY_NAMED"), rows)

    async def _relay(self, due: Due, workspace: Workspace) -> _End:
        """Has who has a conversation told what the customer wrote."""
        found = await self._handovers.of_turn(workspace.id, due.subject)
        person = workspace.person(found.taken_by) if found else None
        if found is None or person is None or found.closed_at is not None:
            return _End(dropped("NOBODY_HAS_IT"))
        key, detail = (workspace.id, found.id, found.conversation, due.now), f"{_TURN}{due.subject}"
        rows = [
            due_row(DueKind.TELL, *key, made_at=due.made_at, person=person.id, channel=channel, detail=detail)
            for channel in channels(person)
        ]
        return _End(DONE, rows)

    async def _tell(self, due: Due, workspace: Workspace) -> _End:
        """Tells one person by one channel."""
        found, person = await self._handovers.one(due.subject), workspace.person(due.person)
        if found is None or person is None:
            return _End(dropped("GONE"))
        relays = due.detail.startswith(_TURN)
        wanted = found.taken_by == person.id if relays else found.state is HandoverState.OPEN
        message = _message(found, due.detail.removeprefix(_TURN) if relays else "")
        if not wanted or message is None:
            return _End(dropped("NOT_WANTED"))
        said = Said(found.number, found.kind, found.address, message.reason, message.text, message.unsaid)
        locale = locale_of(workspace, person)
        text = relayed(locale, said) if relays else told(locale, said, again=bool(due.detail))
        subject = say(locale, "subject", business=one_line(workspace.name), number=found.number)
        event = "handover.message" if relays else "handover.opened"
        payload = as_json(workspace, said, found.id, event, found.opened_at)
        return await self._by_channel(due, workspace, person, found.business, _Note(text, subject, payload))

    async def _booked(self, due: Due, workspace: Workspace) -> _End:
        """Has each person who wants it told what a customer has booked, changed or cancelled."""
        key = (workspace.id, due.subject, due.conversation_id)
        people = listeners(workspace, None)
        rows = [
            due_row(DueKind.NEWS, *key, due.now, made_at=due.made_at, person=person.id, channel=channel)
            for person in people
            for channel in channels(person)
        ]
        return _End(DONE if people else dropped("NOBODY_NAMED"), rows)

    async def _news(self, due: Due, workspace: Workspace) -> _End:
        """Tells one person of it by one channel, in the words that the customer was told it."""
        person, customer = workspace.person(due.person), await self._customers.of(due.conversation_id)
        reply = await self._customers.told(due.conversation_id, due.subject)
        if person is None or customer is None or reply is None or not reply.message:
            return _End(dropped("GONE"))
        locale = locale_of(workspace, person)
        text = news(locale, customer.address, reply.message)
        subject = say(locale, "news_subject", business=one_line(workspace.name))
        payload = {"event": "booking.told", "workspace": workspace.id, "customer": customer.address}
        note = _Note(text, subject, {**payload, "text": reply.message})
        return await self._by_channel(due, workspace, person, customer.business, note)

    async def _by_channel(self, due: Due, workspace: Workspace, person: Person, business: str, note: _Note) -> _End:
        """Tells a person by the channel that is due. `business` is the number that the customer wrote to, if any."""
        if due.channel == Channel.WHATSAPP:
            return await self._by_whatsapp(due, workspace, person, business or workspace.numbers[0], note.text)
        if due.channel == Channel.EMAIL:
            return await self._by_mail(due, person, note.subject, note.text)
        return await self._by_callback(due, person, note.payload)

    async def _by_whatsapp(self, due: Due, workspace: Workspace, person: Person, business: str, text: str) -> _End:
        if not self._ways(workspace).can_send:
            return _End(dead("NO_CREDENTIALS"))
        address = f"whatsapp:{person.whatsapp}"
        template, variables = "", ""
        if not await self._is_in_session(workspace, address, due.now):
            template = workspace.handover.templates.get("told", "")
            if not template:
                return _End(dead("NO_TEMPLATE"))
            variables = json.dumps({"1": one_line(text, MOST_VARIABLE)}, ensure_ascii=False)
        own = {"author": SYSTEM, "about": due.conversation_id, "content_sid": template, "variables": variables}
        return _End(DONE, post={"address": address, "business": business, "body": text, **own})

    async def _by_mail(self, due: Due, person: Person, subject: str, text: str) -> _End:
        if self._mailer is None:
            return _End(dead("NO_SMTP"))
        if not person.email:
            return _End(dropped("NO_ADDRESS"))
        return _End(await self._mailer.send(due, Mail(due.id, person.email, subject, text)) or DONE)

    async def _by_callback(self, due: Due, person: Person, payload: Mapping[str, Any]) -> _End:
        if self._callbacks is None:
            return _End(dead("NO_CALLBACK_SECRET"))
        if not person.callback:
            return _End(dropped("NO_ADDRESS"))
        return _End(await self._callbacks.send(due, person.callback, payload) or DONE)

    async def _own_up(self, due: Due, workspace: Workspace) -> _End:
        """Tells a customer that nobody has taken their request, if that is so."""
        found = await self._handovers.one(due.subject)
        if found is None or found.state is not HandoverState.OPEN:
            return _End(dropped("NOT_OPEN"))
        if not (self._ways(workspace).can_send and found.business):
            return _End(dropped("UNREACHABLE"))
        text = say(workspace.locale, "untaken", business=workspace.name)
        template, variables = "", ""
        if not await self._is_in_session(workspace, found.address, due.now):
            template = workspace.handover.templates.get("untaken", "")
            if not template:
                return _End(dropped("OUTSIDE"))
            variables = json.dumps({"1": workspace.name}, ensure_ascii=False)
        own = {"about": found.conversation, "content_sid": template, "variables": variables}
        return _End(DONE, post={"address": found.address, "business": found.business, "body": text, **own})

    async def _back(self, due: Due, workspace: Workspace) -> _End:
        """Gives a conversation back to the bot, unless its person wrote lately: closed when they had answered."""
        found = await self._handovers.one(due.subject)
        taken_at = found.taken_at if found else None
        if found is None or found.closed_at is not None or taken_at is None or repr(taken_at) != due.detail:
            return _End(dropped("NOT_TAKEN"))
        quiet_until = max(taken_at, found.answered_at or 0.0) + self._ways(workspace).back_after_s
        if quiet_until > due.now:
            return _End(Outcome(DueStatus.WAITING, "", quiet_until - due.now))
        act = Act(BY_TIME, due.now, takes_over=True)
        if found.state is HandoverState.ANSWERED:
            await self._holding.close(found.id, act, if_taken_at=taken_at)
        else:
            await self._holding.give_back(found.id, act, if_taken_at=taken_at)
        return _End(DONE)

    async def _plan(self, due: Due, workspace: Workspace) -> _End:
        """Has a customer reminded of all that they have booked."""
        customer = await self._customers.of(due.conversation_id)
        if customer is None or workspace.reminders is None:
            return _End(dropped("NOBODY"))
        try:
            coming = await self._agenda.coming(due, workspace, customer)
        except StageError as error:
            return _End(again(due, error.reason))
        return _End(DONE, self._reminders(due, workspace, workspace.reminders, coming))

    async def _remind(self, due: Due, workspace: Workspace) -> _End:
        """Reminds a customer of what the agenda says is booked now; of what was moved, at its time."""
        customer, rules = await self._customers.of(due.conversation_id), workspace.reminders
        if customer is None or rules is None or not self._ways(workspace).can_send:
            return _End(dropped("NOBODY"))
        if customer.opted_out:
            return _End(dropped("OPTED_OUT"))
        try:
            coming = await self._agenda.coming(due, workspace, customer)
        except StageError as error:
            return _End(again(due, error.reason))
        booked = next((each for each in coming if each.booking_id == due.subject), None)
        if booked is None or booked.moment != due.detail:
            later = self._reminders(due, workspace, rules, coming)
            return _End(dropped("CANCELLED" if booked is None else "MOVED"), later)
        now = datetime.fromtimestamp(due.now, UTC)
        at = may_leave_at(now, booked, workspace.zone, rules)
        if at is None:
            return _End(dropped("TOO_LATE"))
        if at > now:
            return _End(Outcome(DueStatus.WAITING, "", (at - now).total_seconds()))
        return self._reminded(due, workspace, customer, booked)

    def _reminded(self, due: Due, workspace: Workspace, customer: Customer, booked: Booked) -> _End:
        text, values = reminder(workspace, customer, booked)
        template, variables = "", ""
        if not is_in_session(customer, due.now):
            template = template_for(workspace, customer)
            if not template:
                return _End(dead("NO_TEMPLATE"))
            variables = json.dumps({str(n): value for n, value in enumerate(values, 1)}, ensure_ascii=False)
        own = {"about": due.conversation_id, "content_sid": template, "variables": variables}
        return _End(DONE, post={"address": customer.address, "business": customer.business, "body": text, **own})

    def _reminders(
        self, due: Due, workspace: Workspace, rules: Reminders, coming: Sequence[Booked]
    ) -> list[dict[str, Any]]:
        """What is due so that a customer is reminded of each appointment once; nothing of what begins so soon that the
        time for it has passed."""
        found = []
        for each in coming:
            at = remind_at(each, workspace.zone, rules).timestamp()
            if at > due.now:
                key = (workspace.id, each.booking_id, due.conversation_id)
                found.append(due_row(DueKind.REMIND, *key, at, made_at=due.now, detail=each.moment))
        return found

    async def _is_in_session(self, workspace: Workspace, address: str, now: float) -> bool:
        """Whether WhatsApp takes free text to somebody now."""
        last = await self._due.last_message_at(conversation_id(workspace.id, address))
        return now - last <= SESSION_S


def _message(found: Handover, turn_id: str) -> HandoverMessage | None:
    """The message of a turn or, without one, the customer's newest."""
    theirs = [each for each in found.messages if not each.author and turn_id in ("", each.turn_id)]
    return theirs[-1] if theirs else None
