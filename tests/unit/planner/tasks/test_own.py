"""Changing, cancelling and restoring the customer's own appointments."""

from dataclasses import replace
from typing import Any

import pytest

from planner.turn import Plan
from tests.unit.gateway.dialogue.builders import (
    ANA,
    ANA_OF_TWO,
    FRIDAY,
    NOBODY,
    OTHER,
    OWN,
    THURSDAY,
    cancelling,
    changing,
    meaning,
    restoring,
)
from tests.unit.planner.builders import without_tools
from tests.unit.planner.tasks.build import answered, at, but, found, free, nearest, planned, searches
from turn import steps
from turn.meaning import Doubt, Item, KnownAppointment
from turn.model import Action, Decision, Observation
from turn.tasks import CANCEL, CHANGE, RESTORE, Placed, Proposal, Task
from turn.tools import CANCEL_ALL, CHANGE_ALL, HOURS
from turn.tools import CHANGE as CHANGE_TOOL
from turn.tools import RESTORE as RESTORE_TOOL
from turn.vocabulary import Intent, Outcome, Status, Subject

MOVE = changing(days=(FRIDAY,), times=("16:00",))


def changes(plan: Plan) -> list[dict[str, Any]]:
    """The arguments of a plan's changes."""
    assert all(action.tool == CHANGE_TOOL for action in plan.actions)
    return [dict(action.args) for action in plan.actions]


@pytest.mark.parametrize(
    ("wanted", "change"),
    [
        ({"days": (FRIDAY,), "times": ("16:00",)}, {"preferred_date": FRIDAY, "preferred_time": "16:00"}),
        ({"times": ("16:00",)}, {"preferred_time": "16:00"}),
        ({"days": (f"{FRIDAY}T16:00",)}, {"preferred_date": FRIDAY, "preferred_time": "16:00"}),
        ({"items": (Item("Barba"),)}, {"service_type": "Barba"}),
        ({"items": (Item("", ("Carlos",)),)}, {"staff_name": "Carlos"}),
        ({"items": (Item("Corte de Cabello", ("Sofía", "any")),), "name": "Pedro"}, {"client_name": "Pedro"}),
        ({"email": "ana@test.com"}, {"client_email": "ana@test.com"}),
        ({"chosen": at((FRIDAY, "11:00"))[0]}, {"preferred_date": FRIDAY, "preferred_time": "11:00"}),
    ],
)
def test_a_change_that_was_said_whole_is_done_at_once(wanted: dict[str, Any], change: dict[str, str]) -> None:
    made = planned(front=changing(**wanted))
    assert changes(made) == [{"booking_id": OWN.id, **change}]
    assert (made.needs_confirmation, made.next_step) == (False, "")


def test_the_only_appointment_is_meant_and_of_several_it_is_asked() -> None:
    assert changes(planned(front=replace(MOVE, targets=())))[0]["booking_id"] == OWN.id
    for customer in (ANA_OF_TWO, NOBODY, None):
        assert planned(front=replace(MOVE, targets=()), customer=customer) == Plan(next_step=steps.WHICH)


def test_what_is_to_become_of_it_is_asked() -> None:
    assert planned(front=changing()) == Plan(next_step=steps.CHANGE_WHAT)


@pytest.mark.parametrize(
    "wanted",
    [
        {"days": ("earliest",)},
        {"days": (f"{THURSDAY}|{FRIDAY}",)},
        {"times": ("morning",)},
        {"times": ("latest",)},
    ],
)
def test_an_open_change_is_looked_for_and_offered(wanted: dict[str, Any]) -> None:
    task = changing(**wanted)
    (args,) = searches(planned(front=task))
    assert args["items"] == [{"service_type": OWN.service, "staff_name": ["Sofía"]}]
    assert args["days"] == list(wanted.get("days", (OWN.day,)))
    offers = at((FRIDAY, "11:00"), (FRIDAY, "12:00"))
    assert found(task, *offers) == Plan(next_step=steps.OFFER, offers=offers)
    assert found(task).next_step == steps.CHANGE_WHAT


def test_a_move_that_was_only_asked_about_waits_for_a_yes() -> None:
    task = replace(MOVE, inquires=True)
    (args,) = searches(planned(front=task))
    assert (args["days"], args["times"]) == ([FRIDAY], ["16:00"])
    offers = at((FRIDAY, "16:00"))
    assert found(task, *offers) == Plan(next_step=steps.TAKE, offers=offers)
    looks = planned(front=task)
    near = at((FRIDAY, "17:00"))
    assert planned(nearest(looks, *near), front=task) == Plan(next_step=steps.OFFER, offers=near)


def test_a_day_that_was_only_asked_about_keeps_the_hour() -> None:
    (args,) = searches(planned(front=changing(days=(FRIDAY,), inquires=True)))
    assert (args["days"], args["times"]) == ([FRIDAY], [OWN.time])


