"""How a played conversation is judged."""

from typing import Any

import pytest

from cli.evaluation.live.delivery import fault_of
from cli.evaluation.live.score import Run, Turn, Verdict, judge, untrue_in
from cli.evaluation.live.tasks import Task
from cli.evaluation.live.wants import Want, differences
from tests.unit.cli.live.making import WANTED, row, task, turn

BOOKED = "¡Listo! Quedó reservado tu turno el jueves 12/03 a las 15:00. Código PB-AAAAAA."
ROW = row()


def judged(*turns: Turn, played: Task | None = None, **more: Any) -> Verdict:
    run = Run(
        played or task(), 0, turns=list(turns), over=more.pop("over", "done"), bases=more.pop("bases", [()]), **more
    )
    return judge(run)


def test_a_booking_as_wanted_is_clean() -> None:
    verdict = judged(turn("hola", BOOKED, (ROW,)))
    assert (verdict.reached, verdict.clean, verdict.problems, verdict.messages_to_booking) == (True, True, (), 1)


@pytest.mark.parametrize(
    ("want", "wrong"),
    [
        ({"day": "2026-03-13"}, ["day"]),
        ({"day": ["2026-03-13", "2026-03-12"]}, []),
        ({"day_from": "2026-03-13"}, ["day"]),
        ({"day_to": "2026-03-12", "weekday": "thu"}, []),
        ({"weekday": ["mon", "fri"]}, ["day"]),
        ({"time": "16:00"}, ["time"]),
        ({"not_before": "15:00", "not_after": "15:00"}, []),
        ({"not_before": "15:15"}, ["time"]),
        ({"staff": "sofia"}, []),
        ({"staff": ["Carlos", "María"]}, ["staff"]),
        ({"not_staff": "Sofía"}, ["staff"]),
        ({"name": "ANA RUIZ", "email": "ana@ruiz.com"}, []),
        ({"name": "Ana"}, ["name"]),
        ({"ref": "a"}, []),
        ({"ref": "b"}, ["ref"]),
        ({"status": "cancelled"}, ["status"]),
        ({"service": "Barba"}, ["service"]),
    ],
)
def test_each_constraint_is_held_against_the_row(want: dict[str, Any], wrong: list[str]) -> None:
    assert Want.model_validate(want).problems(ROW, {"a": "PB-AAAAAA"}) == wrong


def test_each_wanted_row_has_one_of_its_own_and_no_other_is_booked() -> None:
    any_time, at_three = Want(), Want(time=("15:00",))
    later = row(booking_id="PB-BBBBBB", time="16:00")
    assert differences((any_time, at_three), (ROW, later), {}) == []
    assert len(differences((any_time, at_three), (ROW,), {})) == 1
    assert "a row too many" in differences((at_three,), (ROW, later), {})[0]
    assert differences((at_three,), (ROW, {**later, "status": "cancelled"}), {}) == []


def test_unchanged_is_what_was_there() -> None:
    asking = task(goal={"kind": "ask", "rows": "unchanged", "must_say": [["7000", "siete mil"]]})
    told = turn("¿precio?", "Sale $7000.", (ROW,), (ROW,))
    assert judged(told, played=asking, bases=[(ROW,)]).reached
    assert not judged(turn("¿precio?", "No sé.", (ROW,), (ROW,)), played=asking, bases=[(ROW,)]).reached
    assert not judged(turn("¿precio?", "Sale $7000.", (), (ROW,)), played=asking, bases=[(ROW,)]).reached


def test_what_must_not_be_said_is_not_reached() -> None:
    careful = task(goal={"kind": "book", "rows": [WANTED], "must_not_say": ["código"]})
    assert not judged(turn("hola", BOOKED, (ROW,)), played=careful).reached


def test_a_part_that_never_began_is_not_reached() -> None:
    later = {"say": ["uy"], "rows": []}
    two = task(script={"opening": ["hola"], "after": [later]})
    assert "after 1: never came to it" in judged(turn("hola", BOOKED, (ROW,)), played=two, over="patience").problems


