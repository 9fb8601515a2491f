"""A task and what a message says of it, put together."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.dialogue.merging import known_items, merged, rejected_of, with_offer
from tests.unit.gateway.dialogue.builders import (
    ANA,
    BEARD,
    CUT,
    ELEVEN,
    FRIDAY,
    NAILS,
    OTHER,
    OWN,
    TEN,
    THURSDAY,
    booking,
    meaning,
    visit,
)
from turn.meaning import Doubt, Item, People
from turn.tasks import BOOK, Customer, Placed, Proposal, Task

BOTH = (CUT, BEARD)
AT_10: dict[str, Any] = {"days": (FRIDAY,), "times": ("10:00",)}


def booked_as(*items: Item, **more: Any) -> Task:
    """A booking of some items."""
    return Task(BOOK, items, **more)


@pytest.mark.parametrize(
    ("what", "before", "says", "added", "after"),
    [
        ("a day and an hour", booking(), AT_10, (), booking(**AT_10)),
        (
            "another hour keeps the day",
            booking(**AT_10),
            {"times": ("11:00",)},
            (),
            booking(days=(FRIDAY,), times=("11:00",)),
        ),
        (
            "another day keeps the hour",
            booking(**AT_10),
            {"days": (THURSDAY,)},
            (),
            booking(days=(THURSDAY,), times=("10:00",)),
        ),
        (
            "an excluded day is added",
            booking(days=("2026-03-12..2026-03-14",)),
            {"days": (f"!{FRIDAY}",)},
            (),
            booking(days=("2026-03-12..2026-03-14", f"!{FRIDAY}")),
        ),
        (
            "an excluded day takes itself out",
            booking(days=(FRIDAY,)),
            {"days": (f"!{FRIDAY}",)},
            (),
            booking(days=(f"!{FRIDAY}",)),
        ),
        (
            "an excluded hour takes itself out",
            booking(**AT_10),
            {"times": ("!10:00",)},
            (),
            booking(days=(FRIDAY,), times=("!10:00",)),
        ),
        ("another service keeps when", booking(**AT_10), {"items": (BEARD,)}, (), booked_as(BEARD, **AT_10)),
        (
            "one more service keeps both",
            booking(**AT_10),
            {"items": (BEARD,)},
            ("Barba",),
            booked_as(replace(CUT, **AT_10), replace(BEARD), **AT_10),
        ),
        (
            "one more service has its own hour",
            booking(**AT_10),
            {"items": (BEARD,), "times": ("12:00",)},
            ("Barba",),
            booked_as(replace(CUT, **AT_10), replace(BEARD, times=("12:00",)), **AT_10),
        ),
        (
            "the hour of some",
            booked_as(*BOTH, **AT_10),
            {"items": (BEARD,), "times": ("12:00",)},
            (),
            booked_as(replace(CUT, **AT_10), Item("Barba", days=(FRIDAY,), times=("12:00",)), **AT_10),
        ),
        (
            "an hour for all takes that of some",
            booked_as(CUT, replace(BEARD, times=("12:00",))),
            {"times": ("11:00",)},
            (),
            booked_as(CUT, BEARD, times=("11:00",)),
        ),
        (
            "staff is for all",
            booked_as(*BOTH),
            {"items": (Item("", ("Carlos",)),)},
            (),
            booked_as(Item("Corte de Cabello", ("Carlos",)), Item("Barba", ("Carlos",))),
        ),
        (
            "excluded staff takes the wanted out",
            booked_as(Item("Barba", ("Carlos",))),
            {"items": (Item("", (), ("Carlos",)),)},
            (),
            booked_as(Item("Barba", (), ("Carlos",))),
        ),
        (
            "anybody takes the wanted out",
            booked_as(Item("Barba", ("Carlos",))),
            {"items": (Item("", ("any",)),)},
            (),
            booked_as(BEARD),
        ),
        ("whom it is for", booking(), {"items": (Item("", who="hija"),)}, (), booked_as(replace(CUT, who="hija"))),
        (
            "staff of one of two persons",
            booked_as(replace(CUT, who="writer"), replace(CUT, who="hija")),
            {"items": (Item("", ("Sofía",), who="hija"),)},
            (),
            booked_as(replace(CUT, who="writer"), replace(CUT, who="hija", staff=("Sofía",))),
        ),
        ("for how many", booking(), {"people": People(3, False)}, (), booking(people=3, writer=False)),
        (
            "an hour that one offer has is of its day",
            booking(offers=(TEN, visit(THURSDAY, "09:00"))),
            {"times": ("09:00",)},
            (),
            booking(offers=(TEN, visit(THURSDAY, "09:00")), days=(THURSDAY,), times=("09:00",)),
        ),
        (
            "an hour with offers of one day is of that day",
            booking(offers=(TEN, ELEVEN)),
            {"times": ("17:00",)},
            (),
            booking(offers=(TEN, ELEVEN), days=(FRIDAY,), times=("17:00",)),
        ),
        (
            "an hour with offers of several days is of none",
            booking(offers=(TEN, visit(THURSDAY))),
            {"times": ("17:00",)},
            (),
            booking(offers=(TEN, visit(THURSDAY)), times=("17:00",)),
        ),
        (
            "another wish drops what was chosen",
            booking(chosen=TEN, **AT_10),
            {"times": ("11:00",)},
            (),
            booking(days=(FRIDAY,), times=("11:00",)),
        ),
        (
            "a wish that is the same keeps it",
            booking(chosen=TEN, **AT_10),
            {"times": ("10:00",)},
            (),
            booking(chosen=TEN, **AT_10),
        ),
        (
            "a refused moment that is named is wanted",
            booking(rejected=(f"{FRIDAY}T10:00", f"{FRIDAY}T11:00")),
            AT_10,
            (),
            booking(rejected=(f"{FRIDAY}T11:00",), **AT_10),
        ),
        (
            "a day alone leaves it refused",
            booking(rejected=(f"{FRIDAY}T10:00",), times=("10:00",)),
            {"days": (FRIDAY,)},
            (),
            booking(rejected=(f"{FRIDAY}T10:00",), **AT_10),
        ),
        (
            "what is said of a doubted part settles it",
            booking(doubts=(Doubt("days", "conflict"), Doubt("times", "unread"))),
            {"days": (FRIDAY,)},
            (),
            booking(days=(FRIDAY,), doubts=(Doubt("times", "unread"),)),
        ),
        (
            "a new doubt is added",
            booking(),
            {"doubts": (Doubt("times", "unread"),)},
            (),
            booking(doubts=(Doubt("times", "unread"),)),
        ),
        (
            "two services from the start",
            Task(BOOK),
            {"items": BOTH, "days": (FRIDAY,)},
            (),
            booked_as(*BOTH, days=(FRIDAY,)),
        ),
        ("two other services take the place of one", booking(), {"items": (BEARD, NAILS)}, (), booked_as(BEARD, NAILS)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_merging(what: str, before: Task, says: dict[str, Any], added: tuple[str, ...], after: Task) -> None:
    assert merged(before, meaning("give", **says), added) == after


def test_an_offer_is_taken_for_all_items_or_for_each_its_own() -> None:
    alone = with_offer(booking(days=(THURSDAY,)), TEN)
    assert (alone.days, alone.times, alone.chosen) == ((FRIDAY,), ("10:00",), TEN)
    two = Proposal((Placed("Corte de Cabello", FRIDAY, "10:00"), Placed("Barba", THURSDAY, "12:00")))
    apart = with_offer(booked_as(CUT, replace(BEARD, days=(THURSDAY,))), two)
    assert [(item.days, item.times) for item in apart.items] == [((FRIDAY,), ("10:00",)), ((THURSDAY,), ("12:00",))]
    assert (apart.days, apart.times, apart.chosen) == ((), (), two)


def test_the_same_as_last_time_is_what_it_was_and_nothing_where_nobody_knows() -> None:
    same = (Item("same", ("same",)), Item("Barba", ("same", "Carlos")))
    last = Customer(last_service="Manicura", last_staff="Lucía")
    assert known_items(same, last) == (Item("Manicura", ("Lucía",)), Item("Barba", ("Lucía", "Carlos")))
    assert known_items(same, None) == (Item(), Item("Barba", ("Carlos",)))


def test_what_was_offered_is_refused_once() -> None:
    task = booking(offers=(TEN, ELEVEN), rejected=(f"{FRIDAY}T10:00",))
    assert rejected_of(task) == (f"{FRIDAY}T10:00", f"{FRIDAY}T11:00")


MINE, SONS = replace(CUT, who="writer"), replace(CUT, who="hijo")


def hours_of(**whose: str) -> tuple[Item, ...]:
    """What a message says of the hours of persons."""
    return tuple(Item(who=who, times=(at,)) for who, at in whose.items())


@pytest.mark.parametrize(
    ("items", "says", "times"),
    [
        ((MINE, SONS), hours_of(writer="10:00", hijo="11:00"), ["10:00", "11:00"]),
        ((MINE, SONS), hours_of(him="11:00", writer="10:00"), ["10:00", "11:00"]),
        ((CUT, replace(BEARD, who="hijo")), hours_of(el="11:00", writer="10:00"), ["10:00", "11:00"]),
        ((CUT,), hours_of(writer="10:00", ella="11:00"), ["10:00", "11:00"]),
    ],
)
def test_each_person_gets_the_hour_that_is_said_for_them(
    items: tuple[Item, ...], says: tuple[Item, ...], times: list[str]
) -> None:
    after = merged(booked_as(*items, people=2, days=(FRIDAY,)), meaning("give", items=says))
    assert [item.times for item in after.items] == [(at,) for at in times]
    assert not after.doubts


def test_hours_of_which_nobody_knows_whose_they_are_are_read_back() -> None:
    three = booked_as(MINE, SONS, replace(CUT, who="hija"))
    after = merged(three, meaning("give", items=hours_of(ella="10:00", el="11:00")))
    assert (after.items, after.doubts) == (three.items, (Doubt("times", "unread"),))


@pytest.mark.parametrize(
    ("gone", "named", "left"),
    [
        (("Barba",), (), ["Corte de Cabello"]),
        (("any",), (CUT,), ["Corte de Cabello"]),
        (("Manicura",), (), ["Corte de Cabello", "Barba"]),
    ],
)
def test_a_service_that_is_taken_back_leaves_the_task_and_its_offers(
    gone: tuple[str, ...], named: tuple[Item, ...], left: list[str]
) -> None:
    before = booked_as(*BOTH, days=(FRIDAY,), offers=(TEN,))
    after = merged(before, meaning("give", items=named, not_services=gone))
    assert [item.service for item in after.items] == left
    assert bool(after.offers) == (len(left) == len(BOTH))


def test_when_only_the_writer_comes_what_was_for_others_is_left_out() -> None:
    after = merged(booked_as(MINE, SONS, people=2), meaning("give", people=People(1, True)))
    assert ([item.service for item in after.items], after.people) == (["Corte de Cabello"], 1)


def test_the_same_for_somebody_else_is_what_the_customers_own_appointment_is() -> None:
    had = replace(ANA, last_service="Manicura", last_staff="Lucía")
    for_cousin, for_writer = Item("same", ("same",), who="prima"), Item("same", ("same",))
    assert known_items((for_cousin, for_writer), had) == (
        Item("Corte de Cabello", ("Sofía",), who="prima"),
        Item("Manicura", ("Lucía",)),
    )
    assert known_items((for_writer,), ANA) == (Item("Corte de Cabello", ("Sofía",)),)
    assert known_items((for_cousin,), replace(had, appointments=(OWN, OTHER)))[0].service == "Manicura"
