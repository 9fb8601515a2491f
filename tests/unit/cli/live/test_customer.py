"""What a scripted customer says next."""

from datetime import date

import pytest

from cli.evaluation.live.customer import State, begin
from cli.evaluation.live.wording import chosen, spelt_day, styled
from tests.unit.cli.live.making import KNOWS, WANTED, after, row, task, view

CANCEL = {"kind": "cancel", "rows": []}


def test_the_first_message_holds_what_the_opening_says_or_all_that_is_known() -> None:
    assert begin(task(), 0).last == "hola, quiero un corte"
    first = begin(task(persona={"reveals": "first"}), 0)
    assert first.last == "hola, quiero un corte, mañana, tipo 3, Ana Ruiz, ana@ruiz.com"
    assert first.said == set(KNOWS)


@pytest.mark.parametrize(
    ("reply", "said", "why"),
    [
        ("¿Para qué día?", "mañana", "day"),
        ("¿Qué día y a qué hora?", "mañana, tipo 3", "day"),
        ("¿Me pasás tu e-mail?", "ana@ruiz.com", "email"),
        ("El jueves 12/03 tengo libre a las 09:00, 15:30 o 18:00. ¿Cuál?", "15:30", "offer"),
        ("El jueves 12/03 tengo libre a las 09:00 o 18:00. ¿Cuál?", "tipo 3", "time"),
        ("Corte el jueves 12/03 a las 15:00. ¿Te lo reservo?", "sí", "confirm"),
        ("Corte el jueves 12/03 a las 18:00. ¿Te lo reservo?", "no", "refuse"),
        ("Corte el viernes 13/03 a las 15:00. ¿Confirmás?", "no", "refuse"),
        ("¿Es pepe@gmail.com? ¿Confirmás?", "no", "refuse"),
        ("Perdón, no pude consultar la agenda.", "hola, quiero un corte", "opening"),
        ("", "hola, quiero un corte", "opening"),
        ("Perdón, no te entendí.", "mañana", "day"),
    ],
)
def test_each_reply_gets_its_answer(reply: str, said: str, why: str) -> None:
    wanted = {**WANTED, "email": "ana@ruiz.com"}
    script = {"opening": ["hola, quiero {service}"], "answers": {"offer": "{time}", "confirm": "sí", "refuse": "no"}}
    state = after(task(script=script), reply, view(wanted))
    assert (state.why, said in state.last) == (why, True), state.last


def test_one_by_one_says_one_thing_where_two_are_asked() -> None:
    state = after(task(persona={"reveals": "one_by_one"}), "¿Qué día y a qué hora?", view(WANTED))
    assert state.last == "mañana"


def test_who_nobody_asks_about_comes_with_the_second_message() -> None:
    state = after(task(knows={**KNOWS, "staff": "con sofi"}), "¿Para qué día?", view(WANTED))
    assert state.last == "mañana, con sofi"


def test_what_the_script_does_not_say_comes_from_the_wish() -> None:
    state = after(task(knows={}, script={"opening": ["hola"]}), "¿Qué día y a qué hora?", view(WANTED))
    assert state.last == "el jueves 12/3, a partir de las 15:00"


def test_an_offer_with_somebody_who_is_not_wanted_is_not_taken() -> None:
    wanted, reply = {**WANTED, "staff": "Sofía"}, "El jueves 12/03 con Carlos tengo libre a las 15:00. ¿Cuál?"
    known = task(script={"opening": ["{service} {day} {time} {name} {email}"]})
    assert after(known, reply, view(wanted)).why == "other"
    assert after(known, reply.replace("Carlos", "Sofía"), view(wanted)).why == "offer"


def test_of_two_appointments_the_unwanted_one_is_named() -> None:
    listed = "¿Cuál querés cancelar?\n1) Corte, jueves 12/03 15:00\n2) Barba, martes 17/03 15:00"
    cancelling = task(goal=CANCEL, knows={}, script={"opening": ["cancelá uno"]})
    other = row(booking_id="PB-BBBBBB", date="2026-03-17", service_type="Barba")
    state = after(cancelling, listed, view(misfits=(other,)))
    assert (state.why, state.last) == ("which", "el 2")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("Voy a cancelar tu turno del jueves 12/03 a las 15:00. ¿Confirmás?", "confirm"),
        ("Voy a cancelar tu turno del viernes 13/03 a las 15:00. ¿Confirmás?", "refuse"),
        ("¿Confirmás que cancele tu turno?", "confirm"),
    ],
)
def test_a_cancellation_is_agreed_to_when_it_is_the_right_one(reply: str, why: str) -> None:
    cancelling = task(goal=CANCEL, knows={}, script={"opening": ["cancelá"]})
    assert after(cancelling, reply, view(misfits=(row(),))).why == why


