"""Bookings: what is asked, what is offered, what is written."""

from dataclasses import replace
from typing import Any

import pytest

from planner.turn import Plan
from tests.unit.gateway.dialogue.builders import BEARD, CUT, FRIDAY, NOBODY, OWN, THURSDAY, booking, meaning
from tests.unit.planner.builders import with_tool
from tests.unit.planner.tasks.build import answered, at, but, found, free, nearest, planned, searches, together
from turn import steps
from turn.meaning import Doubt, Item
from turn.model import Action
from turn.tasks import BOOK, Placed, Proposal, Task
from turn.tools import BOOK as BOOK_ONE
from turn.tools import BOOK_ALL

(TEN,) = at((FRIDAY, "10:00"))
AT_TEN: dict[str, Any] = {"days": (FRIDAY,), "times": ("10:00",)}
EXACT = booking(**AT_TEN)
NO_EMAIL = with_tool(BOOK_ONE, required_slots=("service_type", "preferred_date", "preferred_time", "client_name"))


def books(plan: Plan) -> dict[str, Any]:
    """The arguments of a plan's only booking."""
    assert [action.tool for action in plan.actions] == [BOOK_ALL]
    assert (plan.needs_confirmation, plan.next_step) == (False, "")
    return dict(plan.actions[0].args)


def test_a_booking_without_a_service_asks_for_it() -> None:
    assert planned(front=Task(BOOK, days=(FRIDAY,))) == Plan(next_step=steps.SERVICE)


def test_who_was_wanted_and_does_not_do_it_is_asked_about() -> None:
    assert planned(front=booking(items=(Item("Manicura", ("Carlos",)),))) == Plan(next_step=steps.STAFF)
    either = booking(items=(Item("Manicura", ("Carlos", "Lucía")),))
    assert planned(front=either).actions


def test_a_named_time_that_is_free_is_written_at_once() -> None:
    item = {"service_type": "Corte de Cabello", "date": FRIDAY, "time": "10:00"}
    assert books(found(EXACT, TEN)) == {"items": [item], "client_name": "Ana Ruiz"}


def test_staff_is_written_only_where_it_was_wanted() -> None:
    with_sofia = found(replace(EXACT, items=(Item("Corte de Cabello", ("Sofía",)),)), TEN)
    without_carlos = found(replace(EXACT, items=(Item("Corte de Cabello", (), ("Carlos",)),)), TEN)
    anybody = found(replace(EXACT, items=(Item("Corte de Cabello", ("any",)),)), TEN)
    named = [books(plan)["items"][0].get("staff_name") for plan in (with_sofia, without_carlos, anybody)]
    assert named == ["Sofía", "Sofía", None]


def test_what_was_said_in_the_conversation_wins_over_what_the_agenda_knows() -> None:
    args = books(found(EXACT, TEN, name="Ana Paz", email="ana@test.com", phone="+54911"))
    assert (args["client_name"], args["client_email"], args["client_phone"]) == ("Ana Paz", "ana@test.com", "+54911")


def test_a_taken_time_leads_to_the_nearest() -> None:
    looks = planned(front=EXACT)
    offers = at((THURSDAY, "10:00"), (FRIDAY, "11:00"))
    assert planned(nearest(looks, *offers), front=EXACT) == Plan(next_step=steps.OFFER, offers=offers)
    assert planned(nearest(looks), front=EXACT) == Plan(next_step=steps.WHEN)


def test_an_open_day_asks_when_with_offers() -> None:
    offers = at((THURSDAY, "10:00"), (FRIDAY, "10:00"))
    assert found(booking(), *offers) == Plan(next_step=steps.WHEN, offers=offers)


def test_a_day_without_an_hour_offers_and_writes_nothing() -> None:
    offers = at((FRIDAY, "10:00"))
    assert found(booking(days=(FRIDAY,)), *offers) == Plan(next_step=steps.OFFER, offers=offers)
    assert found(booking(days=("earliest",)), *offers).next_step == steps.OFFER


def test_offers_stay_while_the_customer_says_nothing_of_them() -> None:
    task = booking(days=(FRIDAY,), asked=steps.OFFER, offers=(TEN,))
    question = meaning("ask", subjects=("parking",))
    assert planned(front=task, said=question) == Plan(next_step=steps.OFFER, offers=(TEN,))
    assert planned(front=task, said=meaning("give", times=("12:00",))).actions


