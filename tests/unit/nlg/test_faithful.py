"""When another wording of a reply may be sent: only when it says the same."""

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nlg.slm.faithful import firm_parts, free_words, is_faithful
from nlg.writing.render import MAX_CHARS
from tests.unit.nlg.builders import PHRASES
from tests.unit.nlg.test_templates import DONE_WORDS

FREE = PHRASES["es-AR"].free
BOOKED = (
    "¡Listo, Juan! Quedó reservado tu turno de Corte de Cabello el jueves 12/03 a las 15:00 con Sofía. "
    "Tu código es PB-0PX90F."
)
MOVE = "Voy a pasar tu turno de Barba del jueves 12/03 a las 15:00 al viernes 13/03 a las 16:00. ¿Confirmás?"
MESSAGES = (
    BOOKED,
    MOVE,
    "Corte de Cabello el jueves 12/03 a las 15:00 con Sofía: hay lugar. ¿A nombre de quién va el turno?",
    "El jueves 12/03 no queda lugar con Sofía. Tengo libre a las 15:00 y a las 16:30. ¿Cuál te queda mejor?",
    "Sí, hacemos Corte de Cabello: $3500–$6000, 45 minutos, con Sofía y Carlos.",
    "Necesito un e-mail completo, como nombre@ejemplo.com.",
    "Perdón, no pude consultar la agenda, así que no hice ningún cambio. Escribime de nuevo en unos minutos.",
)
NAMES = ("Pedro", "Lucía", "carlos", "Corte de Barba", "Ana María", "Mercado Pago", "gratis", "cancelado", "reservé")


@pytest.mark.parametrize(
    ("message", "wording"),
    [
        (BOOKED, BOOKED),
        (
            BOOKED,
            "¡Listo, Juan! Ya te quedó reservado el turno para Corte de Cabello este jueves 12/03 a las 15:00 con "
            "Sofía, código PB-0PX90F. ¡Gracias!",
        ),
        (MOVE, "Dale, voy a pasar el turno de Barba del jueves 12/03 a las 15:00 al viernes 13/03, 16:00: ¿confirmás?"),
        (MESSAGES[3], "El jueves 12/03 ya no hay lugar con Sofía, tenemos libre 15:00 y 16:30. ¿Cuál te queda mejor?"),
    ],
)  # fmt: skip
def test_the_same_in_other_words_may_be_sent(message: str, wording: str) -> None:
    assert is_faithful(wording, message, FREE)


UNFAITHFUL = {
    "another time": BOOKED.replace("15:00", "16:00"),
    "a time in words": BOOKED.replace("15:00", "tres de la tarde"),
    "another day": BOOKED.replace("jueves", "viernes"),
    "another date": BOOKED.replace("12/03", "13/03"),
    "another code": BOOKED.replace("0PX90F", "0PX90G"),
    "another member of staff": BOOKED.replace("Sofía", "Carlos"),
    "another service": BOOKED.replace("Corte de Cabello", "Barba"),
    "another customer": BOOKED.replace("Juan", "Pedro"),
    "a claim": "Cancelado: " + BOOKED,
    "a promise": BOOKED + " Te esperamos.",
    "a price": BOOKED + " Son $5000.",
    "a discount": BOOKED + " ¡Es gratis!",
    "an e-mail": BOOKED + " hola@estudio.com",
    "a link": BOOKED + " www.estudio.com",
    "a link with a scheme": BOOKED + " https://t.co/x",
    "a question": BOOKED + " ¿Algo más?",
    "without its code": BOOKED.replace(" Tu código es PB-0PX90F.", ""),
    "without its claim": BOOKED.replace("reservado ", ""),
    "a denied claim": BOOKED.replace("Quedó", "No quedó"),
    "full-width digits": BOOKED.replace("15:00", "１５:００"),
    "a Greek letter": BOOKED.replace("Corte", "Cοrte"),
    "an invisible sign": BOOKED.replace("Juan", "Ju\u200ban"),
    "a line of its own": BOOKED.replace(". ", ".\n"),
    "an emoji": BOOKED + " 🎉",
    "empty": "",
    "blank": "  ",
    "too long": BOOKED + " gracias" * 20,
}  # fmt: skip