def test_nothing_is_agreed_to_that_was_not_wanted() -> None:
    asking = task(goal={"kind": "ask", "rows": "unchanged", "must_say": ["x"]})
    assert after(asking, "¿Te reservo el jueves 12/03 a las 15:00?", view()).why == "refuse"


def test_a_move_is_agreed_to_by_its_new_time() -> None:
    old = row(time="10:00")
    reply = "Voy a pasar tu turno del jueves 12/03 a las 10:00 a las {}. ¿Confirmás?"
    moving = task(goal={"kind": "change", "rows": [WANTED]})
    assert after(moving, reply.format("16:00"), view(WANTED, misfits=(old,))).why == "confirm"
    assert after(moving, reply.format("18:00"), view(WANTED, misfits=(old,))).why == "refuse"


def test_what_was_done_wrong_is_corrected_by_what_is_wrong_in_it() -> None:
    state = after(task(), "¡Listo! Quedó reservado.", view(WANTED, misfits=(row(time="18:00"),)))
    assert (state.why, state.last) == ("correct", "no, tipo 3")


def test_a_part_ends_when_all_is_there_and_the_next_begins() -> None:
    later = {"say": ["uy, {time}"], "rows": [], "knows": {"time": "a las 5"}}
    two = task(script={"opening": ["{service}"], "after": [later]})
    asked = after(two, "¿Algo más?", view(satisfied=True))
    assert (asked.part, asked.over) == (0, "")
    second = after(two, "¡Listo! Quedó reservado.", view(satisfied=True))
    assert (second.part, second.last, second.over) == (1, "uy, a las 5", "")
    assert after(two, "¡Listo! Quedó cambiado.", view(satisfied=True), second).over == "done"


def test_patience_ends() -> None:
    short = task(persona={"patience": 1}, knows={}, goal={"kind": "book", "rows": [WANTED], "needs": 1})
    assert after(short, "¿Para qué día?", view(WANTED)).over == "patience"


def test_something_broken_is_said_again_three_times_only() -> None:
    state: State | None = None
    for _ in range(4):
        state = after(task(), "Perdón, no pude consultar la agenda.", view(WANTED), state)
    assert state is not None
    assert (state.why, state.sent) == ("day", 5)


def test_the_next_wording_is_taken_when_the_same_is_said_again() -> None:
    both = task(knows={**KNOWS, "day": ["mañana", "el jueves"]})
    first = after(both, "¿Para qué día?", view(WANTED))
    second = after(both, "¿Para qué día?", view(WANTED), first)
    assert {first.last, second.last} == {"mañana", "el jueves"}


def test_a_seed_chooses_always_the_same_and_seeds_differ() -> None:
    words = ("a", "b", "c")
    assert [chosen(words, f"{seed}/x", 0) for seed in range(8)] == [chosen(words, f"{seed}/x", 0) for seed in range(8)]
    assert len({chosen(words, f"{seed}/x", 0) for seed in range(8)}) == 3


@pytest.mark.parametrize("style", ["plain", "terse", "chatty", "typos", "polite"])
@pytest.mark.parametrize("variety", ["es-AR", "es-ES", "pt-BR", "en"])
def test_no_style_touches_data(style: str, variety: str) -> None:
    for number in range(20):
        said = styled("quisiera cambiar: Ana Ruiz 15:30 ana.ruiz@gmail.com", style, variety, str(number))
        assert "ana.ruiz@gmail.com" in said
        assert "15:30" in said
        assert "ana ruiz" in said.lower()


def test_styles_change_how_it_is_said() -> None:
    text = "quisiera cambiar de horario mi turno"
    assert len({styled(text, style, "es-AR", "1") for style in ("plain", "chatty", "polite")}) == 3
    assert any(styled(text, "typos", "es-AR", str(number)) != text for number in range(10))
    assert styled("Hola.", "terse", "es-AR", "1") == "hola"


def test_a_day_is_spelt_in_the_customers_language() -> None:
    days = [spelt_day(date(2026, 3, 12), variety) for variety in ("es-CL", "pt-BR", "en")]
    assert days == ["el jueves 12/3", "quinta 12/3", "Thursday 12/3"]