def test_a_refused_move_is_not_asked_about_again() -> None:
    task = replace(MOVE, inquires=True, rejected=(f"{FRIDAY}T16:00",))
    (args,) = searches(planned(front=task))
    assert (args["days"], "times" in args) == ([FRIDAY, f"!{FRIDAY}T16:00"], False)


def test_an_appointment_that_nobody_knows_has_no_day_to_look_on() -> None:
    task = Task(CHANGE, (Item("Barba"),), times=("16:00",), targets=("PB-ZZZZZZ",), inquires=True)
    (args,) = searches(planned(front=task))
    assert "days" not in args


def test_somebody_else_than_who_was_excluded_at_the_same_time() -> None:
    task = changing(items=(Item("", (), ("Sofía",)),))
    (args,) = searches(planned(front=task))
    assert args == {
        "items": [{"service_type": OWN.service, "not_staff": ["Sofía"], "person": "1"}],
        "days": [OWN.day],
        "times": [OWN.time],
        "limit": 4,
    }
    (same_time,) = at((OWN.day, OWN.time))
    other = replace(same_time, items=(replace(same_time.items[0], staff="María"),))
    assert changes(found(task, other)) == [{"booking_id": OWN.id, "staff_name": "María"}]
    looks = planned(front=task)
    assert planned(nearest(looks, *at((FRIDAY, "16:00"))), front=task).next_step == steps.OFFER


def test_a_doubt_blocks_the_change_unless_it_was_about_which_and_that_is_known() -> None:
    unsure = Doubt("times", "unread")
    which = Doubt("refers_to", "conflict", 0, 0, (f"appointment:{OWN.id}", f"appointment:{OTHER.id}"))
    assert planned(front=replace(MOVE, doubts=(unsure,))) == Plan(next_step=steps.DOUBT)
    assert changes(planned(front=replace(MOVE, doubts=(which,))))
    both = replace(MOVE, targets=(OWN.id, OTHER.id), doubts=(unsure,))
    assert not planned(front=both, customer=ANA_OF_TWO).actions


def test_after_a_no_about_the_time_those_nearest_to_it_are_offered() -> None:
    write = answered(Action(CHANGE_TOOL, {"booking_id": OWN.id}), {"ok": False, "reason": "TAKEN"})
    looks = planned(write, front=MOVE)
    wanted = searches(looks)[0]
    assert (wanted["days"], wanted["times"], looks.next_step) == ([FRIDAY], list(MOVE.times), "offer")
    offers = at((FRIDAY, "17:00"))
    assert planned(write, free(looks, *offers), front=MOVE) == Plan(next_step=steps.OFFER, offers=offers)


def test_after_any_other_no_and_after_a_yes_nothing_is_left_to_do() -> None:
    for output in ({"ok": False, "reason": "NOT_FOUND"}, {"ok": True, "booking_id": OWN.id}):
        assert planned(answered(Action(CHANGE_TOOL, {}), output), front=MOVE) == Plan()
    staff = answered(Action(CHANGE_TOOL, {}), {"ok": False, "reason": "STAFF_DOES_NOT_DO"})
    assert planned(staff, front=MOVE).next_step == steps.STAFF


FIRST, SECOND, THIRD = (
    KnownAppointment(f"PB-{number}AAAAA", "Barba", THURSDAY, f"{hour}:00")
    for number, hour in ((1, 10), (2, 11), (3, 12))
)
VISIT = but(ANA, appointments=(FIRST, SECOND, THIRD))
ALL = (FIRST.id, SECOND.id, THIRD.id)


@pytest.mark.parametrize(("hour", "hours"), [("11:00", [11, 12, 13]), ("09:00", [9, 10, 11]), ("12:00", [12, 13, 14])])
@pytest.mark.parametrize("targets", [ALL, ALL[::-1]])
def test_a_visit_moves_whole(hour: str, hours: list[int], targets: tuple[str, ...]) -> None:
    (move,) = planned(front=Task(CHANGE, times=(hour,), targets=targets), customer=VISIT).actions
    assert move.tool == CHANGE_ALL
    goal = {one["booking_id"]: one["preferred_time"] for one in move.args["changes"]}
    assert goal == {one.id: f"{at_hour:02}:00" for one, at_hour in zip((FIRST, SECOND, THIRD), hours, strict=True)}


@pytest.mark.parametrize("hour", ["11:00", "09:00", "12:00"])
def test_without_a_tool_for_all_no_part_of_a_visit_meets_the_next(hour: str) -> None:
    now = {one.id: one.time for one in (FIRST, SECOND, THIRD)}
    for one in changes(
        planned(front=Task(CHANGE, times=(hour,), targets=ALL), customer=VISIT, business=without_tools(CHANGE_ALL))
    ):
        assert one["preferred_time"] not in {time for id_, time in now.items() if id_ != one["booking_id"]}
        now[one["booking_id"]] = one["preferred_time"]


def test_a_visit_moves_to_another_day_at_its_hours() -> None:
    front = Task(CHANGE, days=(FRIDAY,), targets=ALL)
    (move,) = planned(front=front, customer=VISIT).actions
    moved = [(one["preferred_date"], one["preferred_time"]) for one in move.args["changes"]]
    assert moved == [(FRIDAY, "10:00"), (FRIDAY, "11:00"), (FRIDAY, "12:00")]
    assert planned(answered(move, {"ok": True}), front=front, customer=VISIT) == Plan()