@pytest.mark.parametrize("name", UNFAITHFUL)
def test_what_says_anything_else_may_not(name: str) -> None:
    assert not is_faithful(UNFAITHFUL[name], BOOKED, FREE)


def test_a_question_stays_one_and_from_and_to_stay_where_they_are() -> None:
    assert not is_faithful(MOVE.replace("¿Confirmás?", "Confirmás."), MOVE, FREE)
    assert not is_faithful(MOVE.replace("Voy a pasar", "Pasé"), MOVE, FREE)
    assert not is_faithful(MOVE.replace("del jueves", "al jueves").replace("al viernes", "del viernes"), MOVE, FREE)
    assert not is_faithful(MOVE.replace("12/03", "x").replace("13/03", "12/03").replace("x", "13/03"), MOVE, FREE)


@given(message=st.sampled_from(MESSAGES), seed=st.integers(0, 2**32))
def test_a_message_with_any_digit_changed_never_passes(message: str, seed: int) -> None:
    chance = random.Random(seed)
    digits = [at for at, char in enumerate(message) if char.isdigit()]
    assume(digits)
    at = chance.choice(digits)
    other = chance.choice([digit for digit in "0123456789" if digit != message[at]])
    assert not is_faithful(message[:at] + other + message[at + 1 :], message, FREE)


@given(
    message=st.sampled_from(MESSAGES),
    word=st.one_of(st.sampled_from(NAMES), st.from_regex(r"[A-Za-zñáéíóú0-9]{1,12}", fullmatch=True)),
    seed=st.integers(0, 2**32),
)
def test_a_message_with_any_word_put_in_or_for_another_never_passes(message: str, word: str, seed: int) -> None:
    chance, words = random.Random(seed), message.split(" ")
    assume(word.casefold() not in FREE)
    at = chance.randrange(len(words) + 1)
    assert not is_faithful(" ".join([*words[:at], word, *words[at:]]), message, FREE)
    at = chance.randrange(len(words))
    same = firm_parts(word, FREE) == firm_parts(words[at], FREE)
    assert same or not is_faithful(" ".join([*words[:at], word, *words[at + 1 :]]), message, FREE)


@given(message=st.sampled_from(MESSAGES), seed=st.integers(0, 2**32))
def test_a_message_with_firm_words_left_out_or_in_another_order_never_passes(message: str, seed: int) -> None:
    chance, words = random.Random(seed), message.split(" ")
    firm = [at for at, word in enumerate(words) if firm_parts(word, FREE)]
    first, second = chance.sample(firm, 2)
    assert not is_faithful(" ".join(words[:first] + words[first + 1 :]), message, FREE)
    swapped = list(words)
    swapped[first], swapped[second] = words[second], words[first]
    assume(firm_parts(words[first], FREE) != firm_parts(words[second], FREE))
    assert not is_faithful(" ".join(swapped), message, FREE)


@given(text=st.text(max_size=400), message=st.sampled_from(MESSAGES))
def test_whatever_is_written_has_all_the_firm_parts_or_does_not_pass(text: str, message: str) -> None:
    if is_faithful(text, message, FREE):
        assert firm_parts(text, FREE) == firm_parts(message, FREE)
        assert len(text) <= MAX_CHARS


FORBIDDEN = """no ni nunca sin não sem nem not never without o ou or del al from to hoy mañana ayer tarde noche
today tomorrow tonight hoje amanhã dos two dois gratis free listo done pronto hecho feito si if"""


@pytest.mark.parametrize("locale", PHRASES)
def test_no_free_word_claims_denies_counts_or_names_a_time(locale: str) -> None:
    phrases = PHRASES[locale]
    days = {text.casefold() for name in ("weekdays", "weekdays_short") for text in phrases.words[name]}
    forbidden = set(FORBIDDEN.split()) - ({"o"} if locale == "pt-BR" else set())
    assert phrases.free
    assert not phrases.free & (forbidden | days)
    assert not [word for word in phrases.free if DONE_WORDS.search(word) or any(char.isdigit() for char in word)]


def test_the_words_of_a_business_names_are_never_free() -> None:
    names = frozenset({"Genial Estudio", "Corte de Cabello"})
    assert free_words({"genial", "de", "hola"}, names) == {"de", "hola"}
