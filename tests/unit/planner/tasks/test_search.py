"""Looking for free times: what is asked of the agenda, and what is made of its answers."""

from dataclasses import replace

import pytest

from planner.tasks.search import LIMIT, OF_A_DAY, parts_of, several
from tests.unit.gateway.dialogue.builders import BEARD, CUT, FRIDAY, NAILS, THURSDAY, booking
from tests.unit.planner.builders import SALON
from tests.unit.planner.tasks.build import GIVE, answered, at, found, free, nearest, planned, searches, together
from turn import steps
from turn.constraints import is_day, is_time
from turn.meaning import Item
from turn.tasks import Task


def test_items_at_the_same_days_and_hours_are_looked_for_together() -> None:
    task = booking(items=(CUT, BEARD, replace(NAILS, days=(THURSDAY,))), days=(FRIDAY,), times=("morning",))
    parts = [(part.items, part.days, part.times) for part in parts_of(task)]
    assert parts == [
        ((CUT, BEARD), (FRIDAY,), ("morning",)),
        ((replace(NAILS, days=(THURSDAY,)),), (THURSDAY,), ("morning",)),
    ]
    assert [len(args["items"]) for args in searches(planned(front=task))] == [2, 1]


def test_what_is_wanted_is_asked_for_and_nothing_else() -> None:
    items = (
        Item("Corte de Cabello", ("Sofía", "any", "Nobody"), ("Carlos", "Nobody"), "hija"),
        Item("Barba", ("any",), (), "writer"),
    )
    (args,) = searches(planned(front=booking(items=items, days=(f"!{FRIDAY}",), times=(">=17:00",))))
    assert args["items"] == [
        {"service_type": "Corte de Cabello", "staff_name": ["Sofía"], "not_staff": ["Carlos"], "person": "hija"},
        {"service_type": "Barba"},
    ]
    assert (args["days"], args["times"]) == ([f"!{FRIDAY}"], [">=17:00"])


def test_who_books_for_somebody_else_is_not_kept_from_ones_own_hours() -> None:
    (args,) = searches(planned(front=booking(), name="Leo Paz"))
    assert args["items"][0]["person"] == "Leo Paz"
    for name in ("ana  ruíz", ""):
        (args,) = searches(planned(front=booking(), name=name))
        assert "person" not in args["items"][0]


@pytest.mark.parametrize(
    ("days", "times", "limit"),
    [((FRIDAY,), (), OF_A_DAY), ((FRIDAY,), ("latest",), LIMIT), ((FRIDAY,), ("10:00",), LIMIT), ((), (), LIMIT)],
)
def test_a_whole_day_is_looked_at_to_spread_the_offers(
    days: tuple[str, ...], times: tuple[str, ...], limit: int
) -> None:
    assert searches(planned(front=booking(days=days, times=times)))[0]["limit"] == limit


def test_many_hours_of_a_day_are_spread_over_it() -> None:
    day = at(*((FRIDAY, f"{hour:02}:00") for hour in range(9, 19)))
    times = [each.time for each in found(booking(days=(FRIDAY,)), *day).offers]
    assert times == ["09:00", "12:00", "15:00"]


def test_times_next_to_a_refused_one_are_not_offered_while_there_are_others() -> None:
    task = booking(days=(FRIDAY,), rejected=(f"{FRIDAY}T10:00",))
    near, far = at((FRIDAY, "10:15"), (FRIDAY, "10:30")), at((FRIDAY, "12:15"), (FRIDAY, "16:15"))
    assert [each.time for each in found(task, *near, *far).offers] == ["12:15", "16:15"]
    assert [each.time for each in found(task, *near).offers] == ["10:15", "10:30"]
    later = replace(task, times=(">10:00",))
    assert [each.time for each in found(later, *near, *far).offers] == ["10:15", "10:30", "12:15", "16:15"]


def test_of_several_parts_the_open_one_is_varied() -> None:
    task = booking(items=(CUT, replace(BEARD, times=("morning",))), days=(FRIDAY,), times=("15:00",))
    looks = planned(front=task)
    cut, beards = at((FRIDAY, "15:00")), at((FRIDAY, "09:00"), (FRIDAY, "10:00"), service="Barba")
    made = planned(free(looks, *cut), free(looks, *beards, number=1), front=task)
    assert made.next_step == steps.OFFER
    assert made.offers == tuple(together(cut[0], beard) for beard in beards)


def test_of_several_parts_the_one_that_is_not_free_is_varied() -> None:
    task = booking(items=(CUT, replace(BEARD, times=("17:00",))), days=(FRIDAY,), times=("15:00",))
    looks = planned(front=task)
    cuts, beards = at((FRIDAY, "12:00"), (FRIDAY, "13:00")), at((FRIDAY, "17:00"), service="Barba")
    made = planned(nearest(looks, *cuts), free(looks, *beards, number=1), front=task)
    assert (made.next_step, made.actions) == (steps.OFFER, ())
    assert made.offers == tuple(together(cut, beards[0]) for cut in cuts)


def test_a_part_with_nothing_at_all_leaves_no_visit() -> None:
    task = booking(items=(CUT, replace(BEARD, times=("17:00",))), days=(FRIDAY,), times=("15:00",))
    looks = planned(front=task)
    made = planned(free(looks, *at((FRIDAY, "15:00"))), nearest(looks, number=1), front=task)
    assert (made.next_step, made.offers) == (steps.WHEN, ())


def test_refused_moments_are_left_out_as_far_as_the_tool_takes_them() -> None:
    refused = tuple(f"2026-03-{day}T10:00" for day in range(12, 22))
    (args,) = searches(planned(front=booking(days=(FRIDAY,), rejected=refused), said=replace(GIVE, days=(FRIDAY,))))
    assert args["days"] == [FRIDAY, *(f"!{moment}" for moment in refused[-6:])]
    assert len(args["days"]) <= 8
    assert all(map(is_day, args["days"]))
    assert all(map(is_time, args.get("times", ())))


def test_what_cannot_be_booked_as_it_is_is_not_offered() -> None:
    looks = planned(front=booking(days=(FRIDAY,)))
    whole = {"service_type": "Corte de Cabello", "date": FRIDAY, "time": "10:00"}
    rows = [
        {"items": [whole | {"time": ""}]},
        {"items": [whole, {"date": FRIDAY}]},
        {"items": []},
        {},
        {"items": [whole]},
    ]
    made = planned(answered(looks.actions[0], {"ok": True, "proposals": rows}), front=booking(days=(FRIDAY,)))
    assert [(each.day, each.time) for each in made.offers] == [(FRIDAY, "10:00")]


@pytest.mark.parametrize(
    ("task", "who"),
    [
        (booking(people=3), ["writer", "2", "3"]),
        (booking(people=2, writer=False), ["1", "2"]),
        (booking(items=(replace(CUT, who="hija"), CUT)), ["hija", ""]),
        (booking(items=(CUT, BEARD)), ["", ""]),
        (booking(people=1), [""]),
    ],
)
def test_every_person_has_an_item_of_their_own(task: Task, who: list[str]) -> None:
    assert [item.who for item in several(task, SALON).items] == who


def test_offers_of_several_days_come_in_the_order_of_time() -> None:
    offers = at((FRIDAY, "10:00"), (THURSDAY, "12:00"), (THURSDAY, "10:00"))
    moments = [(each.day, each.time) for each in found(booking(), *offers).offers]
    assert moments == [(THURSDAY, "10:00"), (THURSDAY, "12:00"), (FRIDAY, "10:00")]