def test_where_one_of_a_visit_does_not_fit_other_times_for_all_are_offered_and_the_taken_one_moves_all() -> None:
    front = Task(CHANGE, days=(FRIDAY,), targets=ALL)
    (move,) = planned(front=front, customer=VISIT).actions
    refused = answered(move, {"ok": False, "reason": "TAKEN", "item": 1, "booking_id": SECOND.id})
    looks = planned(refused, front=front, customer=VISIT)
    (search,) = searches(looks)
    assert ([item["service_type"] for item in search["items"]], search["days"]) == (["Barba"] * 3, [FRIDAY])
    visit = Proposal(tuple(Placed("Barba", FRIDAY, f"{hour}:00") for hour in (15, 16, 17)))
    offered = planned(refused, free(looks, visit), front=front, customer=VISIT)
    assert offered == Plan(next_step=steps.OFFER, offers=(visit,))
    (taken,) = planned(front=replace(front, chosen=visit), customer=VISIT).actions
    assert [one["preferred_time"] for one in taken.args["changes"]] == ["15:00", "16:00", "17:00"]


@pytest.mark.parametrize(
    "task",
    [
        Task(CHANGE, days=("earliest",), targets=ALL),
        Task(CHANGE, days=(FRIDAY,), targets=ALL, inquires=True),
        Task(CHANGE, days=(FRIDAY,), targets=(*ALL, OWN.id)),
        Task(CHANGE, times=("23:00",), targets=ALL),
    ],
)
def test_a_visit_that_cannot_move_whole_is_asked_about(task: Task) -> None:
    assert planned(front=task, customer=VISIT) == Plan(next_step=steps.WHICH)


@pytest.mark.parametrize("targets", [(OWN.id,), (), (OWN.id, OTHER.id)])
def test_a_cancellation_always_asks(targets: tuple[str, ...]) -> None:
    customer = ANA_OF_TWO if len(targets) > 1 else ANA
    action = Action(CANCEL_ALL, {"booking_ids": list(targets or (OWN.id,))}, "cancels")
    task = Task(CANCEL, targets=targets)
    assert planned(front=task, customer=customer) == Plan((action,), needs_confirmation=True, next_step=steps.CONFIRM)
    assert planned(front=task, customer=customer, confirmed=True) == Plan((action,))
    done = answered(action, {"ok": True, "appointments": []})
    assert planned(done, front=task, customer=customer, confirmed=True) == Plan()


def test_of_several_appointments_none_is_cancelled_unasked() -> None:
    assert planned(front=Task(CANCEL), customer=ANA_OF_TWO, confirmed=True) == Plan(next_step=steps.WHICH)


def test_a_cancellation_is_taken_back_at_once_and_once() -> None:
    action = Action(RESTORE_TOOL, {"booking_id": OWN.id}, "takes a cancellation back")
    assert planned(front=restoring()) == Plan((action,))
    assert planned(answered(action, {"ok": False, "reason": "TAKEN"}), front=restoring()) == Plan()
    assert planned(front=Task(RESTORE)) == Plan()


def test_what_the_business_has_no_tool_for_it_cannot() -> None:
    assert planned(front=MOVE, business=without_tools(CHANGE_TOOL)) == Plan(next_step=steps.CANNOT)
    assert planned(front=restoring(), business=without_tools(RESTORE_TOOL)) == Plan(next_step=steps.CANNOT)


def test_a_question_is_answered_beside_the_task() -> None:
    said = meaning("ask", subjects=(Subject.HOURS.value,))
    made = planned(front=cancelling(), said=said, intent=Intent.INFO_HOURS)
    assert [action.tool for action in made.actions] == [CANCEL_ALL, HOURS]
    assert (made.needs_confirmation, made.next_step) == (True, steps.CONFIRM)


@pytest.mark.parametrize("act", ["bye", "defer", "late", "arrived", "person", "complain", "stop"])
def test_some_messages_leave_the_open_task_alone(act: str) -> None:
    assert planned(front=MOVE, said=meaning(act), intent=Intent.OTHER) == Plan()
    assert planned(front=MOVE, said=meaning(act, "change"), intent=Intent.OTHER).actions


@pytest.mark.parametrize("status", [Status.FAILED, Status.UNKNOWN])
def test_a_turn_ends_where_a_tool_does_not_answer(status: Status) -> None:
    assert planned(Observation(CHANGE_TOOL, status), front=MOVE) == Plan()


def test_a_refusal_of_the_policy_says_what_it_needs() -> None:
    refused = Observation(
        CHANGE_TOOL, Status.REFUSED, decision=Decision(Outcome.ASK_CLARIFICATION, "NEEDS_SLOTS", ("client_name",))
    )
    assert planned(refused, front=MOVE) == Plan(missing_slots=("client_name",))
