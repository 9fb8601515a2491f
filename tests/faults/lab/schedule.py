"""What happens in a run of the fault lab, decided by its seed alone: who wants which appointment, how
they write, and which fault strikes when. Pure: the same seed gives the same schedule."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a fault does."""

    KILL = "kill -9 of a service"
    BROKER_REFUSED = "broker: connection cut before the call"
    BROKER_LOST = "broker: reply lost"
    BROKER_SLOW = "broker: reply late"
    BROKER_TWICE = "broker: request duplicated"
    BROKER_HELD = "broker: request on its way until nobody waits for it"
    TOOL_DOWN = "tool server: refuses connections"
    TOOL_LOST = "tool server: reply lost"
    TOOL_CRASH = "tool server: killed between commit and reply"
    TOOL_SLOW = "tool server: reply late"
    TOOL_TWICE = "tool server: request duplicated"
    TOOL_5XX = "tool server: 500 after it worked"
    TOOL_503 = "tool server: 503 before it worked"
    TOOL_429 = "tool server: 429 with Retry-After"
    TOOL_BAD_JSON = "tool server: bad JSON"
    TOOL_BAD_SCHEMA = "tool server: wrong schema"
    TOOL_HUGE = "tool server: 10 MB body"
    TOOL_HOSTILE = "tool server: instructions in results"
    DATABASE_LOCKED = "database: another writer holds it"
    DATABASE_FULL = "database: disk full"
    DATABASE_RESTARTED = "database: server restarted"
    TWILIO_429 = "Twilio: 429 with Retry-After"
    TWILIO_500 = "Twilio: 500, nothing accepted"
    TWILIO_503 = "Twilio: 503 although accepted"
    TWILIO_SILENT = "Twilio: no answer, nothing accepted"
    TWILIO_LOST = "Twilio: no answer although accepted"
    TWILIO_REFUSED = "Twilio: refused for good"
    TWILIO_UNLISTED = "Twilio: does not list"
    TWILIO_FAILED = "Twilio: took it, later failed"
    TWILIO_UNDELIVERED = "Twilio: took it, later undelivered"
    CALLBACKS_LATE = "status callbacks: late"
    CALLBACKS_TWICE = "status callbacks: each twice at once"
    CALLBACKS_SHUFFLED = "status callbacks: out of order"
    CLOCK_JUMPS = "clock: wrong by minutes"
    CLOCK_STEPS = "clock: stepped as by NTP"
    CLOCK_SLOW = "clock: at half speed"