@pytest.mark.parametrize(
    ("reply", "rows", "true"),
    [
        (BOOKED, (ROW,), True),
        (BOOKED, (), False),
        (BOOKED.replace("15:00", "16:00"), (ROW,), False),
        (BOOKED.replace("12/03", "13/03"), (ROW,), False),
        (BOOKED.replace("AAAAAA", "BBBBBB"), (ROW,), False),
        ("Tu turno del jueves 12/03 a las 15:00 quedó cancelado.", (row(status="cancelled"),), True),
        ("Tu turno del jueves 12/03 a las 15:00 quedó cancelado.", (ROW,), False),
        ("Tu turno quedó cambiado del jueves 12/03 a las 10:00 a las 15:00.", (ROW,), True),
        ("Tu turno quedó cambiado del jueves 12/03 a las 10:00 a las 11:00.", (ROW,), False),
        ("Tu próximo turno: Corte el jueves 12/03 a las 15:00.", (ROW,), True),
        ("Tu próximo turno: Corte el viernes 13/03 a las 15:00.", (ROW,), False),
        ("No tenés ningún turno.", (), True),
        ("No tenés ningún turno.", (ROW,), False),
        ("¿Reservo el jueves 12/03 a las 15:00?", (), True),
    ],
)
def test_what_a_reply_says_is_held_against_the_rows(reply: str, rows: tuple[Any, ...], true: bool) -> None:
    said = turn("x", reply, rows, (row(time="10:00"),) if "cambiado" in reply else rows)
    assert (untrue_in(said, Run(task(), 0).today) == []) is true


def test_a_change_that_no_reply_tells_is_not_clean() -> None:
    verdict = judged(turn("hola", "¿Algo más?", (ROW,)))
    assert (verdict.reached, verdict.clean, verdict.untold) == (True, False, 1)


def test_a_row_that_fits_nothing_is_a_wrong_write_though_it_is_mended() -> None:
    wrong = row(time="18:00")
    turns = (
        turn("hola", BOOKED.replace("15:00", "18:00"), (wrong,)),
        turn("no, a las 3", "Quedó cambiado a las 15:00.", (ROW,), (wrong,)),
    )
    verdict = judged(*turns)
    assert (verdict.reached, verdict.clean, verdict.wrong) == (True, False, 1)
    on_the_way = task(goal={"kind": "book", "rows": [WANTED], "meanwhile": [{"time": "18:00"}]})
    assert judged(*turns, played=on_the_way).wrong == 0


def test_a_cancellation_of_what_was_wanted_is_a_wrong_write() -> None:
    kept = task(goal={"kind": "cancel", "rows": [WANTED]})
    gone = row(status="cancelled")
    assert judged(turn("x", "Quedó cancelado.", (gone,), (ROW,)), played=kept, bases=[(ROW,)]).wrong == 1


def test_what_was_said_and_is_asked_again_is_counted_unless_a_reason_is_given() -> None:
    asked = turn("mañana", "¿Para qué día querés el turno?", known=frozenset({"day"}))
    refused = turn("domingo", "Los domingos estamos cerrados. ¿Qué otro día?", known=frozenset({"day"}))
    new = turn("hola", "¿Para qué día querés el turno?", known=frozenset({"service"}))
    assert [judged(each).asked_again for each in (asked, refused, new)] == [1, 0, 0]


def test_a_reply_that_comes_twice_is_counted_and_a_sentence_that_comes_back_told() -> None:
    ask = "¿Para qué día querés el turno?"
    twice = judged(turn("a", ask), turn("b", ask), turn("c", BOOKED, (ROW,)))
    assert (twice.repeated, twice.clean) == (1, False)
    back = judged(turn("a", ask), turn("b", "¿A qué hora?"), turn("c", f"Bien. {ask}"))
    assert back.repeated == 0
    assert any(line.startswith("said before") for line in back.problems)


def test_what_was_broken_on_purpose_does_not_count() -> None:
    sorry = "Perdón, no pude consultar la agenda en este momento."
    broken = [turn("hola", sorry, excused=True) for _ in range(6)]
    verdict = judged(*broken, turn("hola", BOOKED, (ROW,)))
    assert (verdict.clean, verdict.messages, verdict.repeated) == (True, 1, 0)


def test_two_messages_over_what_is_needed_are_clean_and_three_are_not() -> None:
    played = task(goal={"kind": "book", "rows": [WANTED], "needs": 1})
    talk = ("Uno.", "Dos.", "Tres.")
    assert judged(*(turn("x", each) for each in talk[:2]), turn("x", BOOKED, (ROW,)), played=played).clean
    assert not judged(*(turn("x", each) for each in talk), turn("x", BOOKED, (ROW,)), played=played).clean


def test_two_answers_to_one_message_are_not_clean() -> None:
    assert not judged(turn("hola", BOOKED, (ROW,)), unequal=True).clean


def test_faults_are_the_seeds_and_strike_some_messages() -> None:
    faults = [fault_of(1, "a", number) for number in range(60)]
    assert faults == [fault_of(1, "a", number) for number in range(60)]
    assert 10 <= sum(each.twice for each in faults) <= 30
    assert 5 <= sum(bool(each.victim) for each in faults) <= 30
    assert {each.under for each in faults if each.victim} == {True, False}
