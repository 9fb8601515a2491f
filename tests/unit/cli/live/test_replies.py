"""What a customer hears in a reply: what is asked, which times are free, what is said to be done."""

from datetime import date

import pytest

from cli.evaluation.live.moments import Moment, moments_in
from cli.evaluation.live.replies import Deed, heard, sentences_of

TODAY = date(2026, 3, 11)
"""A Wednesday."""


def at(day: int, time: str = "", number: int = 0) -> Moment:
    return Moment(date(2026, 3, day), time, number)


@pytest.mark.parametrize(
    ("reply", "asks"),
    [
        ("¿Me pasás tu e-mail?", ("email",)),
        ("Necesito un e-mail completo, como nombre@ejemplo.com.", ("email",)),
        ("Corte el jueves 12/03 a las 15:00: hay lugar. ¿A nombre de quién va el turno?", ("name",)),
        ("¿Qué día y a qué hora te queda bien?", ("day", "time")),
        ("A que horas você quer vir em quinta 12/03?", ("time",)),
        ("What day would you like your Barba?", ("day",)),
        ("¿Qué servicio querés?", ("service",)),
        ("Com quem você prefere?", ("staff",)),
        ("Do you confirm?", ("confirm",)),
        ("¿Te sirve el viernes 13/03 a las 10:00?", ("confirm",)),
        ("¿El viernes 13 o el sábado 14?", ("which",)),
        ("¿Cuál querés cancelar?\n1) Corte, viernes 13/03 10:00\n2) Barba, martes 17/03 15:00", ("which",)),
        ("Tengo libre a las 16:00 o 17:00. ¿Cuál te queda mejor?", ("time",)),
        ("Si querés un turno, decime qué día y a qué hora.", ()),
        ("¡Listo, Juan! Quedó reservado.", ()),
    ],
)
def test_what_is_asked(reply: str, asks: tuple[str, ...]) -> None:
    assert heard(reply, TODAY).asks == asks


@pytest.mark.parametrize(
    ("reply", "offers"),
    [
        ("A las 15:00 no hay lugar. Tengo 12/03 16:00 y 17:15.", (at(12, "16:00", 1), at(12, "17:15", 2))),
        ("El jueves 12/03 no queda lugar. Lo más cercano es el viernes 13/03: 09:00.", (at(13, "09:00", 1),)),
        ("Hay lugar mañana a las 10 con Carlos. ¿Lo reservo?", (at(12, "10:00", 1),)),
        ("sexta 13/03 tenho livre: 09:00, 18h30.", (at(13, "09:00", 1), at(13, "18:30", 2))),
        ("On Friday 13/03 we are free at 3:30 pm.", (at(13, "15:30", 1),)),
        ("Tengo libre:\n1) jueves 12/03 9:00\n2) viernes 13/03 10:00", (at(12, "09:00", 1), at(13, "10:00", 2))),
        ("El sábado 14/03 abrimos 10:00–16:00.", ()),
        ("Voy a cancelar tu turno del viernes 13/03 a las 16:00. ¿Confirmás?", ()),
    ],
)  # fmt: skip
def test_free_times(reply: str, offers: tuple[Moment, ...]) -> None:
    assert heard(reply, TODAY).offers == offers


@pytest.mark.parametrize(
    ("reply", "deeds"),
    [
        ("¡Listo, Juan! Quedó reservado tu turno. Tu código es PB-Z26N77.", [Deed.DONE, Deed.BOOKED]),
        ("¡Listo! Tu turno quedó cambiado al viernes 13/03 a las 16:00.", [Deed.DONE, Deed.MOVED]),
        ("Listo, tu turno del viernes 13/03 quedó cancelado. Cuando quieras otro, escribime.", [Deed.CANCELLED]),
        ("Pronto, cancelei seu horário de sexta.", [Deed.CANCELLED]),
        ("Done! I moved your appointment to Friday 13/03 at 16:00.", [Deed.DONE, Deed.MOVED]),
        ("Tu turno vuelve a quedar como estaba.", [Deed.RESTORED]),
        ("Tu próximo turno: Barba el viernes 13/03 a las 10:00.", [Deed.OWN]),
        ("Ya tenés ese turno reservado.", [Deed.OWN]),
        ("No encontré ningún turno tuyo con este número.", [Deed.NONE]),
        ("Voy a cancelar tu turno. ¿Confirmás?", []),
        ("Todavía no quedó reservado.", []),
        ("Se puede cancelar hasta el día antes; un turno cancelado tarde se cobra.", []),
        ("¿Querés que lo deje reservado?", []),
        ("Ya anoté lo que me dijiste.", []),
    ],
)
def test_what_is_said_to_be_done(reply: str, deeds: list[Deed]) -> None:
    assert [claim.deed for claim in heard(reply, TODAY).claims] == deeds


def test_a_claim_has_the_days_and_times_of_its_sentence() -> None:
    (claim,) = heard("Mudei seu horário para sexta 13/03 às 16:00. Amanhã abrimos 9:00.", TODAY).claims
    assert (claim.days, claim.times) == ((date(2026, 3, 13),), ("16:00",))


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("hoy a las 3", [at(11, "15:00")]),
        ("pasado manana 9:30", [at(13, "09:30")]),
        ("por la manana", []),
        ("el viernes", [at(13)]),
        ("el viernes 20 a las 10:00", [at(20, "10:00")]),
        ("12 de marzo, 10h", [at(12, "10:00")]),
        ("march 12th at 5pm", [at(12, "17:00")]),
        ("2026-03-12 08:15", [at(12, "08:15")]),
        ("entre las 9:00 y las 9:30", [Moment(None, "09:00"), Moment(None, "09:15"), Moment(None, "09:30")]),
        ("9:00 a 9:15", [Moment(None, "09:00"), Moment(None, "09:15")]),
        ("de las 9:00 a las 10:00", [Moment(None, "09:00"), Moment(None, "10:00")]),
        ("el 05/01", [Moment(date(2027, 1, 5))]),
        ("el 31/02", []),
    ],
)
def test_days_and_times(text: str, moments: list[Moment]) -> None:
    assert list(moments_in(text, TODAY)) == moments


def test_what_broke_and_what_is_not_known_are_heard() -> None:
    assert heard("", TODAY).failed
    assert heard("Perdón, no pude consultar la agenda en este momento.", TODAY).failed
    assert heard("La agenda tardó en responder y todavía no sé si quedó.", TODAY).unsure
    assert not heard("¿Para qué día?", TODAY).failed


def test_a_title_ends_no_sentence_and_lines_of_a_list_are_none() -> None:
    assert sentences_of("Con la Dra. Beltrán hay lugar. ¿Va?\n1) Corte") == ("con la dra beltran hay lugar", "va")
