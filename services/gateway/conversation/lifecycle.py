"""The life of one message: received → claimed → running → stored → delivered. Pure.

`transition` is the one function that decides what comes next: a phase and an event give the next phase and the effects
to run. `service` runs the effects in order; the last one yields the next event, until the message is delivered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.turn.fallbacks import Failure


class Phase(StrEnum):
    """Where a message stands."""

    RECEIVED = "received"
    """Somebody has handed it in. Nothing is stored of it, or another process has it."""
    CLAIMED = "claimed"
    """It is stored as this process's, and waits for its turn."""
    RUNNING = "running"
    """Its turn runs, or its reply is being stored."""
    STORED = "stored"
    """Reply, record and state are in the database."""
    DELIVERED = "delivered"
    """Its answer is known: a reply to give, or nothing, when the reply goes by REST or is another process's."""


class Event(StrEnum):
    """What happens to a message."""

    HANDED_IN = "handed in"
    MINE = "mine"
    """The inbox says that this process is to run its turn."""
    OTHERS = "others'"
    """The inbox says that another process is running its turn."""
    ANSWERED = "answered"
    """The inbox has a reply to it."""
    TURN_CAME = "turn came"
    """No earlier message of the conversation is open, and there is a free place."""
    JOINED = "joined"
    """Its turn came while the next message waited, whose turn and reply are about both."""
    OUT_OF_TIME = "out of time"
    ENDED = "ended"
    """The turn has a reply."""
    FAILED = "failed"
    """The turn broke off in a way that nobody foresaw."""
    NO_WORKSPACE = "no workspace"
    """The business was taken out of service meanwhile."""
    STORED = "stored"
    NOT_STORED = "not stored"
    """The database stays away for longer than the customer can wait."""
    PROMISE_NOT_STORED = "promise not stored"
    """The same, of a reply that says that a person is told."""
    TAKEN_OVER = "taken over"
    """Another process, which took this one for dead, has the message."""
    GIVEN = "given"
    """The answer is known."""
    CALLER_LATE = "caller late"
    """Whoever handed it in can wait no longer."""


class Effect(StrEnum):
    """What the shell does. Those marked → say which event comes next."""

    CLAIM = "claim"
    """Store the message and ask the inbox whose it is. →"""
    LOOK_AGAIN = "look again"
    """Ask the inbox again after a while. →"""
    WAIT = "wait"
    """Wait in the conversation's queue, then for a place. →"""
    RUN = "run"
    """Run the turn. →"""
    FALL_BACK = "fall back"
    """Take what the ladder of `turn.fallbacks` says in place of the turn's reply."""
    STORE = "store"
    """Store reply, record and state, again and again while there is time. →"""
    STORE_LATER = "store later"
    """Go on trying while the reply leaves."""
    LIST_UNANSWERED = "list unanswered"
    """Put the message on the list of those that somebody should look at."""
    REPORT = "report"
    """Log and count the turn."""
    GIVE = "give"
    """Answer with the reply, or wake whoever sends it by REST. →"""
    GIVE_NOTHING = "give nothing"
    """Answer with nothing, and count it. →"""
    REPLAY = "replay"
    """Answer with the reply that the inbox has. →"""
    REPLAY_OTHERS = "replay other's"
    """Answer with the reply of the process that took the message over. →"""
    APOLOGISE = "apologise"
    """Answer with what the ladder says; nothing is stored. →"""
    COMPARE = "compare"
    """Show the turn to the shadow."""
    TELL_CALLER = "tell caller"
    """Answer whoever handed it in with what the ladder says, while the turn goes on."""
    WAIT_FOR_ANSWER = "wait for answer"
    """Answer whoever handed it in with the reply that counts, which is there in a moment."""


@dataclass(frozen=True)
class Life:
    """Where a message stands, and whether its caller has gone with an apology."""

    phase: Phase = Phase.RECEIVED
    late: bool = False


@dataclass(frozen=True)
class TableRow:
    """What follows from one event in one phase."""

    phase: Phase
    effects: tuple[Effect, ...] = ()
    failure: Failure | None = None
    """The rung of the ladder that FALL_BACK or APOLOGISE takes."""
    if_late: tuple[Effect, ...] = ()
    """Effects before the others when the caller has gone with an apology."""


@dataclass(frozen=True)
class Transition:
    """Where a message stands next, and what is to be done."""

    life: Life
    effects: tuple[Effect, ...]
    failure: Failure | None


