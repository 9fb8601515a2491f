"""Judges a run: histories of customers against what the databases hold. Pure, and independent of the
services: it imports nothing of theirs and recomputes what they promise from first principles."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from tests.faults.lab.claims import Claim, claim_of, days_in, ids_in, times_in, told_as
from tests.faults.lab.evidence import Booking, Deed, Evidence, Sent, Stored, Write

CLEAN_STATUSES = frozenset({0, 200, 204, 503})
"""What a delivery may end with: an answer, no connection, or a clean "try again"."""
QUARTER = 15
_IN_WEBHOOK = ("", "inline", "handed")
"""What the gateway says of replies that leave in webhooks: these are never empty."""
_STEPS = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "read")
"""How a message goes its way to a customer."""
_ENDS = ("failed", "undelivered", "canceled")
"""How one ends that does not arrive; it ends so before it is delivered, or not at all."""
_DONE = {
    Claim.BOOKED: "booked",
    Claim.MOVED: "moved",
    Claim.CANCELLED: "cancelled",
    Claim.RESTORED: "booked",
}


@dataclass(frozen=True)
class Violation:
    """A broken promise."""

    promise: str
    detail: str
    address: str = ""
    """The customer whose history shows it."""


def check(evidence: Evidence) -> list[Violation]:
    """Everything that is wrong; empty when all promises hold."""
    case = _Case(evidence)
    parts = (
        case.overlaps(),
        case.cells(),
        case.folded(),
        case.one_booking_per_message(),
        case.unasked_writes(),
        case.claims(),
        case.untold(),
        case.acknowledged(),
        case.joined(),
        case.same_reply(),
        case.once_out(),
        case.isolation(),
        case.statuses(),
        case.twins(),
        case.same_slot(),
        case.forward(),
        case.told(),
        case.failures(),
        case.never_again(),
        case.own_message(),
    )
    return [violation for part in parts for violation in part]


class _Case:
    """One run's evidence, indexed."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._booking = {row.booking_id: row for row in evidence.bookings}
        self._stored = {(row.workspace, row.message_id): row for row in evidence.inbox}
        self._sent = {(message.workspace, message.message_id): message for message in evidence.sent}
        self._by_time = {(row.workspace, row.address, row.received_us): row for row in evidence.inbox}
        self._replies: defaultdict[tuple[str, str, str], list[Stored]] = defaultdict(list)
        for row in evidence.inbox:
            self._replies[row.workspace, row.address, row.reply].append(row)
        self._outs = {out.sid: out for out in evidence.out}
        self._by_rest = {out.sid for out in evidence.out if out.by_rest}
        self._by_turn = {row.turn_id: row for row in evidence.inbox if row.turn_id}
        self._arrival = {key: number for number, key in enumerate(self._by_time)}
        self._writes: defaultdict[tuple[str, str, int], list[Write]] = defaultdict(list)
        for write in evidence.writes:
            if write.done:
                self._writes[write.workspace, self._customer_of(write), write.at_us].append(write)

    def _customer_of(self, write: Write) -> str:
        owners = {booking.customer for deed in write.deeds if (booking := self._booking.get(deed.booking_id))}
        return owners.pop() if len(owners) == 1 else ""

    def _writes_of(self, stored: Stored) -> list[Write]:
        return self._writes.get((stored.workspace, stored.address, stored.received_us), [])

    def _told(self, message: Sent) -> tuple[str, ...]:
        """What a customer read in answer to a message, in webhooks and by REST."""
        stored = self._stored.get((message.workspace, message.message_id))
        by_rest = (stored.reply,) if stored and stored.out_sid in self._by_rest else ()
        return (*filter(None, message.replies), *by_rest)

    def overlaps(self) -> Iterator[Violation]:
        """No two booked appointments of a member of staff share a minute."""
        days: defaultdict[tuple[str, str, str], list[Booking]] = defaultdict(list)
        for row in self._evidence.bookings:
            if row.status == "booked":
                days[row.workspace, row.staff, row.date].append(row)
        for rows in days.values():
            for first, second in pairwise(sorted(rows, key=lambda row: row.time)):
                if _minute(first.time) + first.minutes > _minute(second.time):
                    yield Violation("no overlap", f"{first} and {second}", second.customer)

    def cells(self) -> Iterator[Violation]:
        """Exactly the quarter hours of booked appointments are taken."""
        expected = {
            (row.workspace, row.date, row.staff, minute // QUARTER, row.booking_id)
            for row in self._evidence.bookings
            if row.status == "booked"
            for minute in range(_minute(row.time), _minute(row.time) + row.minutes, QUARTER)
        }
        held = {(row.workspace, row.date, row.staff, row.cell, row.booking_id) for row in self._evidence.cells}
        for each in sorted(expected ^ held):
            missing = "missing" if each in expected else "left over"
            yield Violation("taken time is booked time", f"{missing}: {each}")

    def folded(self) -> Iterator[Violation]:
        """Each appointment is what the agenda's own record of writes adds up to: none is half there."""
        shown: dict[str, tuple[str, str, str]] = {}
        for write in sorted((write for write in self._evidence.writes if write.done), key=self._place):
            status = "cancelled" if write.what == "cancelled" else "booked"
            shown |= {deed.booking_id: (deed.date, deed.time, status) for deed in write.deeds}
        for row in self._evidence.bookings:
            if shown.pop(row.booking_id, None) != (row.date, row.time, row.status):
                yield Violation("an appointment is what its writes made it", f"{row}", row.customer)
        for booking_id in shown:
            yield Violation("an appointment is what its writes made it", f"{booking_id} was written and is not there")

    def _place(self, write: Write) -> tuple[int, int]:
        """Where a write comes among those of its customer: as their messages arrived, whatever any clock said."""
        return self._arrival.get((write.workspace, self._customer_of(write), write.at_us), -1), write.at_us

    def one_booking_per_message(self) -> Iterator[Violation]:
        """A message makes one write, or changes several appointments that were there before, each once."""
        for (workspace, address, at), writes in self._writes.items():
            ids = [deed.booking_id for write in writes for deed in write.deeds]
            new = any(row.created_us == at for each in ids if (row := self._booking.get(each)))
            if len(writes) > 1 and (new or len(ids) > len(set(ids)) or len({write.what for write in writes}) > 1):
                results = [dict(write.result) for write in writes]
                yield Violation("one write per message", f"{workspace} {at}: {results}", address)

    def unasked_writes(self) -> Iterator[Violation]:
        """Whatever was written, a message of its owner asked for it."""
        for (workspace, address, at), writes in self._writes.items():
            if (workspace, address, at) not in self._by_time:
                yield Violation("every write has its message", f"{workspace} {at}: {dict(writes[0].result)}", address)

    def claims(self) -> Iterator[Violation]:
        """A reply that says done is backed by what that very message wrote."""
        for message in self._evidence.sent:
            for reply in message.replies:
                claim = claim_of(reply)
                stored = self._stored.get((message.workspace, message.message_id))
                if claim in _DONE and not (stored and self._backed(claim, reply, stored)):
                    yield Violation("no claim without its deed", f"{message.message_id}: {reply!r}", message.address)
        for out in self._evidence.out:
            claim, replies = claim_of(out.body), self._replies.get((out.workspace, out.address, out.body), [])
            if claim in _DONE and not any(self._backed(claim, out.body, stored) for stored in replies):
                yield Violation("no claim without its deed", f"{out.sid}: {out.body!r}", out.address)

    def _backed(self, claim: Claim, reply: str, stored: Stored) -> bool:
        what = _DONE[claim]
        deeds = [deed for write in self._writes_of(stored) if write.what == what for deed in write.deeds]
        told = told_as(claim, reply)
        named = set(ids_in(reply)) or {deed.booking_id for deed in deeds}
        right = named == {deed.booking_id for deed in deeds}
        return bool(deeds) and right and _agrees(deeds, days_in(told), times_in(told), what)

    def untold(self) -> Iterator[Violation]:
        """What was written was told, or said to be unsure, or is on the list of the unanswered."""
        for (workspace, address, at), writes in self._writes.items():
            stored = self._by_time.get((workspace, address, at))
            message = self._sent.get((workspace, stored.message_id)) if stored else None
            if stored is None or stored.listed or stored.dead or message is None or not message.replies:
                continue
            told = {claim_of(reply) for reply in self._told(message)}
            if not told & {Claim.UNSURE, *(claim for claim, what in _DONE.items() if what == writes[0].what)}:
                yield Violation("no deed untold", f"{dict(writes[0].result)} told as {self._told(message)}", address)

    def acknowledged(self) -> Iterator[Violation]:
        """A message with a 2xx is in the store and was answered, or it or its reply is listed."""
        for message in self._evidence.sent:
            stored = self._stored.get((message.workspace, message.message_id))
            if not message.replies or (stored and stored.listed):
                continue
            if stored is None or stored.status != "answered":
                state = stored.status if stored else "not stored"
                yield Violation("no acknowledged message lost", f"{message.message_id}: {state}", message.address)
            elif not stored.joined and not self._told(message) and not stored.dead:
                yield Violation("no acknowledged message lost", f"{message.message_id}: no answer", message.address)

    def joined(self) -> Iterator[Violation]:
        """A message without a reply of its own is answered by that to a later message of the same customer."""
        for row in self._evidence.inbox:
            if not row.joined:
                continue
            target = self._by_turn.get(row.joined)
            theirs = target and (target.workspace, target.address) == (row.workspace, row.address)
            if not target or not theirs or target.joined or row.reply or self._came(target) <= self._came(row):
                yield Violation("who joined is answered by a later one", f"{row}: joined {target}", row.address)
                continue
            message = self._sent.get((target.workspace, target.message_id))
            if not (target.listed or target.dead or (message and self._told(message))):
                yield Violation("who joined is answered by a later one", f"{row}: {target} has no answer", row.address)

    def _came(self, row: Stored) -> int:
        return self._arrival[row.workspace, row.address, row.received_us]

    def _said_in(self, message: Sent, stored: Stored) -> str:
        """All that the turn of a message was about: what has joined it, and itself."""
        earlier = [row.message_id for row in self._evidence.inbox if row.joined and row.joined == stored.turn_id]
        texts = [sent.text for each in earlier if (sent := self._sent.get((stored.workspace, each)))]
        return "\n".join([*texts, message.text])

    def same_reply(self) -> Iterator[Violation]:
        """A repeated message gets the same reply, the stored one."""
        for message in self._evidence.sent:
            stored = self._stored.get((message.workspace, message.message_id))
            if not message.replies or stored is None or stored.listed:
                continue
            said = {reply for reply in message.replies if reply or stored.out in _IN_WEBHOOK}
            if len(said | {stored.reply}) > 1:
                detail = f"{message.message_id}: {message.replies}, stored {stored.reply!r}"
                yield Violation("one message, one reply", detail, message.address)

    def once_out(self) -> Iterator[Violation]:
        """A reply goes out once, in a webhook or by REST; what a listed message was told besides is not counted."""
        went = Counter((out.workspace, out.address, out.body) for out in self._evidence.out)
        listed = Counter((row.workspace, row.address) for row in self._evidence.inbox if row.listed)
        for (workspace, address, body), count in went.items():
            due = len(self._replies.get((workspace, address, body), []))
            if count > due + listed[workspace, address]:
                yield Violation("a reply goes out once", f"{body!r} went out {count} times, {due} were due", address)

    def isolation(self) -> Iterator[Violation]:
        """Ids in replies are the customer's own in that business; nobody owns where they never wrote."""
        read = [
            (message.workspace, message.address, each) for message in self._evidence.sent for each in message.replies
        ]
        read += [(out.workspace, out.address, out.body) for out in self._evidence.out]
        for workspace, address, text in read:
            for booking_id in ids_in(text):
                row = self._booking.get(booking_id)
                if row is None or (row.workspace, row.customer) != (workspace, address):
                    yield Violation("nobody sees another's", f"{workspace}: {text!r} named {row}", address)
        wrote = {(message.workspace, message.address) for message in self._evidence.sent}
        for row in self._evidence.bookings:
            if (row.workspace, row.customer) not in wrote:
                yield Violation("nobody sees another's", f"{row} of somebody who never wrote", row.customer)

    def statuses(self) -> Iterator[Violation]:
        """Deliveries end cleanly."""
        for message in self._evidence.sent:
            for attempt in message.attempts:
                if attempt.status not in CLEAN_STATUSES:
                    yield Violation("clean answers", f"{message.message_id}: HTTP {attempt.status}", message.address)

    def twins(self) -> Iterator[Violation]:
        """A duplicated request gets the same answer."""
        for twins in self._evidence.twins:
            if twins.first != twins.second:
                yield Violation("one request, one answer", f"{twins.what}: {twins.first} and {twins.second}")

    def same_slot(self) -> Iterator[Violation]:
        """What a message books or moves is at the day and time that it names."""
        for (workspace, address, at), writes in self._writes.items():
            stored = self._by_time.get((workspace, address, at))
            message = self._sent.get((workspace, stored.message_id)) if stored else None
            if message is None or stored is None:
                continue
            said = self._said_in(message, stored)
            what, deeds = writes[0].what, [deed for write in writes for deed in write.deeds]
            if what != "cancelled" and not _agrees(deeds, days_in(said), times_in(said), what):
                detail = f"{said!r} gave {[dict(write.result) for write in writes]}"
                yield Violation("the slot that was asked for", detail, address)

    def forward(self) -> Iterator[Violation]:
        """How far a message has come only moves forward; a reply that was sent or given up stays so."""
        for change in self._evidence.changes:
            if change.table == "statuses":
                good = not change.before or _may_follow(change.before, change.after)
            else:
                same = change.before == change.after
                good = same or {"dead": False, "sent": change.after == "dead"}.get(change.before, True)
            if not good:
                yield Violation("a status only moves forward", f"{change}")

    def told(self) -> Iterator[Violation]:
        """A callback that was taken is known: its message has come as far as it said."""
        for callback in self._evidence.callbacks:
            known = self._evidence.statuses.get(callback.message_sid, "")
            if callback.acknowledged and known != callback.status and not _may_follow(callback.status, known):
                yield Violation("no acknowledged callback lost", f"{callback}: the database says {known!r}")

    def failures(self) -> Iterator[Violation]:
        """A reply whose message is known to have failed is among the dead letters, and only such a one or one that was
        refused."""
        rows = {row.out_sid: row for row in self._evidence.inbox if row.out_sid}
        refused = {(each.workspace, each.address, each.body) for each in self._evidence.refused}
        for sid, status in self._evidence.statuses.items():
            row = rows.get(sid)
            if status in _ENDS and not (row and (row.dead or row.listed)):
                yield Violation("a reply that failed is listed", f"{sid}: {status}, and its reply: {row}")
        for row in self._evidence.inbox:
            out = self._outs.get(row.out_sid)
            caused = out.failed if out else (row.workspace, row.address, row.reply) in refused
            if row.dead and not caused:
                yield Violation("a dead letter has its cause", f"{row}", row.address)

    def never_again(self) -> Iterator[Violation]:
        """What is known to have been refused, or taken and failed, is not sent once more."""
        went = Counter((out.workspace, out.address, out.body) for out in self._evidence.out)
        failed = {(out.workspace, out.address, out.body) for out in self._evidence.out if out.failed}
        rows = self._evidence.inbox
        refused = Counter((row.workspace, row.address, row.reply) for row in rows if row.dead and not row.out_sid)
        listed = Counter((row.workspace, row.address) for row in rows if row.listed)
        for key in {*failed, *refused}:
            due = len(self._replies.get(key, [])) - refused[key]
            if went[key] > due + listed[key[:2]]:
                yield Violation("nothing again after a definite error", f"{key[2]!r}: {went[key]} for {due}", key[1])

    def own_message(self) -> Iterator[Violation]:
        """What callbacks changed is about the message that they name: its status, and the reply that it is."""
        said = {(callback.message_sid, callback.status) for callback in self._evidence.callbacks}
        for sid, status in self._evidence.statuses.items():
            if (sid, status) not in said:
                yield Violation("a callback changes its own message only", f"{sid} is {status}, which nobody said")
        for row in self._evidence.inbox:
            out, known = self._outs.get(row.out_sid), self._evidence.statuses.get(row.out_sid, "")
            its_own = out and (out.workspace, out.address, out.body) == (row.workspace, row.address, row.reply)
            if row.out_sid and not (its_own and row.delivery == known):
                detail = f"{row}: its message is {out}, {known!r}"
                yield Violation("a callback changes its own message only", detail, row.address)


def _may_follow(before: str, after: str) -> bool:
    """Whether a message can become that."""
    if before in _ENDS or after not in (*_STEPS, *_ENDS):
        return False
    return _STEPS.index(before) < _STEPS.index("delivered" if after in _ENDS else after)


def _agrees(deeds: Sequence[Deed], days: Sequence[tuple[int, int]], times: Sequence[str], what: str) -> bool:
    """Whether the days and hours that a text has are those of what was written: of one appointment, and of a change,
    the last ones, as a change names the old ones first."""
    made = [(date.fromisoformat(deed.date), deed.time) for deed in deeds]
    made_days, made_times = {(day.day, day.month) for day, _ in made}, {time for _, time in made}
    if len(deeds) == 1 or what == "moved":
        return {*days[-1:]} <= made_days and {*times[-1:]} <= made_times
    return {*days} <= made_days and {*times} <= made_times


def _minute(time: str) -> int:
    hour, _, minute = time.partition(":")
    return int(hour) * 60 + int(minute)
