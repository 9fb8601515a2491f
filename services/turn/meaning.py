"""What a message means, the second form of a reading, and what was known before it: frozen values.

Days and times are constraints in the notation of `turn.constraints`; they all hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from turn.vocabulary import ActKind, HowGiven, Subject

ACTS = tuple(kind.value for kind in ActKind if kind is not ActKind.UNSPECIFIED)
"""What a message may do, in the contract's order."""
SUBJECTS = tuple(subject.value for subject in Subject if subject is not Subject.UNSPECIFIED)
"""What a question may be about, in the contract's order."""
SAME = "same"
"""Stands for the service or person of the customer's last visit."""
ANY = "any"
"""Stands for any value."""
WRITER = "writer"
"""Stands for the person who writes, among those for whom something is wanted."""
CONFIRM = "confirm"
"""Stands for a slot's name where a read-back waits for the customer's yes."""
MOST_KNOWN = 20
"""Offers, own appointments and finished writes, of each, that a message may be about."""


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """A free time that the last reply offered."""

    day: str
    """YYYY-MM-DD."""
    time: str
    """HH:MM."""
    staff: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class KnownAppointment:
    """An appointment of the customer's."""

    id: str
    service: str = ""
    day: str = ""
    """YYYY-MM-DD."""
    time: str = ""
    """HH:MM."""
    staff: str = ""
    name: str = ""
    """Whom it is for, as it was booked."""
    person: str = ""
    """Whom it is for, as the customer said: WRITER, or the noun ("hija"); empty when not known."""
    cancel_until: str = ""
    """The last moment at which the customer may cancel it here, ISO 8601 in UTC; empty for any before it begins."""
    move_until: str = ""
    """The last moment at which the customer may move it here, likewise."""


@dataclass(frozen=True, slots=True)
class Done:
    """A write of the last hours, which can be corrected or undone."""

    kind: str
    """book, change or cancel."""
    id: str
    """Of the appointment."""
    day: str = ""
    """The day before the write, where it changed or cancelled something."""
    time: str = ""


@dataclass(frozen=True)
class Known:
    """What was known when the message came, besides what was asked and the task in front."""

    offers: tuple[OfferedTime, ...] = ()
    appointments: tuple[KnownAppointment, ...] = ()
    """The customer's own that are still to come."""
    done: tuple[Done, ...] = ()
    """Oldest first."""


NOTHING_KNOWN = Known()
"""Nothing was known."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a message does, and where it says so."""

    kind: str
    """One of ACTS."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """One service that is wanted or asked about, with what was said for it alone."""

    service: str = ""
    """Canonical name; SAME for that of the last visit; empty where only somebody to do it was named."""
    staff: tuple[str, ...] = ()
    """Any of them; ANY and SAME are among the values."""
    not_staff: tuple[str, ...] = ()
    who: str = ""
    """For whom: WRITER, a name, or the noun as said ("hija"); empty when not said."""
    days: tuple[str, ...] = ()
    times: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class People:
    """For how many persons something is wanted."""

    count: int
    writer: bool
    """Whether the writer is one of them."""


@dataclass(frozen=True, slots=True)
class GivenDatum:
    """A datum of the customer's."""

    slot: str
    """client_name, client_email, client_phone or booking_id."""
    value: str
    how: str = HowGiven.TYPED.value
    """One of HowGiven: typed, spelt (by letters or number words) or dictated (with words for signs)."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that must be read back before a write."""

    part: str
    """days, times, items, staff, refers_to or data; text for all of it."""
    reason: str
    """conflict, contradiction, no_such_day, unread, ambiguous, over_budget; of data completed, two ways,
    instructions, doubted, too short, too long."""
    start: int = 0
    end: int = 0
    candidates: tuple[str, ...] = ()
    """The values between which the customer must choose, where there are any."""


@dataclass(frozen=True)
class Meaning:
    """What a message says. Spans are of the normalised line while it is read, and of the customer's text in a reading
    that is done (`extractor.meaning.located`)."""

    acts: tuple[Act, ...] = ()
    days: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    people: People | None = None
    refers_to: tuple[str, ...] = ()
    """`offer:n` (from 1), `appointment:ID`, `done:ID`, `all`, `none`, `another`, `any`."""
    told_which: bool = False
    """Whether words tell which it refers to: the day, the very hour, service, person or place in a list. Otherwise it
    is an appointment that is the only one, or written last, or an offer that is the only one in a span of time."""
    not_services: tuple[str, ...] = ()
    """Services of the task in front that are not wanted any more; ANY for all but those named."""
    subjects: tuple[str, ...] = ()
    data: tuple[GivenDatum, ...] = ()
    unread: tuple[tuple[int, int], ...] = ()
    """Spans with content that nothing explained, beside what was understood."""
    doubts: tuple[Doubt, ...] = field(default=())
    knowledge: tuple[str, ...] = ()
    """Questions of the manifest's that it asks: their first wordings, as they stand there."""

    @property
    def sure(self) -> bool:
        """Whether nothing has to be read back before a write."""
        return not self.doubts

    @property
    def conflict(self) -> tuple[str, ...]:
        """The values or references between which the customer must choose."""
        return tuple(value for doubt in self.doubts if doubt.reason == "conflict" for value in doubt.candidates)

    def does(self, *kinds: str) -> bool:
        """Whether the message does any of these."""
        return any(act.kind in kinds for act in self.acts)


NOTHING = Meaning()
"""A message that says nothing."""


def kinds(acts: Sequence[Act]) -> tuple[str, ...]:
    """The kinds of some acts, in order, each once."""
    return tuple(dict.fromkeys(act.kind for act in acts))
