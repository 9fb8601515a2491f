"""Clocks that go wrong, zones that change their offset, leap days: a message means the same slot everywhere."""

import os
import random
import shutil
import subprocess
import sys
import time as clock
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest

from agenda.booking.availability import Want, read_day, read_start
from agenda.booking.call_context import PREFIX, CallContexts
from agenda.booking.free_times import QUARTER
from agenda.booking.openings import Calendar, Need
from cli.local.processes import PROGRAMS
from cli.support.webhook import WebhookSender
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from planner.rules.usable import date_is_usable, time_is_usable
from tests.faults.lab.businesses import TOKEN, number_of
from tests.faults.lab.claims import Claim, claim_of, days_in
from tests.faults.lab.clocks import COMPILER, running_clocks
from tests.faults.lab.customers import Post
from tests.faults.lab.scene import LONG
from tests.faults.lab.world import running_world
from tests.mesh.tools.harness import until
from tests.unit.agenda.businesses import business, with_hours
from workspace.model import Workspace
from workspace.registry import Registry

CASES = 10_000 if LONG else 1_500
SKEW_S = 600
ZONES = (
    "America/Argentina/Buenos_Aires", "America/Santiago", "America/Sao_Paulo", "America/New_York", "Europe/Madrid",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC",
)  # fmt: skip
DAYS = {"hoy": 0, "mañana": 1, "pasado mañana": 2}
LONGEST = timedelta(hours=36)


@cache
def elsewhere(zone: str) -> Workspace:
    """The salon in another zone, open from midnight to midnight."""
    return with_hours(business(), (time(0), time(23, 45)), timezone=zone)


@cache
def reader(zone: str) -> Reader:
    """What reads its messages."""
    return Reader(elsewhere(zone), rules_only=True)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The hours in which a zone's offset changes, from 2024 to 2028."""
    first, found = datetime(2024, 1, 1, tzinfo=UTC), []
    for hour in range(5 * 366 * 24):
        at = first + timedelta(hours=hour)
        if (
            at.astimezone(ZoneInfo(zone)).utcoffset()
            != (at + timedelta(hours=1)).astimezone(ZoneInfo(zone)).utcoffset()
        ):
            found.append(at)
    return tuple(found)


