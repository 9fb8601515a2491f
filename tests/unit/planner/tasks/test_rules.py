"""Rules of a business in a plan: own questions, deadlines, places of a class, branches."""

from dataclasses import replace
from typing import Any

import pytest

from planner.tasks.questions import answer_to
from tests.unit.gateway.dialogue.builders import ANA, FRIDAY, OWN, booking, cancelling, changing
from tests.unit.planner.builders import SALON
from tests.unit.planner.tasks.build import at, but, found, planned
from turn import steps
from turn.meaning import Item
from turn.tools import BOOK_ALL, CANCEL_ALL
from workspace.model import Workspace
from workspace.parts.places import Branch
from workspace.parts.rules import Booking, Question

CAR = Question(key="car", ask="¿Qué auto es?")
TEN = {"days": (FRIDAY,), "times": ("10:00",)}


def asking(*questions: Question) -> Workspace:
    return SALON.model_copy(update={"booking": Booking(required=("name", *questions))})


def late(**until: str) -> Any:
    """Ana, whose appointment has deadlines."""
    return but(ANA, appointments=(replace(OWN, **until),))


def test_an_own_question_is_asked_before_the_write_and_its_answer_goes_with_it() -> None:
    asked = found(booking(**TEN), *at((FRIDAY, "10:00")), business=asking(CAR))
    assert (asked.actions, asked.next_step) == ((), "question:car")
    wrote = found(booking(**TEN), *at((FRIDAY, "10:00")), business=asking(CAR), answers=(("car", "Jetta 2015"),))
    assert [action.tool for action in wrote.actions] == [BOOK_ALL]
    assert wrote.actions[0].args["answers"] == {"car": "Jetta 2015"}


def test_an_answer_that_does_not_fit_is_asked_for_again() -> None:
    choice = Question(key="insurer", ask="¿Qué cobertura?", type="choice", choices=("OSDE", "Particular"))
    asked = found(booking(**TEN), *at((FRIDAY, "10:00")), business=asking(choice), answers=(("insurer", "eh?"),))
    assert asked.next_step == "question:insurer"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  Jetta   2015 ", "Jetta 2015"),
        ("number", "pesa unos 12,5 kilos", "12.5"),
        ("number", "no sé", ""),
        ("yes_no", "Sí, claro", "yes"),
        ("yes_no", "no", "no"),
        ("yes_no", "a veces", ""),
        ("choice", "tengo osde 310", "OSDE"),
        ("choice", "2", "Sin cobertura"),
        ("choice", "ninguna de esas", ""),
    ],
)
def test_an_answer_counts_by_the_kind_of_its_question(kind: Any, text: str, value: str) -> None:
    choices = ("OSDE", "Sin cobertura") if kind == "choice" else ()
    assert answer_to(Question(key="q", ask="¿Qué?", type=kind, choices=choices), text) == value


def test_what_can_no_longer_be_cancelled_is_not_asked_about() -> None:
    over = late(cancel_until="2026-03-11T12:00:00+00:00")
    assert planned(front=cancelling(), customer=over).next_step == steps.LATE_TO_CANCEL
    still = late(cancel_until="2026-03-12T12:00:00+00:00")
    assert [action.tool for action in planned(front=cancelling(), customer=still).actions] == [CANCEL_ALL]


def test_what_can_no_longer_be_moved_can_still_get_another_name() -> None:
    over = late(move_until="2026-03-11T12:00:00+00:00")
    assert planned(front=changing(times=("16:00",)), customer=over).next_step == steps.LATE_TO_MOVE
    renamed = planned(front=changing(name="Pedro"), customer=over)
    assert renamed.actions[0].args["client_name"] == "Pedro"


def test_several_persons_take_places_of_a_class() -> None:
    cut = SALON.services[0].model_copy(update={"capacity": 8, "starts": {"fri": ()}})
    studio = SALON.model_copy(update={"services": (cut, *SALON.services[1:])})
    looks = planned(front=booking(people=3, **TEN), business=studio)
    (wanted,) = looks.actions[0].args["items"]
    assert (wanted["service_type"], wanted["places"]) == (cut.name, 3)
    alone = planned(front=booking(people=3, **TEN))
    assert len(alone.actions[0].args["items"]) == 3, "others come each for themselves"


def in_branches(*where: str) -> Workspace:
    """The salon in two branches, its staff in one or the other."""
    staff = tuple(member.model_copy(update={"branch": place}) for member, place in zip(SALON.staff, where, strict=True))
    return SALON.model_copy(update={"staff": staff, "branches": (Branch(name="A"), Branch(name="B"))})


def test_the_branch_is_asked_where_a_service_is_done_at_several() -> None:
    both = in_branches("A", "B", "A", "B")
    assert planned(front=booking(**TEN), business=both).next_step == steps.BRANCH
    here = booking(items=(Item("Corte de Cabello", ("Carlos",)),), **TEN)
    assert planned(front=here, business=both).next_step == ""
    any_will_do = booking(refused=(steps.BRANCH,), **TEN)
    assert planned(front=any_will_do, business=both).next_step == ""
    assert planned(front=booking(**TEN), business=in_branches("A", "A", "A", "A")).next_step == ""
