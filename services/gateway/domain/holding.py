"""What a person does with a hand-over, and what comes of it. Pure."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class ActKind(StrEnum):
    """What somebody did, as the record has it."""

    SAW = "saw"
    TOOK = "took"
    ANSWERED = "answered"
    GAVE_BACK = "gave back"
    CLOSED = "closed"


class Result(StrEnum):
    """What comes of an act."""

    DONE = "done"
    GONE = "gone"
    """There is no such hand-over any more."""
    CLOSED = "closed"
    """It is closed."""
    OTHERS = "others'"
    """Somebody else has it."""
    NOT_TAKEN = "not taken"
    """Nobody has it, so that nobody can give it back."""
    OUTSIDE = "outside"
    """WhatsApp takes no free text to the customer any more, and the manifest names no template."""
    UNREACHABLE = "unreachable"
    """The customer can only be written to in answer: another channel, or no REST credentials."""


@dataclass(frozen=True)
class Act:
    """Who does something, and when."""

    person: str
    """A person's id in the manifest, or who runs the command line."""
    at: float
    """Seconds since 1970, of the gateway's clock."""
    turn_id: str = ""
    """The turn of the message that asked for it; empty outside WhatsApp."""
    conversation: str = ""
    """The conversation of that message; empty outside WhatsApp."""
    place: int = 0
    """Which of that turn's orders it is."""
    takes_over: bool = False
    """Whether they may take what another has."""

    def id(self, kind: ActKind, handover_id: str, chance: str) -> str:
        """What names the act: the same when its message's turn runs anew. `chance` tells those of the command line
        apart."""
        which = (self.turn_id, str(self.place)) if self.turn_id else (chance,)
        return hashlib.sha256("\x1f".join((*which, kind.value, handover_id)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Ways:
    """How a customer can be written to, and what follows when nobody does."""

    can_send: bool
    """Whether there are REST credentials."""
    back_after_s: float
    """Seconds without a word after which a taken conversation goes back."""
    session_s: float
    """Seconds after the customer's last message in which free text is taken."""
    template: str = ""
    """Content id of the template for a person's words outside that time; empty for none."""