SERVICES = ("agenda", "extractor", "planner", "nlg", "broker", "gateway")
REPLICATED = ("broker", "gateway")
"""Services of which there may be several; the second broker is broker-2."""
WRITES = "writes"
"""Target of a fault of the tool server or the broker that strikes only calls that change something."""
ANY = "any"
DATABASE = "database"
"""The PostgreSQL server, which has a clock, too."""
_PER_10_000 = {
    Kind.BROKER_REFUSED: 40,
    Kind.BROKER_LOST: 60,
    Kind.BROKER_SLOW: 30,
    Kind.BROKER_TWICE: 100,
    Kind.BROKER_HELD: 30,
    Kind.TOOL_DOWN: 30,
    Kind.TOOL_LOST: 200,
    Kind.TOOL_CRASH: 50,
    Kind.TOOL_SLOW: 30,
    Kind.TOOL_TWICE: 100,
    Kind.TOOL_5XX: 40,
    Kind.TOOL_503: 40,
    Kind.TOOL_429: 40,
    Kind.TOOL_BAD_JSON: 40,
    Kind.TOOL_BAD_SCHEMA: 40,
    Kind.TOOL_HUGE: 40,
    Kind.TOOL_HOSTILE: 40,
}
KILLS_PER_10_000 = 50
"""Times that each service is killed in 10,000 bookings."""
_DATABASE_PER_10_000 = {
    "sqlite": {Kind.DATABASE_LOCKED: 20, Kind.DATABASE_FULL: 20},
    "postgres": {Kind.DATABASE_RESTARTED: 20},
}
_TWILIO_PER_10_000 = {
    Kind.TWILIO_429: 60,
    Kind.TWILIO_500: 60,
    Kind.TWILIO_503: 60,
    Kind.TWILIO_SILENT: 60,
    Kind.TWILIO_LOST: 60,
    Kind.TWILIO_REFUSED: 20,
    Kind.TWILIO_UNLISTED: 30,
    Kind.TWILIO_FAILED: 60,
    Kind.TWILIO_UNDELIVERED: 60,
    Kind.CALLBACKS_LATE: 60,
    Kind.CALLBACKS_TWICE: 60,
    Kind.CALLBACKS_SHUFFLED: 100,
}
_CLOCKS_PER_10_000 = {Kind.CLOCK_JUMPS: 200, Kind.CLOCK_STEPS: 200, Kind.CLOCK_SLOW: 100}
_WRONG_S = {Kind.CLOCK_JUMPS: (60.0, 600.0), Kind.CLOCK_STEPS: (0.05, 2.0)}
"""By how many seconds a clock is ahead or behind."""
_LONGEST_S = {
    Kind.BROKER_SLOW: 6.0,
    Kind.BROKER_HELD: 8.0,
    Kind.TOOL_DOWN: 3.0,
    Kind.TOOL_SLOW: 6.0,
    Kind.DATABASE_LOCKED: 7.0,
    Kind.DATABASE_FULL: 2.0,
    Kind.TWILIO_UNLISTED: 3.0,
    Kind.CALLBACKS_LATE: 8.0,
    Kind.CLOCK_JUMPS: 10.0,
    Kind.CLOCK_STEPS: 20.0,
    Kind.CLOCK_SLOW: 20.0,
}
MESSAGES_PER_BOOKING = 1.3
"""How many messages a booking takes at least; faults are spread over that many."""


@dataclass(frozen=True)
class Fault:
    """One fault."""

    after: int
    """Strikes when so many messages have been begun."""
    kind: Kind
    target: str = ""
    """A service, a database, or which calls of the tool server."""
    count: int = 1
    """How many calls it touches."""
    seconds: float = 0.0
    """How long it lasts."""
    wrong_s: float = 0.0
    """By how many seconds a clock is ahead; behind when negative."""


SALON = {
    "corte de pelo": ("Carlos", "María", "Sofía"),
    "coloración": ("María", "Sofía"),
    "barba": ("Carlos",),
    "brushing": ("María", "Sofía"),
    "manicura": ("Lucía",),
    "tratamiento capilar": ("María", "Sofía"),
}
"""What the salon does, as customers say it, and who does it."""
_NAMES = ("Ana", "Bruno", "Carla", "Diego", "Elena", "Facundo", "Gabriela", "Hernán", "Inés", "Joaquín", "Laura")
_SURNAMES = ("Paz", "Sosa", "Vega", "Ruiz", "Luna", "Ríos", "Díaz", "Mora", "Gil", "Vera")
_TIMES = tuple(f"{hour:02}:{minute:02}" for hour in (9, 10, 11, 14, 15, 16, 17) for minute in (0, 15, 30, 45))
_HOT_TIMES = ("10:00", "11:00", "15:00", "16:00")
FIRST_DAY, DAYS, HOT_DAYS = 3, 45, 4
_THEN = {"stay": 55, "cancel": 10, "move": 10, "correct": 10, "undo": 8, "restore": 7}
"""What becomes of a booking, in a hundred."""
BESIDE = 0.12
"""Share of bookings of two services."""


@dataclass(frozen=True)
class When:
    """A time that somebody wants."""

    day: int
    """Which of the coming open days, 0 the first."""
    time: str


@dataclass(frozen=True)
class Visit:
    """One customer and what they want."""

    number: int
    business: int
    name: str
    service: str
    staff: str
    """Empty when they do not mind."""
    when: When
    then: str
    """stay, cancel, move, correct (the hour of what was booked, in one message), undo (a move, in one message) or
    restore (what was cancelled)."""
    move_to: When
    style: str
    """whole: all in one message; twice: that message is delivered twice at once; pieces: one after
    another; burst: the pieces at once."""
    beside: str = ""
    """Another service that is wanted in the same booking, right after; empty for none."""


