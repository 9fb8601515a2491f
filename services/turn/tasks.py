"""What a conversation is about, the second form of its state: tasks, what was written, and the customer's own things.

Frozen values. Days and times of what is wanted are constraints in the notation of `turn.constraints`.
"""

from dataclasses import dataclass, field, replace

from turn.meaning import Doubt, Item, KnownAppointment

BOOK, CHANGE, CANCEL, RESTORE = "book", "change", "cancel", "restore"
"""Kinds of a task. RESTORE takes a cancellation back."""
KINDS = (BOOK, CHANGE, CANCEL, RESTORE)
"""All of them."""
MOST_TASKS = 3
"""Tasks that a conversation remembers: the one in front, and those on hold."""
MOST_DONE = 5
"""Finished writes that it remembers."""
REMEMBERED_HOURS = 24
"""How long a finished write can be corrected or undone."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One service at a day and hour, as it is offered or booked."""

    service: str
    day: str
    """YYYY-MM-DD."""
    time: str
    """HH:MM."""
    staff: str = ""
    person: str = ""
    """For whom; empty for the writer."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A visit that can be booked as it is: every service with its day and hour, in the order asked."""

    items: tuple[Placed, ...]

    @property
    def day(self) -> str:
        """The day of its first service."""
        return min((each.day, each.time) for each in self.items)[0]

    @property
    def time(self) -> str:
        """The hour at which it begins."""
        return min((each.day, each.time) for each in self.items)[1]


@dataclass(frozen=True)
class Task:
    """Something that the customer wants done."""

    kind: str
    """One of KINDS."""
    items: tuple[Item, ...] = ()
    """What is to be booked, or what an appointment is to become (service, staff)."""
    days: tuple[str, ...] = ()
    """Constraints on days for all items."""
    times: tuple[str, ...] = ()
    people: int = 0
    """For how many persons; 0 when nobody besides the writer was said."""
    writer: bool = True
    """Whether the writer is one of them."""
    targets: tuple[str, ...] = ()
    """Ids of the appointments to change, cancel or restore."""
    name: str = ""
    """Whose name an appointment is to carry, where a change gives another."""
    email: str = ""
    """The e-mail address that an appointment is to carry, where a change gives another."""
    offers: tuple[Proposal, ...] = ()
    """What the last reply offered, in its order."""
    chosen: Proposal | None = None
    """The offer that the customer took."""
    rejected: tuple[str, ...] = ()
    """Offered moments that the customer did not want, each "2026-03-13T10:00"."""
    asked: str = ""
    """What the last reply asked: see `turn.steps`; empty for nothing."""
    times_asked: int = 0
    """How often in a row it asked the same."""
    refused: tuple[str, ...] = ()
    """Slots that the customer will not or cannot give."""
    inquires: bool = False
    """Whether free times were asked for, and nothing is written before a yes."""
    doubts: tuple[Doubt, ...] = ()
    """What must be read back before anything is written."""
    undoes: bool = False
    """Whether it takes the last write back."""


@dataclass(frozen=True, slots=True)
class Written:
    """A write of the last hours."""

    kind: str
    """BOOK, CHANGE, CANCEL or RESTORE."""
    at: str
    """When, ISO 8601 in UTC."""
    before: KnownAppointment | None = None
    """The appointment before it; None for a booking."""
    after: KnownAppointment | None = None
    """The appointment after it; None for a cancellation."""

    @property
    def id(self) -> str:
        """Id of the appointment."""
        one = self.after or self.before
        return one.id if one else ""


@dataclass(frozen=True)
class Customer:
    """What the business knows of the customer of this channel address."""

    name: str = ""
    masked_email: str = ""
    last_service: str = ""
    last_staff: str = ""
    appointments: tuple[KnownAppointment, ...] = ()
    """Still to come, earliest first."""
    cancelled: tuple[KnownAppointment, ...] = ()
    """Cancelled so recently that it can be taken back."""
    looked_at: str = ""
    """When this was looked up, ISO 8601 in UTC."""


@dataclass(frozen=True)
class Dialogue:
    """The second form of a conversation's state."""

    tasks: tuple[Task, ...] = ()
    """The one in front first, then those on hold."""
    done: tuple[Written, ...] = field(default=())
    """Finished writes, oldest first."""
    customer: Customer | None = None
    """None when nobody has looked."""
    name: str = ""
    """The customer's name as given in this conversation."""
    email: str = ""
    """The e-mail address given in this conversation."""
    phone: str = ""
    spoken_of: str = ""
    """The service that a question was about last; empty for none."""
    answers: tuple[tuple[str, str], ...] = ()
    """Answers to the business's own questions that were given in this conversation: key and text."""
    spoken_of_together: tuple[str, ...] = ()
    """The services, several, that a question was about last; empty for none or one."""

    @property
    def front(self) -> Task | None:
        """The task that the conversation is about now."""
        return self.tasks[0] if self.tasks else None

    @property
    def front_kind(self) -> str:
        """Its kind; empty without a task."""
        return self.tasks[0].kind if self.tasks else ""

    def with_front(self, task: Task | None) -> "Dialogue":
        """The dialogue with another task in place of the front one; without it when None."""
        rest = self.tasks[1:]
        return replace(self, tasks=(task, *rest) if task else rest)

    def begin(self, task: Task) -> "Dialogue":
        """The dialogue with a new task in front; the one before waits."""
        return replace(self, tasks=(task, *self.tasks)[:MOST_TASKS])


NO_DIALOGUE = Dialogue()
"""A conversation in which nothing was said yet."""