def test_a_chosen_offer_is_written_without_another_look() -> None:
    assert books(planned(front=booking(chosen=TEN)))["items"][0]["time"] == "10:00"


@pytest.mark.parametrize(
    ("customer", "more", "business", "asked"),
    [
        (NOBODY, {}, {}, steps.NAME),
        (NOBODY, {"name": "Ana"}, {}, steps.EMAIL),
        (None, {"name": "Ana"}, {}, steps.EMAIL),
        (but(NOBODY, name="Ana"), {}, {}, steps.EMAIL),
        (NOBODY, {"name": "Ana"}, {"business": NO_EMAIL}, ""),
        (NOBODY, {"name": "Ana", "email": "ana@test.com"}, {}, ""),
        (but(NOBODY, masked_email="a***a@test.com"), {"name": "Ana"}, {}, ""),
        (NOBODY, {}, {"business": NO_EMAIL}, steps.NAME),
    ],
)
def test_only_what_the_manifest_needs_and_nobody_knows_is_asked(
    customer: Any, more: dict[str, Any], business: dict[str, Any], asked: str
) -> None:
    made = found(EXACT, TEN, customer=customer, **more, **business)
    assert made.next_step == asked
    assert made.offers == ((TEN,) if asked else ())
    assert bool(made.actions) is not bool(asked)


def test_a_refused_address_is_said_to_be_needed_only_where_it_is() -> None:
    refused = replace(EXACT, refused=("client_email",))
    assert found(refused, TEN, customer=NOBODY, name="Ana").next_step == steps.EMAIL_NEEDED
    assert books(found(refused, TEN, customer=NOBODY, name="Ana", business=NO_EMAIL))


def test_a_time_that_was_only_asked_about_is_never_written_before_a_yes() -> None:
    made = found(replace(EXACT, inquires=True), TEN)
    assert made == Plan(next_step=steps.TAKE, offers=(TEN,))
    assert planned(front=booking(chosen=TEN, inquires=True)) == made


def test_a_doubt_blocks_the_write() -> None:
    doubted = replace(EXACT, doubts=(Doubt("times", "unread"),))
    assert found(doubted, TEN) == Plan(next_step=steps.DOUBT, offers=(TEN,))
    assert planned(front=booking(chosen=TEN, doubts=doubted.doubts)).next_step == steps.DOUBT


@pytest.mark.parametrize(
    "doubt",
    [
        Doubt("days", "conflict", 0, 0, (THURSDAY, FRIDAY)),
        Doubt("days", "no_such_day"),
        Doubt("data", "doubted", 0, 0, ("ana@test.com",)),
    ],
)
def test_a_choice_or_a_doubted_datum_is_read_back_before_any_look(doubt: Doubt) -> None:
    for task in (booking(doubts=(doubt,)), Task(BOOK, doubts=(doubt,))):
        assert planned(front=task) == Plan(next_step=steps.DOUBT)


def test_what_the_customer_has_already_is_asked_of_the_agenda_and_not_looked_for() -> None:
    same = booking(days=(OWN.day,), times=(OWN.time,))
    assert books(planned(front=same))["items"][0]["time"] == OWN.time
    assert searches(planned(front=replace(same, people=2)))
    assert searches(planned(front=same, name="Leo Paz"))
    assert searches(planned(front=replace(same, items=(Item("Corte de Cabello", ("Carlos",)),))))


def test_one_of_two_named_days_that_is_free_at_the_named_hour_is_written() -> None:
    either = booking(days=(f"{THURSDAY}|{FRIDAY}",), times=("10:00",))
    assert books(found(either, TEN))
    both = at((THURSDAY, "10:00"), (FRIDAY, "10:00"))
    assert found(either, *both) == Plan(next_step=steps.OFFER, offers=both)


def test_an_hour_for_days_that_will_all_do_is_asked_back() -> None:
    both = at((THURSDAY, "10:00"), (FRIDAY, "10:00"))
    task = booking(days=("earliest",), times=("10:00",), asked=steps.OFFER)
    assert found(task, *both, said=meaning("give", times=("10:00",))) == Plan(next_step=steps.TAKE, offers=both[:1])