_INSTEAD = (Effect.FALL_BACK, Effect.STORE)
TABLE: Mapping[Phase, Mapping[Event, TableRow]] = {
    Phase.RECEIVED: {
        Event.HANDED_IN: TableRow(Phase.RECEIVED, (Effect.CLAIM,)),
        Event.MINE: TableRow(Phase.CLAIMED, (Effect.WAIT,)),
        Event.OTHERS: TableRow(Phase.RECEIVED, (Effect.LOOK_AGAIN,)),
        Event.ANSWERED: TableRow(Phase.RECEIVED, (Effect.REPLAY,)),
        Event.OUT_OF_TIME: TableRow(Phase.RECEIVED, (Effect.APOLOGISE,), Failure.LATE),
        Event.GIVEN: TableRow(Phase.DELIVERED),
        Event.CALLER_LATE: TableRow(Phase.RECEIVED, (Effect.TELL_CALLER,), Failure.LATE),
    },
    Phase.CLAIMED: {
        Event.TURN_CAME: TableRow(Phase.RUNNING, (Effect.RUN,)),
        Event.JOINED: TableRow(Phase.STORED, (Effect.GIVE_NOTHING,)),
        Event.OUT_OF_TIME: TableRow(Phase.RUNNING, _INSTEAD, Failure.NOT_BEGUN),
        Event.CALLER_LATE: TableRow(Phase.CLAIMED, (Effect.TELL_CALLER,), Failure.LATE),
    },
    Phase.RUNNING: {
        Event.ENDED: TableRow(Phase.RUNNING, (Effect.STORE,)),
        Event.OUT_OF_TIME: TableRow(Phase.RUNNING, _INSTEAD, Failure.LATE),
        Event.FAILED: TableRow(Phase.RUNNING, _INSTEAD, Failure.UNFORESEEN),
        Event.NO_WORKSPACE: TableRow(Phase.RUNNING, _INSTEAD, Failure.NO_WORKSPACE),
        Event.STORED: TableRow(Phase.STORED, (Effect.REPORT, Effect.GIVE), if_late=(Effect.LIST_UNANSWERED,)),
        Event.NOT_STORED: TableRow(Phase.RUNNING, (Effect.STORE_LATER, Effect.REPORT, Effect.GIVE)),
        Event.PROMISE_NOT_STORED: TableRow(
            Phase.RUNNING,
            (Effect.FALL_BACK, Effect.STORE_LATER, Effect.REPORT, Effect.GIVE),
            Failure.NO_HANDOVER,
        ),
        Event.TAKEN_OVER: TableRow(Phase.RUNNING, (Effect.REPLAY_OTHERS,)),
        Event.GIVEN: TableRow(Phase.DELIVERED, (Effect.COMPARE,)),
        Event.CALLER_LATE: TableRow(Phase.RUNNING, (Effect.TELL_CALLER,), Failure.LATE),
    },
    Phase.STORED: {
        Event.GIVEN: TableRow(Phase.DELIVERED, (Effect.COMPARE,)),
        Event.CALLER_LATE: TableRow(Phase.STORED, (Effect.WAIT_FOR_ANSWER,)),
    },
    Phase.DELIVERED: {
        Event.CALLER_LATE: TableRow(Phase.DELIVERED, (Effect.WAIT_FOR_ANSWER,)),
    },
}
"""What follows from every event that can happen, by phase."""
_INBOX = frozenset({Event.HANDED_IN, Event.MINE, Event.OTHERS, Event.ANSWERED})
_CAME = frozenset({Event.TURN_CAME, Event.JOINED})
_TURN = frozenset({Event.ENDED, Event.FAILED, Event.NO_WORKSPACE})
_STORAGE = frozenset({Event.STORED, Event.NOT_STORED, Event.PROMISE_NOT_STORED, Event.TAKEN_OVER})
NEVER: Mapping[Phase, frozenset[Event]] = {
    Phase.RECEIVED: _CAME | _TURN | _STORAGE,
    Phase.CLAIMED: frozenset({Event.GIVEN}) | _INBOX | _TURN | _STORAGE,
    Phase.RUNNING: _CAME | _INBOX,
    Phase.STORED: frozenset({Event.OUT_OF_TIME}) | _CAME | _INBOX | _TURN | _STORAGE,
    Phase.DELIVERED: frozenset({Event.OUT_OF_TIME, Event.GIVEN}) | _CAME | _INBOX | _TURN | _STORAGE,
}
"""Events that cannot happen, by phase: no effect of the phase leads to them."""


def transition(life: Life, event: Event) -> Transition:
    """What follows from an event. Raises LookupError for one that cannot happen in this phase."""
    row = TABLE[life.phase].get(event)
    if row is None:
        raise LookupError(f"{event.value!r} cannot happen to a message that is {life.phase.value}")
    late = life.late or Effect.TELL_CALLER in row.effects
    effects = (*row.if_late, *row.effects) if life.late else row.effects
    return Transition(Life(row.phase, late), effects, row.failure)
