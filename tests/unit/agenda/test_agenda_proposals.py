"""Free times for a whole request: whatever is asked and booked, a proposal can be had, and is what was asked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agenda.booking.appointment import Appointment
from agenda.booking.free_times import cells_of
from agenda.booking.ledger import TakenByDay
from agenda.booking.proposals import (
    APART,
    Bookings,
    FreeTimesRequest,
    Proposal,
    obstacle,
    propose,
    propose_near,
)
from agenda.booking.reasons import NoReason
from agenda.booking.visits import Item
from tests.unit.agenda.businesses import NOW, business
from turn.constraints import is_exact, moment_holds, time_holds
from workspace.fields import HourSpan
from workspace.model import SpecialDay

SALON = business()
EXCEPTIONS = SALON.special_days
CUT, BEARD, NAILS, BRUSHING = "Corte de Cabello", "Barba", "Manicura", "Brushing"
FRIDAY = "2026-03-13"


def item(service: str, *staff: str, person: str = "", without: Sequence[str] = ()) -> Item:
    """A service with whoever does it, or those of them."""
    found = SALON.service(service)
    assert found
    doers = tuple(name for name in SALON.staff_for(service) if name in (staff or SALON.staff_names))
    return Item(service, tuple(name for name in doers if name not in without), person)


def lasts(one: Item) -> int:
    """How long an item takes, in minutes."""
    return SALON.minutes_of(one.service_type)


def asked(*items: Item, days: Sequence[str] = (), times: Sequence[str] = (), limit: int = 3) -> FreeTimesRequest:
    """A request of Wednesday, 11 March 2026, 10:00."""
    return FreeTimesRequest(items, tuple(days), tuple(times), limit, NOW)


def own(day: str, at: str, minutes: int, name: str = "Ana") -> Appointment:
    """An appointment that the customer has."""
    return Appointment(
        "PB-AAAAAA", SALON.id, "c", NAILS, day, at, "", minutes, "Lucía", False, name, "a@test.com", "", "", ""
    )


def all_day(day: str, *names: str) -> TakenByDay:
    """A day on which some have no time."""
    return {day: {name: set(range(96)) for name in names}}


def found(request: FreeTimesRequest, bookings: Bookings | None = None) -> list[list[str]]:
    """Proposals as `day hour staff` of each item."""
    return told(propose(SALON, EXCEPTIONS, bookings or Bookings({}), request))


def near(request: FreeTimesRequest, bookings: Bookings | None = None) -> list[list[str]]:
    """What is nearest, likewise."""
    return told(propose_near(SALON, EXCEPTIONS, bookings or Bookings({}), request))


def told(proposals: Sequence[Proposal]) -> list[list[str]]:
    """Proposals in short."""
    return [
        [f"{each.day:%d} {put.start // 60:02}:{put.start % 60:02} {put.staff_name}" for put in each.placed]
        for each in proposals
    ]


def test_the_nearest_times_are_a_choice_and_not_neighbours() -> None:
    assert found(asked(item(BEARD))) == [["11 10:15 Carlos"], ["11 11:15 Carlos"], ["12 09:00 Carlos"]]


def test_one_day_alone_gives_all_its_choices() -> None:
    request = asked(item(BEARD), days=[FRIDAY], times=[">=17:00"])
    assert found(request) == [["13 17:00 Carlos"], ["13 18:00 Carlos"]]


def test_the_last_time_of_a_day_comes_first_when_it_is_wanted() -> None:
    request = asked(item(BEARD), days=[FRIDAY], times=["latest"])
    assert found(request) == [["13 18:30 Carlos"], ["13 17:30 Carlos"], ["13 16:30 Carlos"]]


def test_services_of_one_person_follow_one_another_with_the_same_staff_where_they_can() -> None:
    request = asked(item(CUT), item(BEARD), days=[FRIDAY], limit=1)
    assert found(request) == [["13 09:00 Carlos", "13 09:45 Carlos"]]
    others = asked(item(BRUSHING), item(CUT), days=[FRIDAY], limit=1)
    assert found(others) == [["13 09:00 María", "13 09:45 María"]], "brushing takes 40 minutes, and whole quarter hours"


def test_services_are_turned_round_where_only_that_fits() -> None:
    booked = Bookings({FRIDAY: {"Carlos": set(range(96)) - {38, 39}, "María": set(range(96)) - {40, 41, 42}}})
    request = asked(item(CUT, "María"), item(BEARD), days=[FRIDAY])
    assert found(request, booked) == [["13 10:00 María", "13 09:30 Carlos"]]


def test_several_people_come_at_once_where_staff_allows() -> None:
    request = asked(*(item(CUT, person=name) for name in ("Ana", "Luis", "Eva")), days=["2026-03-14"], times=["11:00"])
    assert found(request) == [["14 11:00 Carlos", "14 11:00 María", "14 11:00 Sofía"]]


def test_several_people_come_at_once_later_rather_than_one_after_the_other() -> None:
    busy = Bookings({FRIDAY: {"Carlos": set(range(36, 44)), "María": set(range(36, 44))}})
    request = asked(*(item(CUT, person=name) for name in ("Ana", "Luis", "Eva")), days=[FRIDAY], limit=1)
    assert found(request, busy) == [["13 11:00 Sofía", "13 11:00 Carlos", "13 11:00 María"]]


def test_several_people_come_one_after_the_other_where_one_does_it() -> None:
    request = asked(
        *(item(NAILS, person=name) for name in ("Ana", "Luis", "Eva")), days=["2026-03-14"], times=["11:00"]
    )
    assert found(request) == [["14 11:00 Lucía", "14 11:45 Lucía", "14 12:30 Lucía"]]


def test_some_people_come_at_once_and_the_rest_right_after() -> None:
    request = asked(
        *(item(CUT, person=name, without=["Sofía"]) for name in ("Ana", "Luis", "Eva")), days=[FRIDAY], limit=1
    )
    assert found(request) == [["13 09:00 Carlos", "13 09:00 María", "13 09:45 Carlos"]]


def test_nothing_is_proposed_over_the_customers_own_appointments() -> None:
    mine = Bookings({}, (own(FRIDAY, "09:00", 45),))
    assert found(asked(item(CUT), days=[FRIDAY], limit=1), mine) == [["13 09:45 Carlos"]]
    assert found(asked(item(CUT, person="ana"), days=[FRIDAY], limit=1), mine) == [["13 09:45 Carlos"]]
    assert found(asked(item(CUT, person="Luis"), days=[FRIDAY], limit=1), mine) == [["13 09:00 Carlos"]]


@pytest.mark.parametrize(
    ("days", "times", "first"),
    [
        (["2026-03-13..2026-03-14"], ["afternoon"], "13 14:00"),
        (["2026-03-16|2026-03-14"], ["any"], "14 10:00"),
        (["!2026-03-11", "!2026-03-12"], [], "13 09:00"),
        (["weekly:sat"], ["earliest"], "14 10:00"),
        ([">2026-03-12", "<2026-03-14"], ["!09:00"], "13 09:15"),
        (["2026-03-17T10:00"], [], "17 10:00"),
        (["2026-03-17T10:00|2026-03-18T11:00"], [">=10:30"], "18 11:00"),
        (["!2026-03-11T10:15"], [], "11 10:30"),
        (["2026-03-11"], ["<11:00|>=18:00", ">=10:30"], "11 10:30"),
    ],
)
def test_constraints_are_held(days: list[str], times: list[str], first: str) -> None:
    assert found(asked(item(BEARD), days=days, times=times, limit=1)) == [[f"{first} Carlos"]]


def test_an_hour_is_the_visits_and_a_bound_is_every_items() -> None:
    two = (item(CUT), item(BEARD))
    assert found(asked(*two, days=[FRIDAY], times=["10:00"])) == [["13 10:00 Carlos", "13 10:45 Carlos"]]
    assert found(asked(*two, days=[FRIDAY], times=[">=17:00", "<17:30"])) == []


def test_exceptions_are_those_that_are_given() -> None:
    closed = [SpecialDay(date=date(2026, 3, 13))]
    late = [SpecialDay(date=date(2026, 3, 13), hours=(HourSpan(time(20), time(21)),))]
    request = asked(item(BEARD), days=[FRIDAY])
    assert propose(SALON, closed, Bookings({}), request) == []
    assert told(propose(SALON, late, Bookings({}), request)) == [["13 20:00 Carlos"]]


@pytest.mark.parametrize(
    ("request_", "bookings", "why", "instead"),
    [
        (asked(item(BEARD), days=["2026-03-15"]), Bookings({}), "CLOSED", ["14 10:00", "16 09:00", "13 09:00"]),
        (asked(item(BEARD), days=["2026-03-10"]), Bookings({}), "PAST", ["11 10:15", "12 09:00", "13 09:00"]),
        (asked(item(BEARD), days=["2027-04-10"]), Bookings({}), "TOO_FAR", ["11 10:15", "12 09:00", "13 09:00"]),
        (
            asked(item(BEARD), days=["2026-03-14"], times=[">=17:00"]),
            Bookings({}),
            "OUTSIDE_HOURS",
            ["14 15:30", "14 14:30", "13 17:00"],
        ),
        (
            asked(item(BEARD), days=[FRIDAY], times=["13:20"]),
            Bookings({}),
            "OUTSIDE_HOURS",
            ["13 14:00", "13 12:30"],
        ),
        (
            asked(item(BEARD), days=[FRIDAY], times=[">=18:00"]),
            Bookings({FRIDAY: {"Carlos": set(range(70, 96))}}),
            "TAKEN",
            ["13 17:00", "13 16:00", "12 18:00"],
        ),
        (
            asked(item(BEARD), days=[FRIDAY], times=["10:00"]),
            Bookings({}, (own(FRIDAY, "10:00", 30),)),
            "OWN_APPOINTMENT",
            ["13 09:30", "13 10:30", "12 10:00"],
        ),
        (
            asked(item(BEARD), days=["2026-03-13T10:00"]),
            Bookings({FRIDAY: {"Carlos": {40}}}),
            "TAKEN",
            ["13 10:15", "13 09:15", "12 10:00"],
        ),
    ],
)
def test_when_nothing_fits_it_is_said_why_and_what_is_near(
    request_: FreeTimesRequest, bookings: Bookings, why: str, instead: list[str]
) -> None:
    assert found(request_, bookings) == []
    assert obstacle(SALON, EXCEPTIONS, bookings, request_) is NoReason(why)
    times = [each.rpartition(" ")[0] for (each,) in near(request_, bookings)]
    assert times[: len(instead)] == instead


def test_what_is_near_keeps_what_was_excluded() -> None:
    request = asked(item(CUT, without=["Carlos"]), days=["2026-03-15", "!2026-03-14"], times=["!09:00"])
    assert near(request) == [["16 09:15 María"], ["13 09:15 María"], ["17 09:15 María"]]


def test_a_visit_that_cannot_be_is_given_up_soon() -> None:
    everybody = tuple(f"Nadie {number}" for number in range(10))
    ten = tuple(Item(CUT, everybody, f"p{number}") for number in range(10))
    busy = {f"2026-03-{day:02}": {everybody[0]: set(range(96))} for day in range(11, 32)}
    assert (
        propose(SALON, EXCEPTIONS, Bookings(busy), asked(*ten, days=["2026-03-11..2026-03-31"], times=["18:15"])) == []
    )


# --- properties -----------------------------------------------------------------------------------------------------

DAYS = [f"2026-03-{day}" for day in range(11, 17)]
people = st.sampled_from(["", "Ana", "Luis"])
items = st.builds(
    lambda service, without, person: item(service, person=person, without=without),
    st.sampled_from(SALON.service_names),
    st.lists(st.sampled_from(SALON.staff_names), max_size=1),
    people,
)
day_texts = st.sampled_from(
    ["any", "earliest", "2026-03-13", "2026-03-12|2026-03-14", "2026-03-11..2026-03-14", "<2026-03-13", ">=2026-03-14",
     "!2026-03-11", "weekly:fri", "2026-03-13T10:00", "!2026-03-13T10:00"]
)  # fmt: skip
time_texts = st.sampled_from(
    ["any", "latest", "morning", "afternoon", ">=17:00", "<11:00", "!10:15", "10:00..16:00", "10:00|15:00", ">10:30"]
)
taken = st.dictionaries(
    st.sampled_from(DAYS),
    st.dictionaries(
        st.sampled_from(SALON.staff_names), st.sets(st.integers(36, 76), min_size=8, max_size=30), max_size=4
    ),
    max_size=6,
)
owned = st.lists(
    st.builds(own, st.sampled_from(DAYS), st.sampled_from(["10:00", "11:30", "15:00"]), st.sampled_from([30, 45, 120])),
    max_size=2,
)
requests = st.builds(
    lambda some, days, times, limit: asked(*some, days=[*days, "<=2026-03-16"], times=times, limit=limit),
    st.lists(items, min_size=1, max_size=3),
    st.lists(day_texts, max_size=2),
    st.lists(time_texts, max_size=2),
    st.integers(1, 5),
)


@given(requests, taken, owned)
@settings(max_examples=60, deadline=None)
def test_every_proposal_can_be_had_and_is_what_was_asked_for(
    request: FreeTimesRequest, taken: TakenByDay, owned: list[Appointment]
) -> None:
    bookings = Bookings(taken, tuple(owned))
    proposals = propose(SALON, EXCEPTIONS, bookings, request)
    assert proposals == propose(SALON, EXCEPTIONS, bookings, request), "the same question has the same answer"
    assert len(proposals) <= request.limit
    for proposal in proposals:
        check_complete(proposal, request)
        check_free(proposal, bookings)
        check_bounds(proposal, request)
    for one, two in pairwise(proposals):
        far = abs(one.start - two.start) >= APART
        assert (one.day < two.day) or (one.day == two.day and far and (one.start < two.start) != request.backwards)


@given(items, st.lists(day_texts, max_size=2), st.lists(time_texts, max_size=2), taken, owned)
@settings(max_examples=60, deadline=None)
def test_what_is_not_proposed_is_not_to_be_had(
    one: Item, days: list[str], times: list[str], taken: TakenByDay, owned: list[Appointment]
) -> None:
    request = asked(one, days=[*days, "<=2026-03-16"], times=times, limit=10)
    bookings = Bookings(taken, tuple(owned))
    proposals = propose(SALON, EXCEPTIONS, bookings, request)
    for day in (date(2026, 3, number) for number in range(11, 17)):
        mine = [each.start for each in proposals if each.day == day]
        for minute in range(8 * 60, 20 * 60, 15):
            if len(proposals) < 10 and by_hand(day, minute, one, request, bookings):
                assert any(abs(minute - start) < APART for start in mine)


def by_hand(day: date, minute: int, one: Item, request: FreeTimesRequest, bookings: Bookings) -> bool:
    """Whether an item can be had then with anybody, minute by minute."""
    at = datetime.combine(day, time()) + timedelta(minutes=minute)
    if at.replace(tzinfo=SALON.zone) <= NOW:
        return False
    held = all(moment_holds(text, day, f"{at:%H:%M}") for text in request.days)
    held = held and all(time_holds(text, f"{at:%H:%M}") for text in request.times)
    lasting = [at + timedelta(minutes=each) for each in range(lasts(one))]
    spans = SALON.hours_on(day)
    open_ = any(all(span.start <= each.time() < span.end for each in lasting) for span in spans)
    mine = {(each.date, each.start + more) for each in bookings.own for more in range(each.minutes)
            if one.person in ("", each.client_name)}  # fmt: skip
    if not (held and open_) or any((day.isoformat(), minute + more) in mine for more in range(lasts(one))):
        return False
    busy = bookings.taken.get(day.isoformat(), {})
    return any(all((minute + more) // 15 not in busy.get(name, ()) for more in range(lasts(one))) for name in one.staff)


def check_complete(proposal: Proposal, request: FreeTimesRequest) -> None:
    """Every item is there, with somebody who may do it, and each person's follow one another."""
    assert tuple(put.item for put in proposal.placed) == request.items
    assert all(put.staff_name in put.item.staff for put in proposal.placed)
    for person in {each.person for each in request.items}:
        mine = sorted((put for put in proposal.placed if put.item.person == person), key=lambda put: put.start)
        assert all(0 <= two.start - one.end < 15 for one, two in pairwise(mine))
    begins = {put.start for put in proposal.placed}
    ends = {-(-put.end // 15) * 15 for put in proposal.placed}
    assert begins <= {proposal.start, *ends}, "nobody waits"


def check_free(proposal: Proposal, bookings: Bookings) -> None:
    """It is open, nobody has two at once, and nothing of the customer's is at that time."""
    day = proposal.day.isoformat()
    for put in proposal.placed:
        begin = datetime.combine(proposal.day, time()) + timedelta(minutes=put.start)
        end = begin + timedelta(minutes=lasts(put.item))
        assert begin.replace(tzinfo=SALON.zone) > NOW
        assert any(span.start <= begin.time() and end.time() <= span.end for span in SALON.hours_on(proposal.day))
        others = [other for other in proposal.placed if other is not put and other.staff_name == put.staff_name]
        busy = {
            *bookings.taken.get(day, {}).get(put.staff_name, ()),
            *(cell for other in others for cell in cells_of(other.start, lasts(other.item))),
        }
        assert busy.isdisjoint(cells_of(put.start, lasts(put.item)))
        for mine in bookings.own:
            if mine.date == day and put.item.person in ("", mine.client_name):
                assert put.end <= mine.start or mine.start + mine.minutes <= put.start


def check_bounds(proposal: Proposal, request: FreeTimesRequest) -> None:
    """It begins when it may, and so does each item, but for hours that were named."""
    first = f"{proposal.start // 60:02}:{proposal.start % 60:02}"
    assert all(moment_holds(text, proposal.day, first) for text in request.days)
    assert all(time_holds(text, first) for text in request.times)
    for put in proposal.placed:
        at = f"{put.start // 60:02}:{put.start % 60:02}"
        assert all(is_exact(text) or time_holds(text, at) for text in request.times)


def test_more_bookings_change_no_request() -> None:
    request = asked(item(BEARD))
    assert found(replace(request, now=NOW + timedelta(days=1)), Bookings(all_day("2026-03-12", "Carlos")))[0] == [
        "13 09:00 Carlos"
    ]