@dataclass(frozen=True)
class Schedule:
    """Everything that a run does."""

    seed: int
    database: str
    businesses: int
    visits: tuple[Visit, ...]
    faults: tuple[Fault, ...]
    replicas: int = 1
    """How many brokers and gateways there are."""
    rest: bool = False
    """Whether replies that take long go by Twilio's REST API."""
    slm: bool = False
    """Whether a language model, one that errs, reads and plans."""


def make_schedule(
    seed: int, bookings: int, database: str, replicas: int = 1, rest: bool = False, slm: bool = False
) -> Schedule:
    """The schedule of a seed. `database` is sqlite or postgres."""
    chance = random.Random(f"{seed}/{bookings}/{database}")
    businesses = max(4, bookings // 400)
    visits = tuple(_visit(chance, number, businesses) for number in range(bookings))
    services = (*SERVICES, *(f"{name}-{number}" for name in REPLICATED for number in range(2, replicas + 1)))
    rates = _PER_10_000 | _CLOCKS_PER_10_000 | _DATABASE_PER_10_000[database] | (_TWILIO_PER_10_000 if rest else {})
    faults = sorted(_faults(chance, bookings, rates, services), key=lambda fault: fault.after)
    return Schedule(seed, database, businesses, visits, tuple(faults), replicas, rest, slm)


def _visit(chance: random.Random, number: int, businesses: int) -> Visit:
    service = chance.choice(list(SALON))
    return Visit(
        number=number,
        business=chance.randrange(businesses),
        name=f"{chance.choice(_NAMES)} {chance.choice(_SURNAMES)}",
        service=service,
        staff=chance.choice(["", *SALON[service]]),
        when=_when(chance),
        then=chance.choices(list(_THEN), list(_THEN.values()))[0],
        move_to=_when(chance),
        style=chance.choices(["whole", "twice", "pieces", "burst"], [70, 15, 8, 7])[0],
        beside=chance.choice([other for other in SALON if other != service]) if chance.random() < BESIDE else "",
    )


def _when(chance: random.Random) -> When:
    if chance.random() < 0.3:
        return When(chance.randrange(HOT_DAYS), chance.choice(_HOT_TIMES))
    return When(chance.randrange(DAYS), chance.choice(_TIMES))


def _faults(
    chance: random.Random, bookings: int, rates: Mapping[Kind, int], services: tuple[str, ...]
) -> Iterator[Fault]:
    span = int(bookings * MESSAGES_PER_BOOKING)
    for service in services:
        for _ in range(_share(KILLS_PER_10_000, bookings)):
            yield Fault(chance.randrange(span), Kind.KILL, service)
    clocks = [*services, *([DATABASE] if Kind.DATABASE_RESTARTED in rates else [])]
    for kind, rate in rates.items():
        for _ in range(_share(rate, bookings)):
            yield Fault(
                after=chance.randrange(span),
                kind=kind,
                target=_target(chance, kind, clocks),
                count=chance.choice([1, 1, 1, 3]) if kind is not Kind.TOOL_CRASH else 1,
                seconds=round(chance.uniform(0.2, _LONGEST_S.get(kind, 0.3)), 2),
                wrong_s=_wrong_s(chance, kind),
            )


def _share(rate: int, bookings: int) -> int:
    return max(1, rate * bookings // 10_000)


def _wrong_s(chance: random.Random, kind: Kind) -> float:
    if kind not in _WRONG_S:
        return 0.0
    return round(chance.choice([-1, 1]) * chance.uniform(*_WRONG_S[kind]), 2)


def _target(chance: random.Random, kind: Kind, clocks: Sequence[str]) -> str:
    """What a fault strikes; `clocks` are the processes whose clocks can be wrong."""
    if kind.name.startswith("CLOCK_"):
        return chance.choice(clocks)
    if kind in (Kind.DATABASE_LOCKED, Kind.DATABASE_FULL):
        return chance.choice(["agenda", "gateway", "broker"])
    if kind in (Kind.TOOL_LOST, Kind.TOOL_CRASH, Kind.TOOL_TWICE, Kind.TOOL_5XX):
        return WRITES
    return chance.choice([ANY, WRITES]) if kind.name.startswith(("TOOL_", "BROKER_")) else ""
