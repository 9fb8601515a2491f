"""Which plans are the last, and which turns need none: whoever asks the planner less often gets the same turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.turn_types import CustomerProfile, Heard, TurnInput
from gateway.turn.runner import worth_planning
from planner.tasks.next_step import plan
from planner.turn import Plan, PlanningTurn
from tests.unit.gateway.dialogue.builders import ANA, FRIDAY, NOW, booking, meaning
from tests.unit.planner.builders import SALON
from tests.unit.planner.tasks.build import GIVE, answered, at, found, free, nearest, planned
from turn.meaning import Meaning
from turn.model import ConversationState, Slots
from turn.tasks import Dialogue, Task
from turn.vocabulary import ActKind, Intent, Subject, Topic

EXACT = booking(days=(FRIDAY,), times=("10:00",))
(TEN,) = at((FRIDAY, "10:00"))
PRICES = meaning("ask", subjects=("price",))
QUESTIONS = [
    (Intent.INFO_PRICES, PRICES),
    (Intent.INFO_HOURS, meaning("ask", subjects=("hours",))),
    (Intent.INFO_SERVICES, meaning("ask", subjects=("services",))),
]


@pytest.mark.parametrize(("intent", "said"), QUESTIONS)
def test_after_the_answer_to_a_question_nothing_is_left(intent: Intent, said: Meaning) -> None:
    first = planned(intent=intent, said=said)
    assert first.actions
    assert first.ends
    seen = [answered(action, {"ok": True}) for action in first.actions]
    assert planned(*seen, intent=intent, said=said) == Plan()


@pytest.mark.parametrize(("intent", "said"), [(Intent.BOOK, GIVE), (Intent.BOOK, PRICES)])
def test_after_the_yes_to_a_booking_nothing_is_left(intent: Intent, said: Meaning) -> None:
    looks = planned(front=EXACT, intent=intent, said=said)
    assert not looks.ends, "what is free decides what comes next"
    seen = [free(looks, TEN), *(answered(action, {"ok": True}) for action in looks.actions[1:])]
    writes = planned(*seen, front=EXACT, intent=intent, said=said)
    assert writes.ends
    done = [answered(action, {"ok": True}) for action in writes.actions]
    assert planned(*seen, *done, front=EXACT, intent=intent, said=said) == Plan()
    refused = [answered(action, {"ok": False, "reason": "TAKEN"}) for action in writes.actions]
    assert planned(*seen, *refused, front=EXACT, intent=intent, said=said) != Plan()


def test_what_only_asks_does_not_end() -> None:
    looks = planned(front=EXACT)
    assert not planned(nearest(looks), front=EXACT).ends
    assert not found(EXACT, TEN, customer=None).ends


ACTS = st.lists(st.sampled_from([kind.value for kind in ActKind]), max_size=3)
SUBJECTS = st.lists(st.sampled_from(list(Subject)), max_size=2)
FRONT = st.one_of(st.none(), st.just(EXACT))


@given(ACTS, SUBJECTS, st.sampled_from(list(Intent)), st.sampled_from(list(Topic)), FRONT, st.sampled_from([ANA, None]))
def test_a_turn_that_is_not_planned_has_an_empty_plan(
    acts: list[str], subjects: list[Subject], intent: Intent, topic: Topic, front: Task | None, customer: object
) -> None:
    said = meaning(*acts, subjects=tuple(subjects))
    state = ConversationState(dialogue=Dialogue((front,) if front else (), customer=ANA if customer else None))
    heard = Heard(intent, topic, Slots(), Slots(), confirmed=False, before=state, state=state, meaning=said)
    given = TurnInput(SALON, "c", "t", NOW, CustomerProfile("whatsapp:x"), "hola", media=False, track="", state=state)
    if not worth_planning(given, heard):
        turn = PlanningTurn(intent, NOW, state=state, topic=topic, meaning=said)
        assert plan(turn, SALON) == Plan()