def test_a_refused_moment_is_replaced_by_offers_and_never_by_a_write() -> None:
    task = replace(EXACT, rejected=(f"{FRIDAY}T10:00",))
    (looks,) = searches(planned(front=task))
    assert (looks["days"], "times" in looks) == ([FRIDAY, f"!{FRIDAY}T10:00"], False)
    others = at((FRIDAY, "11:00"))
    assert found(task, *others) == Plan(next_step=steps.OFFER, offers=others)


@pytest.mark.parametrize("reason", ["TAKEN", "OWN_APPOINTMENT", "PAST", "OUTSIDE_HOURS", "CLOSED", "TOO_FAR"])
def test_after_a_no_about_the_time_others_of_the_day_are_offered(reason: str) -> None:
    write = answered(Action(BOOK_ALL, {}), {"ok": False, "reason": reason})
    looks = planned(write, front=EXACT)
    assert (searches(looks)[0]["days"], looks.next_step) == ([FRIDAY], steps.OFFER)
    others = at((FRIDAY, "11:00"))
    assert planned(write, free(looks, *others), front=EXACT) == Plan(next_step=steps.OFFER, offers=others)
    assert planned(write, nearest(looks), front=EXACT).next_step == steps.WHEN


def test_after_a_no_about_the_address_it_is_asked_for_and_after_any_other_nothing() -> None:
    no_address = answered(Action(BOOK_ALL, {}), {"ok": False, "reason": "EMAIL_REQUIRED"})
    assert planned(no_address, front=EXACT).next_step == steps.EMAIL
    assert planned(no_address, front=replace(EXACT, refused=("client_email",))).next_step == steps.EMAIL_NEEDED
    for output in ({"ok": False, "reason": "TOO_MANY_OPEN"}, {"ok": True, "appointments": []}):
        assert planned(answered(Action(BOOK_ALL, {}), output), front=EXACT) == Plan()


def test_each_row_of_a_group_carries_the_name_that_was_said() -> None:
    task = replace(EXACT, items=(replace(BEARD, who="Leo"), replace(CUT, who="writer"), replace(CUT, who="hija")))
    visit = Proposal(
        (
            Placed("Barba", FRIDAY, "10:00", person="Leo"),
            Placed("Corte de Cabello", FRIDAY, "10:00"),
            Placed("Corte de Cabello", FRIDAY, "10:00", person="hija"),
        )
    )
    rows = books(found(task, visit))["items"]
    assert [each.get("client_name") for each in rows] == ["Leo", None, None]
    assert [each.get("person") for each in rows] == [None, None, "hija"]


def test_services_at_hours_of_their_own_are_one_visit() -> None:
    task = replace(EXACT, items=(CUT, replace(BEARD, times=("12:00",))))
    looks = planned(front=task)
    assert [args["times"] for args in searches(looks)] == [["10:00"], ["12:00"]]
    (noon,) = at((FRIDAY, "12:00"), service="Barba")
    made = planned(free(looks, TEN), free(looks, noon, number=1), front=task)
    assert [row["time"] for row in books(made)["items"]] == ["10:00", "12:00"]
    assert planned(front=replace(task, chosen=together(TEN, noon))).actions == made.actions


def test_another_service_for_the_only_offer_is_looked_for_and_not_the_old_one_offered_again() -> None:
    front = booking(items=(Item("Barba"),), asked=steps.TAKE, offers=(TEN,), inquires=True, **AT_TEN)
    looks = planned(front=front, said=meaning("give", items=(Item("Barba"),)))
    assert [item["service_type"] for item in searches(looks)[0]["items"]] == ["Barba"]


def test_a_yes_that_is_missing_is_asked_for_together_with_the_data() -> None:
    chosen = booking(chosen=TEN, inquires=True, **AT_TEN)
    assert planned(front=chosen, customer=NOBODY) == Plan(next_step=steps.TAKE, offers=(TEN,))
    named = found(booking(inquires=True, **AT_TEN), TEN, customer=NOBODY)
    assert named == Plan(next_step=steps.NAME, offers=(TEN,)), "the question names the time that the customer named"


def test_the_earliest_of_a_day_is_offered_alone() -> None:
    front = booking(days=(FRIDAY,), times=("earliest",))
    assert found(front, *at((FRIDAY, "09:00"), (FRIDAY, "10:00"))) == Plan(
        next_step=steps.TAKE, offers=at((FRIDAY, "09:00"))
    )
