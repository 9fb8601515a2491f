"""The one question of a reply: each step of the planner's, asked once, twice and three times, in three languages."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from nlg.turn import ReplyTurn
from tests.unit.nlg.builders import PHRASES, no, yes
from tests.unit.nlg.tasks.build import (
    ANA_OF_TWO,
    CUT,
    FRIDAY,
    LANGUAGES,
    booking,
    cancelling,
    changing,
    meaning,
    message_to,
    placed,
    reply_to,
    turn,
    visit,
)
from turn import steps
from turn.meaning import Doubt, Item
from turn.model import Action, Offer
from turn.tasks import BOOK, CANCEL, RESTORE, Task
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, FREE_TIMES
from turn.vocabulary import Stage

OFFERS = (visit(placed("10:00")), visit(placed("11:00")), visit(placed("09:00", "2026-03-16")))
BOTH = visit(placed("10:00"), placed("10:45", service="Barba", staff="Carlos"))
LATER = visit(placed("12:00"), placed("12:45", service="Barba", staff="Carlos"))
FOR_CHILD = visit(placed("11:00"), placed("11:45", service="Manicura", staff="Lucía", person="Bautista"))
CANCEL_IT = Action(CANCEL_ALL, {"booking_ids": ["PB-AAAAAA"]})
CANCEL_BOTH = Action(CANCEL_ALL, {"booking_ids": ["PB-AAAAAA", "PB-BBBBBB"]})
MOVE_IT = Action(CHANGE, {"booking_id": "PB-AAAAAA", "preferred_time": "16:00"})
Asked = Callable[[int], ReplyTurn]


def doubted(part: str, reason: str, *candidates: str) -> Asked:
    """A doubt about a haircut on Friday at ten."""
    task = booking(days=(FRIDAY,), times=("10:00",), doubts=(Doubt(part, reason, candidates=candidates),))
    return lambda times: turn(step=steps.DOUBT, front=task, times=times)


def asking(step: str, task: Task, waiting: Action | None = None) -> Asked:
    """A step about a task, after a message about a haircut."""
    said = meaning("book", items=(CUT,))
    return lambda times: turn(step=step, front=task, times=times, waiting=waiting, customer=ANA_OF_TWO, said=said)


ASKED: dict[str, Asked] = {
    "service": asking(steps.SERVICE, Task(BOOK)),
    "when": asking(steps.WHEN, booking()),
    "when, the day is known": asking(steps.WHEN, booking(days=(FRIDAY,))),
    "when, the hour is known": asking(steps.WHEN, booking(times=("15:00",))),
    "offer": asking(steps.OFFER, booking(offers=OFFERS)),
    "offer of one day": asking(steps.OFFER, booking(offers=OFFERS[:2])),
    "offer of one time": asking(steps.OFFER, booking(offers=OFFERS[:1])),
    "offer of several services": asking(steps.OFFER, booking(offers=(BOTH, FOR_CHILD))),
    "offer without offers": asking(steps.OFFER, booking()),
    "take": asking(steps.TAKE, booking(offers=OFFERS[:1])),
    "take several": asking(steps.TAKE, booking(offers=(BOTH,))),
    "take for a change": asking(steps.TAKE, changing(offers=OFFERS[:1])),
    "name": asking(steps.NAME, booking(chosen=OFFERS[0])),
    "email": asking(steps.EMAIL, booking(chosen=OFFERS[0])),
    "email needed": asking(steps.EMAIL_NEEDED, booking()),
    "staff": asking(steps.STAFF, booking()),
    "staff of one": asking(steps.STAFF, booking(items=(Item("Barba"),))),
    "which to cancel": asking(steps.WHICH, Task(CANCEL)),
    "which to restore": asking(steps.WHICH, Task(RESTORE, targets=("PB-AAAAAA", "PB-BBBBBB"))),
    "change what": asking(steps.CHANGE_WHAT, changing()),
    "confirm a cancellation": asking(steps.CONFIRM, cancelling(), CANCEL_IT),
    "confirm several": asking(steps.CONFIRM, cancelling(), CANCEL_BOTH),
    "confirm a change": asking(steps.CONFIRM, changing(), MOVE_IT),
    "confirm without its actions": asking(steps.CONFIRM, cancelling()),
    "doubt: two days": doubted("days", "conflict", "2026-03-13", "2026-03-14"),
    "doubt: two hours": doubted("times", "conflict", "07:00", "19:00"),
    "doubt: two own": doubted("refers_to", "conflict", "appointment:PB-AAAAAA", "done:PB-BBBBBB"),
    "doubt: no such day": doubted("days", "no_such_day"),
    "doubt: days that contradict": doubted("days", "contradiction"),
    "doubt: hours that contradict": doubted("times", "contradiction"),
    "doubt: unread": doubted("text", "unread"),
    "doubt: e-mail": doubted("data", "two ways", "ana@example.com"),
    "doubt: phone": doubted("data", "doubted", "+5491155557001"),
    "doubt: name": doubted("data", "doubted", "Ana Paz"),
    "doubt: e-mail unread": doubted("data", "too short"),
}


@pytest.mark.parametrize("locale", PHRASES)
@pytest.mark.parametrize("name", ASKED)
def test_asked_again_and_again_a_question_never_sounds_the_same_twice_in_a_row(name: str, locale: str) -> None:
    messages = [message_to(ASKED[name](times), locale) for times in range(1, 7)]
    assert all(one != other for one, other in pairwise(messages))
    assert "?" in messages[0]
    if name not in ("name", "email"):  # there a message that says what is wanted is asked with the first words again
        assert messages[0] not in messages[1:]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_step_asks_something_of_its_own(locale: str) -> None:
    tasks = {steps.CONFIRM: cancelling(), steps.CHANGE_WHAT: changing(), steps.WHICH: Task(CANCEL)}
    asked = [
        message_to(turn(step=step, front=tasks.get(step, booking(offers=OFFERS[:1]))), locale)
        for step in steps.STEPS
        if step != steps.NOTHING
    ]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_service_is_asked_with_what_there_is(times: int, locale: str) -> None:
    reply = reply_to(ASKED["service"](times), locale)
    assert "Coloración" in reply.message
    assert reply.quick_replies[0] == "Corte de Cabello"
    assert reply.next_state is Stage.SELECCION_SERVICIO


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("when", "¿Qué día y a qué hora querés Corte de Cabello?"),
        ("when, the day is known", "¿A qué hora querés venir el viernes 13/03?"),
        ("when, the hour is known", "¿Qué día querés Corte de Cabello a las 15:00?"),
        ("offer of one time", "Tengo Corte de Cabello el viernes 13/03 a las 10:00 con Sofía. ¿Te va bien?"),
        ("take", "Hay lugar: Corte de Cabello el viernes 13/03 a las 10:00 con Sofía. ¿Te lo reservo?"),
        ("take for a change", "¿Paso tu turno del viernes 13/03 15:00 a ese horario?"),
        ("name", "Hay lugar: Corte de Cabello el viernes 13/03 a las 10:00 con Sofía. ¿A nombre de quién va el turno?"),
        ("email", "Hay lugar: Corte de Cabello el viernes 13/03 a las 10:00 con Sofía. ¿Me pasás tu e-mail?"),
        ("email needed", "Estudio Pulpo pide un e-mail para reservar"),
        ("staff", "¿Con quién preferís, Carlos, María o Sofía?"),
        ("staff of one", "¿Te anoto con Carlos?"),
        ("change what",
         "Tu turno es Corte de Cabello el viernes 13/03 a las 15:00 con Sofía. ¿A qué día y hora lo paso?"),
        ("confirm a cancellation",
         "Voy a cancelar tu turno de Corte de Cabello del viernes 13/03 a las 15:00. ¿Confirmás?"),
        ("confirm a change",
         "del viernes 13/03 15:00 por Corte de Cabello el viernes 13/03 a las 16:00 con Sofía. ¿Confirmás?"),
        ("doubt: two days", "Ese día y esa fecha no coinciden. ¿El viernes 13/03 o el sábado 14/03?"),
        ("doubt: two hours", "¿A qué hora sería: a las 07:00 o a las 19:00?"),
        ("doubt: no such day", "Esa fecha no existe en el calendario. ¿Qué día sería?"),
        ("doubt: unread", "Entonces: Corte de Cabello el viernes 13/03 a las 10:00, ¿sí?"),
        ("doubt: e-mail", "¿Tu e-mail es ana@example.com?"),
    ],
)  # fmt: skip
def test_the_words_of_a_question_asked_first(name: str, words: str) -> None:
    assert words in message_to(ASKED[name](1))


def test_offers_of_several_days_are_told_by_day_and_can_be_tapped() -> None:
    reply = reply_to(ASKED["offer"](1))
    assert (
        "Corte de Cabello con Sofía: hay lugar el viernes 13/03 a las 10:00 o 11:00; lunes 16/03 a las 09:00."
        in reply.message
    )
    assert reply.quick_replies == ("viernes 13/03 10:00", "viernes 13/03 11:00", "lunes 16/03 09:00")
    assert reply.offers == (Offer(FRIDAY, "10:00"), Offer(FRIDAY, "11:00"), Offer("2026-03-16", "09:00"))


def test_offers_of_one_day_are_tapped_by_their_hours() -> None:
    assert reply_to(ASKED["offer of one day"](1)).quick_replies == ("10:00", "11:00")


def test_offers_of_several_services_have_a_line_each_with_who_and_for_whom() -> None:
    first, second, question = message_to(ASKED["offer of several services"](1)).split("\n")
    assert first == "1) viernes 13/03: 10:00 Corte de Cabello con Sofía, 10:45 Barba con Carlos"
    assert "11:45 Manicura para Bautista con Lucía" in second
    assert question.endswith("?")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_visits_of_the_same_services_are_offered_by_the_hour_at_which_they_begin(locale: str) -> None:
    reply = reply_to(turn(step=steps.OFFER, front=booking(offers=(BOTH, LATER))), locale)
    assert all(part in reply.message for part in ("Corte de Cabello", "Barba", "13/03", "10:00", "12:00"))
    assert "\n" not in reply.message
    assert "10:45" not in reply.message


def test_room_is_not_told_to_who_gives_data_alone() -> None:
    given = turn(step=steps.EMAIL, front=booking(chosen=OFFERS[0]), said=meaning("give"))
    assert message_to(given) == "¿Me pasás tu e-mail?"


@pytest.mark.parametrize("locale", LANGUAGES)
def test_which_of_two_is_a_numbered_list_and_its_numbers_can_be_tapped(locale: str) -> None:
    reply = reply_to(ASKED["which to cancel"](1), locale)
    lines = reply.message.split("\n")
    assert lines[1].startswith("1) ")
    assert "13/03 15:00: Corte de Cabello" in lines[1]
    assert "Carlos" in lines[2]
    assert "PB-" not in reply.message
    assert reply.quick_replies == ("1", "2")
    assert reply.next_state is Stage.CANCELACION


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_several_to_cancel_are_named_before_the_yes(times: int, locale: str) -> None:
    reply = reply_to(ASKED["confirm several"](times), locale)
    assert "13/03 15:00: Corte de Cabello" in reply.message
    assert "14/03 11:00: Barba" in reply.message
    assert len(reply.quick_replies) == 2


def test_room_is_told_of_an_hour_that_was_named_and_found() -> None:
    rows = [{"service_type": "Barba", "date": FRIDAY, "time": "10:00", "staff_name": "Carlos"}]
    seen = yes(FREE_TIMES, proposals=[{"items": rows}])
    named = turn(seen, step=steps.NAME, front=booking(days=(FRIDAY,), times=("10:00",)), said=meaning(times=("10:00",)))
    assert message_to(named).startswith("Hay lugar: Barba el viernes 13/03 a las 10:00 con Carlos.")
    open_hour = turn(seen, step=steps.NAME, front=booking(days=(FRIDAY,)))
    assert message_to(open_hour) == "¿A nombre de quién va el turno?"


@pytest.mark.parametrize("times", [1, 2, 3])
def test_whoever_changes_what_they_want_instead_of_answering_is_told_that_it_was_heard(times: int) -> None:
    task = booking(chosen=visit(placed(staff="María")))
    changed = turn(step=steps.NAME, front=task, times=times, said=meaning("give", items=(Item(staff=("María",)),)))
    assert message_to(changed).startswith("Hay lugar: Corte de Cabello el viernes 13/03 a las 10:00 con María. ")
    same = turn(step=steps.NAME, front=task, times=times, said=meaning("give"))
    assert "Hay lugar" not in message_to(same)


def test_two_of_the_same_at_one_hour_are_counted() -> None:
    both = visit(placed("18:00"), placed("18:00", staff="María"))
    said = meaning("book", items=(CUT, CUT))
    message = message_to(turn(step=steps.NAME, front=booking(chosen=both), said=said))
    assert "Corte de Cabello 18:00 (× 2)" in message


def test_a_pronoun_is_nobodys() -> None:
    task = booking(chosen=visit(placed(person="ella")))
    said = meaning("book", items=(CUT,))
    assert "Corte de Cabello para ella el viernes" in message_to(turn(step=steps.EMAIL, front=task, said=said))


def test_somebody_of_the_customers_is_called_theirs() -> None:
    task = booking(chosen=visit(placed(person="nene")))
    said = meaning("book", items=(CUT,))
    assert "Corte de Cabello para tu nene el viernes" in message_to(turn(step=steps.EMAIL, front=task, said=said))


@pytest.mark.parametrize(
    ("task", "request_"),
    [
        (booking(days=(FRIDAY,), times=(">=17:00",)), "Corte de Cabello el viernes 13/03 desde las 17:00"),
        (booking(days=(f"{FRIDAY}|2026-03-16",), times=("afternoon",)), "el viernes 13/03 o el lunes 16/03 a la tarde"),
        (booking(items=(Item("Barba", staff=("Carlos",)),), days=(f"{FRIDAY}T10:00",)), "a las 10:00 con Carlos"),
        (booking(items=(Item("Barba", who="Bautista"), CUT), days=(FRIDAY,)),
         "Barba para Bautista el viernes 13/03; Corte"),
        (booking(chosen=BOTH), "Corte de Cabello el viernes 13/03 a las 10:00 con Sofía; Barba el viernes"),
        (cancelling(), "Corte de Cabello el viernes 13/03 a las 15:00 con Sofía"),
    ],
)  # fmt: skip
def test_a_whole_request_is_read_back_in_one_sentence(task: Task, request_: str) -> None:
    doubtful = replace(task, doubts=(Doubt("text", "unread"),))
    message = message_to(turn(step=steps.DOUBT, front=doubtful))
    assert request_ in message
    assert message.startswith("Entonces: ")


def test_a_booking_that_waits_is_read_back_from_its_action() -> None:
    waiting = Action(BOOK_ALL, {"items": [{"service_type": "Barba", "date": FRIDAY, "time": "10:00"}]})
    message = message_to(turn(step=steps.CONFIRM, front=booking(), waiting=waiting))
    assert message == "Entonces: Barba el viernes 13/03 a las 10:00, ¿sí?"


@pytest.mark.parametrize(
    ("because", "days", "times", "asked"),
    [
        ("CLOSED", ("2026-03-15",), (), "¿Qué otro día te queda bien?"),
        ("TAKEN", (FRIDAY,), ("10:00",), "¿Qué otra hora te queda bien?"),
        ("TAKEN", (FRIDAY,), (), "¿Qué otro día te queda bien?"),
    ],
)
def test_after_a_no_another_day_or_another_hour_is_asked(
    because: str, days: tuple[str, ...], times: tuple[str, ...], asked: str
) -> None:
    args = {"items": [{"service_type": "Corte de Cabello"}], "days": list(days), "times": list(times)}
    seen = no(FREE_TIMES, "NO_FREE_TIMES", args, because=because, next=[])
    message = message_to(turn(seen, step=steps.WHEN, front=booking(days=days, times=times)))
    assert message.endswith(asked)


@pytest.mark.parametrize(
    ("name", "email", "asked"),
    [
        ("", "", " Si es así, decime a nombre de quién y tu e-mail."),
        ("Ana Paz", "", " Si es así, pasame tu e-mail."),
        ("", "ana@test.com", " Si es así, decime a nombre de quién."),
        ("Ana Paz", "ana@test.com", ""),
    ],
)
def test_with_the_yes_comes_what_nobody_knows_yet(name: str, email: str, asked: str) -> None:
    front = booking(asked=steps.TAKE, offers=OFFERS[:1], times_asked=1)
    message = message_to(turn(step=steps.TAKE, front=front, customer=None, name=name, email=email))
    room = "Hay lugar: Corte de Cabello el viernes 13/03 a las 10:00 con Sofía. ¿Te lo reservo?"
    assert message == f"{room}{asked}"


def test_name_and_address_are_one_question() -> None:
    front = booking(asked=steps.NAME, times_asked=1)
    both = message_to(turn(step=steps.NAME, front=front, customer=None, name=""))
    assert both == "¿A nombre de quién va el turno y cuál es tu e-mail?"
    alone = message_to(turn(step=steps.NAME, front=front, customer=None, name="", email="ana@test.com"))
    assert alone == "¿A nombre de quién va el turno?"
