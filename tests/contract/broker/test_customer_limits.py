"""One customer against a business, through broker and agenda on both databases: the others still can."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.contract.agenda.rows import check_rows, rows
from tests.contract.agenda.running import running
from tests.unit.broker.builders import BOOKING, NOW, FakeClock, make_workspace
from tests.unit.broker.serving import Served, action, serving
from turn.converters import struct_from
from workspace.registry import Registry

CHECK, BOOK = action("check_service_availability"), action("book_appointment")
ATTACKER = "whatsapp:+5491150000000"
OTHERS = [f"whatsapp:+54911600000{number:02}" for number in range(16)]
WEEK = ("2026-03-16", "2026-03-17", "2026-03-18", "2026-03-19", "2026-03-20")
HOURS = [f"{hour:02}:{minute:02}" for hour in (9, 10, 11, 12, 14, 15, 16, 17, 18) for minute in (0, 30)]


@dataclass
class Business:
    """A salon that is served by a broker and an agenda."""

    broker: Served
    clock: FakeClock
    """Tells the broker what time it is for its limits."""
    asked: int = 0

    async def book(
        self, who: str, day: str, at: str, later: int = 0, service: str = "Barba", group_id: str = ""
    ) -> str:
        """What becomes of one message's booking, written so many days later: "booked", the agenda's reason or the
        policy's. `group_id` is the booking that it goes on with."""
        self.asked += 1
        slots = {**BOOKING, "service_type": service, "preferred_date": day, "preferred_time": at}
        context = {"conversation_id": who, "turn_id": f"turn {self.asked}"}
        _, book = await self.broker.execute(
            CHECK,
            BOOK,
            slots=slots,
            context=context,
            customer={"address": who},
            now=NOW + timedelta(days=later),
            group_id=group_id,
        )
        answer: dict[str, Any] = struct_from(book.output)
        if answer.get("ok"):
            return "booked"
        return str(answer.get("reason") or book.error.reason or book.decision.why)


@asynccontextmanager
async def business(folder: Path, database_url: str, **changes: Any) -> AsyncIterator[Business]:
    """A salon whose manifest is changed, on a database."""
    shared = {} if database_url.startswith("sqlite") else {"broker_database_url": database_url}
    clock = FakeClock(1_000_020.0)
    async with running(database_url, Registry([make_workspace(**changes)])) as agenda:
        url = f"{agenda.url}/mcp"
        async with serving(folder, url, settings=shared, clock=clock, **changes) as broker:
            yield Business(broker, clock)


async def taken(salon: Business, places: Sequence[tuple[str, str]], later: int = 0) -> Counter[str]:
    """What the attacker gets who asks for places one after another, as slowly as no limit of the broker forbids."""
    ends: Counter[str] = Counter()
    for day, at in places:
        salon.clock.now += 30
        ends[await salon.book(ATTACKER, day, at, later)] += 1
    return ends


async def test_who_asks_for_every_time_of_a_week_gets_three_a_day_and_five_in_all(
    tmp_path: Path, database_url: str
) -> None:
    week = [(day, at) for at in HOURS[:8] for day in WEEK]
    async with business(tmp_path, database_url) as salon:
        assert await taken(salon, week) == {"booked": 3, "TOO_MANY_TODAY": len(week) - 3}
        assert await taken(salon, week[5:11], later=1) == {"booked": 2, "TOO_MANY_OPEN": 4}
        assert await taken(salon, week[11:17], later=2) == {"TOO_MANY_OPEN": 6}
        places = [(day, at) for day in WEEK for at in HOURS[8:]][:16]
        ends = [await salon.book(who, *place) for who, place in zip(OTHERS, places, strict=True)]
        assert ends == ["booked"] * 16
    owners = await rows(database_url, "SELECT customer FROM appointments WHERE status = 'booked'")
    assert Counter(row.customer for row in owners) == {ATTACKER: 5} | dict.fromkeys(OTHERS, 1)
    await check_rows(database_url)


async def test_one_customer_leaves_the_others_most_of_a_small_business_minute(
    tmp_path: Path, database_url: str
) -> None:
    """On the basic tier ten bookings a minute are for all: whoever tries at once as often as they can has four."""
    times = iter([(day, at) for day in WEEK for at in HOURS])
    attacks: list[str] = []
    ends: list[str] = []
    async with business(tmp_path, database_url, tier="basic") as salon:
        for wave in range(4):
            salon.clock.now += 120
            for who in [ATTACKER] * 12 + OTHERS[wave * 4 : wave * 4 + 4]:
                salon.clock.now += 0.5
                (attacks if who == ATTACKER else ends).append(await salon.book(who, *next(times)))
    assert ends == ["booked"] * 16
    assert attacks.count("booked") == 3
    assert attacks.count("TOO_MANY_TODAY") == 6 * 4 - 3, "what reached the agenda: six a minute"


async def test_a_family_books_at_once_as_one_request_and_nobody_elses(tmp_path: Path, database_url: str) -> None:
    thursday, friday = WEEK[3:]
    async with business(tmp_path, database_url) as salon:
        for at, service in (("09:00", "Corte de Cabello"), ("15:00", "Barba")):
            salon.clock.now += 30
            assert await salon.book(ATTACKER, thursday, at, service=service) == "booked"
        (first,) = await rows(database_url, "SELECT booking_id FROM appointments WHERE service_type = 'Barba'")
        group, ends = first.booking_id, []
        for at, service in (("16:00", "Coloración"), ("16:00", "Manicura"), ("10:00", "Brushing"), ("11:00", "Barba")):
            salon.clock.now += 30
            ends.append(await salon.book(ATTACKER, thursday, at, service=service, group_id=group))
        assert ends == ["booked"] * 4
        assert await salon.book(OTHERS[0], friday, "12:00", group_id=group) == "booked", "somebody else's is not heard"
        salon.clock.now += 30
        assert await salon.book(ATTACKER, friday, "09:00") == "TOO_MANY_OPEN"
    kept = await rows(database_url, "SELECT customer FROM appointments WHERE group_id IS NOT NULL")
    assert [row.customer for row in kept] == [ATTACKER] * 4


async def test_one_number_leaves_a_single_professional_a_place_of_a_day_of_long_services(
    tmp_path: Path, database_url: str
) -> None:
    """The day has four places of two hours."""
    only = {
        "services": [{"name": "Tatuaje", "minutes": 120, "price_min": 1}],
        "staff": [{"name": "Zoe", "services": ["Tatuaje"]}],
        "packages": [],
        "promotions": [],
        "booking": {"max_open_per_customer": 100, "max_new_per_day": 100},
    }
    async with business(tmp_path, database_url, **only) as salon:
        ends: Counter[str] = Counter()
        for at in HOURS:
            salon.clock.now += 30
            ends[await salon.book(ATTACKER, WEEK[0], at, service="Tatuaje")] += 1
        assert (ends["booked"], ends["TOO_MUCH_OF_DAY"] > 0) == (3, True)
        assert await salon.book(OTHERS[0], WEEK[0], "16:00", service="Tatuaje") == "booked"