def moment(chance: random.Random, zone: str) -> datetime:
    """When a message arrives: often about a change of the offset, a leap day or midnight."""
    kind = chance.choice(["change", "leap", "midnight", "any"])
    near = timedelta(seconds=chance.uniform(-1, 1) * LONGEST.total_seconds())
    if kind == "change" and changes(zone):
        return chance.choice(changes(zone)) + near
    if kind == "leap":
        return datetime(chance.choice([2024, 2025, 2028]), 2, 28, 12, tzinfo=UTC) + near
    day = datetime(2024, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(days=chance.randrange(5 * 365))
    spread = SKEW_S if kind == "midnight" else 86_400
    return (day + timedelta(seconds=chance.uniform(-spread, spread))).astimezone(UTC)


def wish(chance: random.Random, today: date) -> tuple[str, date]:
    """A day as customers say it, and which one it is."""
    said = chance.choice([*DAYS, "date"])
    if said != "date":
        return said, today + timedelta(days=DAYS[said])
    day = today + timedelta(days=chance.randrange(300))
    if chance.random() < 0.3 and (leap := date(2024 if today < date(2024, 3, 1) else 2028, 2, 29)) - today < timedelta(
        300
    ):
        day = max(leap, today)
    return f"el {day.day}/{day.month}/{day.year}", day


def test_thousands_of_messages_mean_the_same_slot_to_every_service() -> None:
    chance, booked = random.Random(20), 0
    for number in range(CASES):
        zone = chance.choice(ZONES)
        workspace, received = elsewhere(zone), moment(chance, zone)
        words, day = wish(chance, received.astimezone(ZoneInfo(zone)).date())
        at = time(chance.randrange(13, 23), chance.choice([0, 15, 30, 45]))
        text = f"quiero turno para barba {words} a las {at:%H:%M}"
        slots = reader(zone).read(MessageInContext(text, received)).slots
        assert (slots["preferred_date"], slots["preferred_time"]) == (day.isoformat(), f"{at:%H:%M}"), (number, text)
        planned = date_is_usable(day.isoformat(), workspace, received)
        planned = planned and time_is_usable(f"{at:%H:%M}", day.isoformat(), "Barba", workspace, received)
        clock = received + timedelta(seconds=chance.uniform(-SKEW_S, SKEW_S))
        callers = CallContexts(Registry([workspace]), workspace.id, lambda clock=clock: clock)  # type: ignore[misc]
        caller = callers.read({f"{PREFIX}now": received.isoformat()}, trusted=True)
        assert caller.now == received
        calendar = Calendar(caller.workspace, caller.workspace.special_days, caller.now)
        want = Want(Need(caller.workspace.service_names[0], minutes=30), caller.workspace.staff_names[:1])
        found = read_day(calendar, want, slots["preferred_date"])
        start = read_start(calendar, found, slots["preferred_time"], want) if isinstance(found, date) else None
        assert planned is isinstance(start, int), (number, zone, received, day, at, found, start)
        if isinstance(start, int):
            booked += 1
            assert (found, start // QUARTER) == (day, (at.hour * 60 + at.minute) // QUARTER)
    assert booked > CASES // 2


LATE = "2026-03-10T23:55:00-03:00"
"""Five minutes before the Wednesday on which everything happens."""


def shifted(seconds: int) -> str:
    """That time, by a clock that is wrong."""
    return (datetime.fromisoformat(LATE) + timedelta(seconds=seconds)).isoformat()


SKEWS: dict[str, Callable[[int], int]] = {
    "the gateway is late": lambda number: 0 if PROGRAMS[number].name == "gateway" else SKEW_S,
    "every other one is early": lambda number: SKEW_S if number % 2 else -SKEW_S,
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("skew", SKEWS)
async def test_services_whose_clocks_disagree_book_the_day_that_the_gateway_means(tmp_path: Path, skew: str) -> None:
    clocks = {program.name: shifted(SKEWS[skew](number)) for number, program in enumerate(PROGRAMS)}
    programs = tuple(replace(program, settings={"PULPO_CLOCK": clocks[program.name]}) for program in PROGRAMS)
    tomorrow = datetime.fromisoformat(clocks["gateway"]).date() + timedelta(days=1)
    async with running_world(tmp_path, programs=programs) as world, httpx2.AsyncClient() as client:
        post = Post(world.url, 0, client)
        sender = WebhookSender(world.url, TOKEN, number_of(0), "+5491130000000")
        reply = await post.deliver(sender, 0, "Reservar barba mañana a las 15, soy Ana Paz ana@test.com")
        assert claim_of(reply) is Claim.BOOKED, reply
        assert days_in(reply) == [(tomorrow.day, tomorrow.month)]
        rows = await world.stores.rows("agenda", "SELECT date, time FROM appointments")
        assert rows == [{"date": tomorrow.isoformat(), "time": "15:00"}]
        assert "15:00" in await post.deliver(sender, 0, "¿cuándo es mi turno?")


SHOWN = "import sys, time\nfor _ in sys.stdin: print(time.time() - float(_), time.monotonic(), flush=True)"
"""A process that says how far its clock is ahead of a time, and what its monotonic clock shows."""


@pytest.mark.skipif(shutil.which(COMPILER) is None, reason="no compiler of C")
def test_the_lab_sets_a_process_s_clock_and_not_its_monotonic_one() -> None:
    with running_clocks(wanted=True) as clocks:
        assert clocks is not None
        environment = os.environ | clocks.environment("other") | clocks.environment("gateway")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen([sys.executable, "-c", SHOWN], env=environment, **pipes) as process:  # type: ignore[call-overload]

            def ahead() -> tuple[float, float]:
                process.stdin.write(f"{clock.time()}\n")
                process.stdin.flush()
                shown, monotonic = process.stdout.readline().split()
                return float(shown), float(monotonic) - clock.monotonic()

            for seconds in (600.0, -600.0):
                clocks.set("gateway", seconds)
                clocks.set("other", -seconds)
                shown, monotonic = ahead()
                assert abs(shown - seconds) < 300
                assert abs(monotonic) < 300
            clocks.slow_down("gateway")
            first = ahead()[0]
            until(lambda: ahead()[0] < first - 1, "it falls behind")
            clocks.correct("gateway")
            assert abs(ahead()[0]) < 300
            process.stdin.close()
