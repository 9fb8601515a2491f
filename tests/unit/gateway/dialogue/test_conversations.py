"""Whole conversations: what is written when, and what is asked first."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.turn_types import Extraction
from tests.unit.gateway.dialogue.agenda import Agenda
from tests.unit.gateway.dialogue.builders import BEARD, CUT, FRIDAY, OTHER, OWN, THURSDAY, email, meaning, name
from tests.unit.gateway.dialogue.mesh import Conversation, Stages
from turn import steps
from turn.meaning import People
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, CUSTOMER, FREE_TIMES, RESTORE
from turn.vocabulary import Intent, Status, Topic


def talking(*own: Any, **more: Any) -> Conversation:
    """A conversation with a customer who has these appointments."""
    rows = {row.id: row for row in own}
    return Conversation(Stages(Agenda(rows, email="ana@test.com" if own else "", **more)))


def read(*acts: str, intent: Intent = Intent.OTHER, **more: Any) -> Extraction:
    """A message as it was read."""
    return Extraction(intent, meaning=meaning(*acts, **more))


def ran(conversation: Conversation) -> list[str]:
    """The tools of the last turn, in order."""
    return [action.tool for action, _ in conversation.stages.ran]


async def test_a_whole_request_is_booked_at_once() -> None:
    talk = talking()
    data = (*name("Ana"), *email("ana@test.com"))
    facts = await talk.say(read("book", items=(CUT,), days=(FRIDAY,), times=("10:00",), data=data))
    assert ran(talk) == [CUSTOMER, FREE_TIMES, BOOK_ALL]
    assert facts.plan.next_step == steps.NOTHING
    (row,) = talk.stages.agenda.own
    assert (row.service, row.day, row.time, row.name) == ("Corte de Cabello", FRIDAY, "10:00", "Ana")
    assert talk.state.dialogue.customer
    assert talk.state.dialogue.customer.appointments == (row,)


async def test_what_is_missing_is_asked_one_by_one_and_the_hour_is_kept() -> None:
    talk = talking()
    asked = [(await talk.say(read("book", items=(CUT,)))).plan.next_step]
    asked.append((await talk.say(read("give", days=(FRIDAY,), times=("11:00",)))).plan.next_step)
    asked.append((await talk.say(read("give", data=name("Ana")))).plan.next_step)
    assert asked == [steps.WHEN, steps.NAME, steps.EMAIL]
    assert not talk.stages.agenda.own
    await talk.say(read("give", data=email("ana@test.com")))
    assert [(row.day, row.time) for row in talk.stages.agenda.own] == [(FRIDAY, "11:00")]


async def test_for_whom_it_is_is_told_to_the_agenda() -> None:
    talk = talking(OWN)
    await talk.say(read("book", items=(replace(BEARD, who="hija"),), days=(FRIDAY,), times=("11:00",)))
    (row,) = talk.stages.ran[-1][0].args["items"]
    assert row["person"] == "hija"


async def test_a_known_customer_is_asked_nothing() -> None:
    talk = talking(OWN)
    await talk.say(read("book", items=(BEARD,), days=(FRIDAY,), times=("11:00",)))
    assert ran(talk)[-1] == BOOK_ALL
    assert [row.service for row in talk.stages.agenda.own] == ["Corte de Cabello", "Barba"]


async def test_a_time_that_was_asked_about_is_booked_after_a_yes() -> None:
    talk = talking(OWN)
    asked = await talk.say(read("availability", items=(BEARD,), days=(FRIDAY,), times=("11:00",)))
    assert (asked.plan.next_step, BOOK_ALL in ran(talk)) == (steps.TAKE, False)
    await talk.say(read("confirm"))
    assert ran(talk)[-1] == BOOK_ALL


@pytest.mark.parametrize("status", [Status.FAILED, Status.REFUSED, Status.SKIPPED])
async def test_what_could_not_be_written_is_written_by_a_yes_and_by_no_other_message(status: Status) -> None:
    talk = talking(OWN)
    wanted = read("book", items=(BEARD,), days=(FRIDAY,), times=("11:00",))
    talk.stages.broken = status
    await talk.say(wanted)
    talk.stages.broken = None
    asked = await talk.say(read("ask", intent=Intent.INFO_PRICES, subjects=("price",)), "cuánto sale?")
    assert (asked.plan.next_step, talk.stages.agenda.own) == (steps.TAKE, (OWN,))
    await talk.say(read("confirm"), "dale")
    assert [row.service for row in talk.stages.agenda.own] == ["Corte de Cabello", "Barba"]


async def test_what_could_not_be_written_is_written_when_it_is_asked_for_again() -> None:
    talk = talking(OWN)
    wanted = read("book", items=(BEARD,), days=(FRIDAY,), times=("11:00",))
    talk.stages.broken = Status.FAILED
    await talk.say(wanted)
    talk.stages.broken = None
    await talk.say(wanted)
    assert [row.service for row in talk.stages.agenda.own] == ["Corte de Cabello", "Barba"]


async def test_a_taken_time_leads_to_offers_of_which_one_is_taken() -> None:
    talk = talking(OWN, others=frozenset({(FRIDAY, "10:00")}))
    asked = await talk.say(read("book", items=(BEARD,), days=(FRIDAY,), times=("10:00",)))
    assert (asked.plan.next_step, BOOK_ALL in ran(talk)) == (steps.OFFER, False)
    second = asked.plan.offers[1]
    await talk.say(read("choose", refers_to=("offer:2",), told_which=True))
    assert (second.day, second.time) in [(row.day, row.time) for row in talk.stages.agenda.own]


async def test_a_cancellation_asks_and_a_yes_that_repeats_it_is_a_yes() -> None:
    talk = talking(OWN)
    asked = await talk.say(read("cancel"))
    assert (asked.plan.next_step, ran(talk)) == (steps.CONFIRM, [CUSTOMER])
    await talk.say(read("confirm", "cancel", refers_to=(f"appointment:{OWN.id}",)))
    assert (ran(talk), talk.stages.agenda.own) == ([CANCEL_ALL], ())


async def test_a_no_keeps_the_appointment() -> None:
    talk = talking(OWN)
    await talk.say(read("cancel"))
    facts = await talk.say(read("deny"))
    assert (facts.notes, ran(talk), talk.stages.agenda.own) == ((steps.KEPT,), [], (OWN,))
    assert not talk.state.pending


async def test_a_yes_counts_for_the_question_before_it_alone() -> None:
    talk = talking(OWN, OTHER)
    await talk.say(read("cancel", refers_to=(f"appointment:{OWN.id}",)))
    await talk.say(read("cancel", refers_to=(f"appointment:{OTHER.id}",)))
    await talk.say(read("confirm"))
    assert talk.stages.agenda.own == (OWN,)


async def test_a_question_before_the_yes_keeps_what_waits() -> None:
    talk = talking(OWN)
    await talk.say(read("cancel"))
    asked = await talk.say(read("ask", subjects=("hours",), intent=Intent.INFO_HOURS))
    assert asked.plan.next_step == steps.CONFIRM
    await talk.say(read("confirm"))
    assert talk.stages.agenda.own == ()


async def test_a_move_is_done_at_once_and_undone_at_once() -> None:
    talk = talking(OWN)
    await talk.say(read("change", days=(FRIDAY,), times=("16:00",)))
    assert [(row.day, row.time) for row in talk.stages.agenda.own] == [(FRIDAY, "16:00")]
    await talk.say(read("undo"))
    assert ran(talk) == [CHANGE]
    assert talk.stages.agenda.own == (OWN,)


async def test_a_fresh_booking_is_undone_after_a_yes_and_a_cancellation_at_once() -> None:
    talk = talking(OTHER)
    await talk.say(read("book", items=(CUT,), days=(THURSDAY,), times=("10:00",)))
    asked = await talk.say(read("undo"))
    assert (asked.plan.next_step, ran(talk)) == (steps.CONFIRM, [])
    await talk.say(read("confirm"))
    assert talk.stages.agenda.own == (OTHER,)
    await talk.say(read("undo"))
    assert ran(talk) == [RESTORE]
    assert [row.service for row in talk.stages.agenda.own] == ["Corte de Cabello", "Barba"]


async def test_after_a_booking_a_name_or_an_hour_corrects_it() -> None:
    talk = talking(OTHER)
    await talk.say(read("book", items=(CUT,), days=(THURSDAY,), times=("10:00",)))
    await talk.say(read("change", times=("12:00",)))
    await talk.say(read("give", data=name("Pedro Paz")))
    first = talk.stages.agenda.own[0]
    assert (first.time, first.name) == ("12:00", "Pedro Paz")
    await talk.say(read("give", data=email("pedro@test.com")))
    assert talk.stages.ran[-1][0].args == {"booking_id": first.id, "client_email": "pedro@test.com"}


async def test_what_was_written_a_day_ago_is_neither_corrected_nor_undone() -> None:
    talk = talking(OTHER)
    await talk.say(read("book", items=(CUT,), days=(FRIDAY,), times=("10:00",)))
    talk.now = talk.now.replace(day=talk.now.day + 1)
    facts = await talk.say(read("undo"))
    assert (facts.notes, talk.state.dialogue.done) == ((steps.NOTHING_TO_UNDO,), ())


async def test_the_same_request_again_books_nothing_more() -> None:
    talk = talking(OWN)
    request = read("book", items=(CUT,), days=(OWN.day,), times=(OWN.time,))
    await talk.say(request)
    assert talk.stages.agenda.own == (OWN,)
    assert ran(talk)[-1] == BOOK_ALL


async def test_a_write_whose_end_nobody_knows_closes_the_tasks_and_the_customer_is_looked_up_again() -> None:
    talk = talking(OWN)
    talk.stages.broken = Status.UNKNOWN
    await talk.say(read("book", items=(BEARD,), days=(FRIDAY,), times=("11:00",)))
    assert (talk.state.dialogue.tasks, talk.state.dialogue.customer) == ((), None)
    talk.stages.broken = None
    await talk.say(read("cancel"))
    assert ran(talk)[0] == CUSTOMER


async def test_a_booking_waits_while_an_appointment_is_cancelled_and_comes_back() -> None:
    talk = talking(OWN)
    await talk.say(read("book", items=(BEARD,)))
    await talk.say(read("cancel", refers_to=(f"appointment:{OWN.id}",)))
    await talk.say(read("confirm"))
    front = talk.state.dialogue.front
    assert front
    assert (front.kind, front.items) == ("book", (BEARD,))


async def test_an_open_day_and_an_hour_is_asked_about_before_it_is_booked() -> None:
    full = frozenset((THURSDAY, f"{hour}:00") for hour in (10, 11, 13, 14, 16, 17, 18))
    talk = talking(OWN, others=full)
    offered = await talk.say(read("book", items=(BEARD,), days=(f"{THURSDAY}|{FRIDAY}",)))
    assert [(each.day, each.time) for each in offered.plan.offers[::2]] == [(THURSDAY, "09:00"), (FRIDAY, "09:00")]
    asked = await talk.say(read("give", times=("09:00",)))
    assert (asked.plan.next_step, BOOK_ALL in ran(talk)) == (steps.TAKE, False)
    await talk.say(read("confirm"))
    assert (THURSDAY, "09:00") in [(row.day, row.time) for row in talk.stages.agenda.own]


async def test_giving_up_by_a_word_ends_the_task() -> None:
    talk = talking(OWN)
    await talk.say(read("book", items=(BEARD,)))
    gone = replace(read(), topic=Topic.ABANDON)
    facts = await talk.say(gone, "dejá")
    assert (facts.notes, talk.state.dialogue.tasks) == ((steps.DROPPED,), ())


async def test_a_time_that_was_refused_and_is_named_after_all_is_taken_and_no_other() -> None:
    talk = talking(OWN)
    await talk.say(read("book", items=(BEARD,), days=(FRIDAY,), times=("morning",)))
    other = await talk.say(read("choose", refers_to=("none",)))
    assert (FRIDAY, "10:00") not in [(each.day, each.time) for each in other.plan.offers]
    await talk.say(read("give", days=(FRIDAY,), times=("10:00",)))
    assert [(row.day, row.time) for row in talk.stages.agenda.own if row != OWN] == [(FRIDAY, "10:00")]


async def test_a_refused_time_is_never_replaced_by_another_without_a_question() -> None:
    talk = talking(OWN)
    await talk.say(read("availability", items=(BEARD,), days=(FRIDAY,), times=("10:00",)))
    asked = await talk.say(read("deny"))
    assert (asked.plan.next_step, talk.stages.agenda.own) == (steps.OFFER, (OWN,))
    assert (FRIDAY, "10:00") not in [(each.day, each.time) for each in asked.plan.offers]


async def test_from_an_offered_hour_on_takes_it_and_one_alone_is_asked_first() -> None:
    talk = talking(OWN)
    asked = await talk.say(read("book", items=(BEARD,), people=People(2, writer=True), days=(FRIDAY,)))
    begin = asked.plan.offers[1].time
    await talk.say(read("book", times=(f">={begin}",)), "sí, desde ese horario, uno atrás del otro")
    assert [row.service for row in talk.stages.agenda.own] == ["Corte de Cabello", "Barba", "Barba"]

    alone = talking(OWN)
    asked = await alone.say(read("book", items=(BEARD,), days=(FRIDAY,)))
    begin = asked.plan.offers[1].time
    taken = await alone.say(read("book", times=(f">={begin}",)))
    assert (taken.plan.next_step, [each.time for each in taken.plan.offers]) == (steps.TAKE, [begin])


async def test_who_refuses_offer_after_offer_is_asked_for_a_day_and_gets_others_then() -> None:
    talk = talking(OWN)
    asked = await talk.say(read("availability", items=(BEARD,)))
    seen = set[str]()
    for _ in range(10):
        if not asked.plan.offers:
            break
        seen |= {f"{each.day}T{each.time}" for each in asked.plan.offers}
        asked = await talk.say(read("choose", refers_to=("another",)))
    assert (asked.plan.next_step, asked.plan.offers) == (steps.WHEN, ())
    assert len(seen) >= 6
    again = await talk.say(read("give", days=(THURSDAY,)))
    assert {each.day for each in again.plan.offers} == {THURSDAY}


async def test_a_move_that_was_only_asked_about_and_refused_leads_to_other_times() -> None:
    talk = talking(OWN)
    asked = await talk.say(read("change", "availability", days=(FRIDAY,), times=("10:00",)))
    assert (asked.plan.next_step, talk.stages.agenda.own) == (steps.TAKE, (OWN,))
    asked = await talk.say(read("deny"))
    assert (asked.plan.next_step, talk.stages.agenda.own) == (steps.OFFER, (OWN,))
    assert (FRIDAY, "10:00") not in [(each.day, each.time) for each in asked.plan.offers]


async def test_a_yes_with_another_appointment_cancels_neither() -> None:
    talk = talking(OWN, OTHER)
    await talk.say(read("cancel", refers_to=(f"appointment:{OWN.id}",)))
    asked = await talk.say(read("confirm", "cancel", refers_to=(f"appointment:{OTHER.id}",)))
    assert (asked.plan.needs_confirmation, ran(talk), talk.stages.agenda.own) == (True, [], (OWN, OTHER))
    await talk.say(read("confirm"))
    assert talk.stages.agenda.own == (OWN,)


async def test_who_says_once_more_that_any_of_some_days_will_do_is_proposed_the_first() -> None:
    talk = talking()
    either = f"{THURSDAY}|{FRIDAY}"
    listed = await talk.say(read("book", items=(CUT,), days=(either,), times=("<11:00",)))
    assert (listed.plan.next_step, len(listed.plan.offers) > 1) == (steps.OFFER, True)
    again = await talk.say(read("give", days=(either,)))
    assert (again.plan.next_step, again.plan.offers) == (steps.TAKE, listed.plan.offers[:1])
    assert talk.state.dialogue.tasks[0].times_asked == 1
    await talk.say(read("give", data=(*name("Ana"), *email("ana@test.com"))))
    assert [(row.day, row.time) for row in talk.stages.agenda.own] == [
        (listed.plan.offers[0].day, listed.plan.offers[0].time)
    ]
