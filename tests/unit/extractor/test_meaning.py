"""Corrections, polarity, topics, language, and the rules of labelling, on whole messages."""

from datetime import datetime

import pytest

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.text.normalised import view
from tests.unit.extractor.conftest import Read


@pytest.mark.parametrize(
    ("text", "slot", "wanted"),
    [
        ("a las 3 no, mejor a las 4", "preferred_time", "16:00"), ("no a las 6, a las 5", "preferred_time", "17:00"),
        ("con carlos no, con maria", "staff_name", "María"), ("no quiero con carlos, dame con sofia", "staff_name",
        "Sofía"),
        ("el lunes no puedo, el martes si", "preferred_date", "2026-03-17"), ("barba no, corte solo",
        "service_type", "Corte de Cabello"),
        ("no dije martes, dije miercoles", "preferred_date", "2026-03-18"), ("barba, bah mejor corte",
        "service_type", "Corte de Cabello"),
        ("el 16... mentira, el 17", "preferred_date", "2026-03-17"), ("mañana... no, pasado mañana",
        "preferred_date", "2026-03-13"),
        ("en vez de corte quiero brushing", "service_type", "Brushing"), ("quiero manicura no brushing",
        "service_type", "Manicura"),
        ("carlos? no, con maria", "staff_name", "María"), ("amanhã não dá, sexta", "preferred_date", "2026-03-13"),
        ("not Carlos, with Maria", "staff_name", "María"), ("corte y brushing", "service_type", "Corte de Cabello"),
        ("el martes no tenés nada?", "preferred_date", "2026-03-17"), ("no, a las 4 te dije", "preferred_time",
        "16:00"),
        ("con carlos no", "staff_name", None), ("el lunes no puedo", "preferred_date", None),
        ("cualquiera menos carlos", "staff_name", None), ("anyone but Carlos please", "staff_name", None),
        ("qualquer pessoa exceto a Maria", "staff_name", None), ("someone other than Maria", "staff_name", None),
        ("el lunes 10:30, no pará, 11:30", "preferred_time", "11:30"), ("a las 5 no puedo, anotame 6",
        "preferred_time", "18:00"),
        ("viernes a las 4, ay no, 5", "preferred_time", "17:00"), ("a las 3... perdón, 4", "preferred_time", "16:00"),
        ("a las 2 me queda mal, poneme 3", "preferred_time", "15:00"), ("a las 9 no, muy temprano, 10",
        "preferred_time", "10:00"),
        ("amanhã às 3, desculpa, 4", "preferred_time", "16:00"), ("tomorrow at 2, sorry, 3", "preferred_time", "15:00"),
        ("a las 5 no puedo, somos 2 personas", "preferred_time", None), ("a las 3? no, tengo 2 hijos",
        "preferred_time", None),
        ("a las 3 no, mejor dejame el 5", "preferred_time", None), ("a las 10:30 esta tarde con sofi",
        "preferred_time", "10:30"),
        ("puse el martes 17 y tenía que ser el martes 24", "preferred_date", "2026-03-24"),
        ("me confundí, dije martes y es miércoles", "preferred_date", "2026-03-18"),
        ("I booked Friday but it should be Saturday", "preferred_date", "2026-03-14"),
        ("pedí brushing pero quería alisado", "service_type", "Alisado"), ("un corte y quería también color",
        "service_type", "Corte de Cabello"),
        ("barba y corte, la barba no, solo el corte", "service_type", "Corte de Cabello"),
        ("el brushing lo dejo, haceme solo color", "service_type", "Coloración"),
        ("el domingo no atienden, no? entonces el lunes", "preferred_date", "2026-03-16"),
        ("jueves o viernes, mejor viernes", "preferred_date", "2026-03-13"),
        ("anotame el martes, uy no, el martes es feriado, el miércoles", "preferred_date", "2026-03-18"),
        ("saqué turno para el 20 pero me confundí, era para el 27", "preferred_date", "2026-03-27"),
        ("querría cambiar de Carlos a María", "staff_name", "María"), ("prefiro que não seja com o Carlos",
        "staff_name", None),
    ],
)  # fmt: skip
def test_the_value_that_the_customer_wants_is_kept(read: Read, text: str, slot: str, wanted: str | None) -> None:
    reading = read(text, None, "book")
    assert reading.slots.get(slot) == wanted
    assert (slot in reading.removed_slots) == (wanted is None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("el miércoles 18 cuatro y veinte", "2026-03-18 16:20"), ("jueves 15 30 hs", "2026-03-12 15:30"),
        ("sábado 11 45 hs", "2026-03-14 11:45"), ("lunes 16 17 hs", "2026-03-16 17:00"),
        ("lunes 10 30 barba", "2026-03-16 10:30"), ("mañana cuatro y diez para corte", "2026-03-12 16:10"),
        ("mañana cinco, barba", "2026-03-12 17:00"), ("hoy a la tarde 5 y 20", "2026-03-11 17:20"),
        ("mañana dos cortes", "2026-03-12 -"), ("el viernes dos personas", "2026-03-13 -"),
        ("el martes diez minutos tarde", "2026-03-17 -"), ("mañana una tintura", "2026-03-12 -"),
        ("me rapo al 1 mañana a las 5", "2026-03-12 17:00"),
    ],
)  # fmt: skip
def test_an_hour_may_follow_a_day_without_a_sign(read: Read, text: str, wanted: str) -> None:
    slots = read(text, None, "book").slots
    assert f"{slots.get('preferred_date', '-')} {slots.get('preferred_time', '-')}" == wanted


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("asen brushing?", "hacen brushing ?"),
        ("quiero aserme algo", "quiero hacerme algo"),
        ("que orario", "que horario"),
        ("nesesito canselar", "necesito cancelar"),
        ("aora no", "ahora no"),
        ("save the date", "save the date"),
        ("ahorra", "ahorra"),
        ("bale", "bale"),
        ("onze e doze", "onze e doze"),
        ("voy a asar", "voy a asar"),
        ("quierounturnoparabarbaelviernes", "quiero un turno para barba el viernes"),
        ("holaquetalalas4", "holaquetalalas 4"),
        ("correctamente", "correctamente"),
        ("descontracturante", "descontracturante"),
    ],
)
def test_words_are_understood_as_they_sound_unless_they_are_others(text: str, line: str) -> None:
    assert view(text).line.strip() == line


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sí", "affirm"), ("siii", "affirm"), ("dale", "affirm"), ("daleee", "affirm"), ("ok", "affirm"),
        ("de una", "affirm"),
        ("confirmo", "affirm"), ("tal cual", "affirm"), ("👍", "affirm"), ("yes please", "affirm"),
        ("isso, pode marcar", "affirm"),
        ("vale, perfecto", "affirm"), ("sisi confirmame", "affirm"), ("si, el lunes", "affirm"), ("bueno dale",
        "affirm"),
        ("no", "deny"), ("nop", "deny"), ("no, dejá", "deny"), ("mejor no", "deny"), ("no gracias", "deny"), ("👎",
        "deny"),
        ("eso", "affirm"), ("eso es", "affirm"), ("ahora sí", "affirm"), ("sii", "affirm"), ("joya", "affirm"),
        ("mandale", "affirm"), ("seee", "affirm"), ("de diez", "affirm"), ("claro que sí", "affirm"),
        ("impecable", "affirm"),
        ("noo", "deny"), ("nono", "deny"), ("ni ahí", "deny"), ("ni en pedo", "deny"),
        ("pará, no, me equivoqué", "deny"),
        ("esperá, no", "deny"), ("claro que no", "deny"), ("ahora no", "deny"),
        ("ah no, entonces dejá, gracias", "deny"),
        ("olvidate", "deny"), ("never mind", "deny"), ("não", "deny"),
        ("si tenés lugar avisame", None), ("si me haces un lugar te agradezco", None), ("quiero un turno", None),
        ("no sé", None), ("a las 5", None), ("mañana", None), ("siempre voy los lunes", None),
    ],
)  # fmt: skip
def test_polarity(read: Read, text: str, wanted: str | None) -> None:
    assert read(text).polarity == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("quiero hablar con una persona", "human"), ("dónde quedan?", "address"), ("aceptan tarjeta?", "payment"),
        ("a qué hora era mi turno?", "my_appointment"), ("hay alguna promo?", "promotions"),
        ("tienen algún combo?", "packages"),
        ("cuánto dura el alisado?", "duration"), ("con quién me puedo cortar?", "staff"), ("muchas gracias", "thanks"),
        ("chau, nos vemos", "goodbye"), ("me dejaron el pelo horrible", "complaint"), ("llego 10 minutos tarde",
        "late"),
        ("ah no, entonces dejá, gracias", "abandon"), ("no, dejá, otro día", "abandon"),
        ("mejor dejalo ahí", "abandon"),
        ("quiero hablar con la doctora, mi gato está mal", "human"), ("pasame con sofi que le consulto algo", "human"),
        ("cuanto mas me vas a preguntar", "complaint"), ("cuántas cosas más me vas a pedir?", "complaint"),
        ("te mandé un audio, lo escuchaste?", "media"), ("mirá el video", "media"), ("ahí te mandé la imagen", "media"),
        ("hacen depilación?", "not_offered"), ("🎤", "media"), ("[audio]", "media"), ("no, dejá", "abandon"),
        ("quiero un corte", None),
    ],
)  # fmt: skip
def test_topics(read: Read, text: str, wanted: str | None) -> None:
    assert read(text).topic == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("hola, quiero un turno para mañana", "es"), ("¿cuánto sale?", "es"),
        ("olá, gostaria de agendar uma escova", "pt"),
        ("você tem horário amanhã?", "pt"), ("do you have anything tomorrow?", "en"), ("thank you so much", "en"),
        ("ok", ""), ("3", ""), ("no", ""), ("si", ""), ("sí", ""), ("otro día", "es"), ("no, dejá, otro día", "es"),
        ("Buen día", "es"), ("bom dia", "pt"), ("obrigada", "pt"), ("hello", "en"), ("no thanks, bye", "en"),
        ("14:00 Nora Gil noragil@gmail.com", ""), ("Joao Prado, joao@uol.com.br", ""), ("mi email es a@b.com", ""),
        ("Will Rose will@gmail.com", ""), ("bueno entonces color", "es"), ("alisado con maria", "es"),
        ("15hs", ""), ("11 5555 1234", ""), ("perfecto, quinta avenida", "es"), ("es para mi hija Tamara", ""),
    ],
)  # fmt: skip
def test_language(read: Read, text: str, wanted: str) -> None:
    assert read(text).language == wanted


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("cancelar mi turno del lunes", "cancel", {}),
        ("pasame el turno de las 3 a las 5", "reschedule", {"preferred_time": "17:00"}),
        ("puedo cambiar el turno del jueves para el sábado?", "reschedule", {"preferred_date": "2026-03-14"}),
        ("tengo turno el viernes, lo paso al lunes misma hora", "reschedule", {"preferred_date": "2026-03-16"}),
        ("los sábados trabajan?", "info_hours", {}),
        ("cuánto sale el corte?", "info_prices", {"service_type": "Corte de Cabello"}),
        ("hacen keratina?", "info_services", {"service_type": "Alisado"}),
        ("no es para cancelar, es para moverlo al viernes", "reschedule", {"preferred_date": "2026-03-13"}),
        ("sabés si llueve mañana?", "other", {}),
    ],
)  # fmt: skip
def test_rules_of_labelling(read: Read, text: str, intent: str, slots: dict[str, str]) -> None:
    reading = read(text)
    assert (reading.intent, reading.slots) == (intent, slots)


@pytest.mark.parametrize("active", ["book", "cancel", "reschedule"])
@pytest.mark.parametrize("text", ["dale", "sí, confirmo", "perfecto", "👍"])
def test_a_yes_in_a_task_belongs_to_it(read: Read, text: str, active: str) -> None:
    assert read(text, None, active).intent == active


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("cuánto sale?", "info_prices"),
        ("hasta qué hora están?", "info_hours"),
        ("cuánto tarda?", "info_services"),
        ("dónde queda?", "other"),
    ],
)
def test_a_question_in_a_booking_is_its_own(read: Read, text: str, intent: str) -> None:
    assert read(text, None, "book").intent == intent


def test_timezone_of_the_business_decides_what_today_is(read: Read) -> None:
    assert read("mañana", now="2026-03-12T01:30:00+00:00").slots["preferred_date"] == "2026-03-12"


@pytest.mark.parametrize(
    "text",
    [
        "me da lo mismo quién",
        "con cualquiera",
        "me da igual con quien, a las 10",
        "con quien sea",
        "no importa quién",
        "me da lo mismo qué peluquera",
        "con cualquier mecánico",
        "no importa qué doctora",
        "con cualquier profe",
    ],
)
def test_when_anyone_will_do_the_person_is_taken_back(salon: Reader, text: str) -> None:
    now = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
    known = {"staff_name": "Carlos", "preferred_time": "09:00"}
    assert salon.read(MessageInContext(text, now, None, "book", known)).removed_slots == ("staff_name",)
    assert salon.read(MessageInContext(text, now, None, "book")).removed_slots == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("un corte para ayer a las 15", "2026-03-10"), ("turno para anteayer", "2026-03-09"),
        ("me hablaron ayer, quiero turno para el viernes", "2026-03-13"), ("ayer me atendió Sofía y quedé feliz", None),
    ],
)  # fmt: skip
def test_a_wish_for_a_day_that_has_passed_keeps_it(read: Read, text: str, wanted: str | None) -> None:
    assert read(text).slots.get("preferred_date") == wanted


@pytest.mark.parametrize("text", ["no, corte no, brushing", "color", "uñas y barba", "Brushing", "Alisado con María"])
def test_words_of_the_catalogue_are_no_names(read: Read, text: str) -> None:
    assert "client_name" not in read(text, "service_type", "book").slots
    assert "client_name" not in read(text, "client_name", "book").slots
    assert "client_name" not in read(text, None, "book").slots


def test_a_part_of_day_stands_only_without_a_time(read: Read) -> None:
    assert read("mañana a la tarde").part_of_day == "afternoon"
    assert read("mañana a las 5 de la tarde").part_of_day is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a qué hora abren el sábado?", "2026-03-14"),
        ("abren mañana?", "2026-03-12"),
        ("abren los sábados?", None),
        ("a qué hora abren?", None),
        ("quiero un corte el sábado a las 11", None),
    ],
)
def test_the_day_whose_hours_are_asked_for_is_no_wish(read: Read, text: str, wanted: str | None) -> None:
    reading = read(text)
    assert reading.asked_day == wanted
    assert reading.intent != "info_hours" or "preferred_date" not in reading.slots


def test_a_doubtful_message_names_its_alternatives(read: Read) -> None:
    reading = read("turno corte cuánto sale mañana")
    assert reading.alternatives
    assert all(0 < p <= reading.confidence for _, p in reading.alternatives)
    assert len(reading.alternatives) <= 3


def test_reasoning_never_quotes_the_customer(read: Read) -> None:
    assert "zanahoria" not in read("quiero un turno zanahoria, soy Zanahoria").reasoning


@pytest.mark.parametrize(
    ("end", "intent"),
    [
        ("En fin: quiero sacar turno de manicura, tenés lugar el sábado a las 11?", "book"),
        ("Bueno, la pregunta: hasta qué hora están abiertos el sábado?", "info_hours"),
        ("Por eso: cancelame el turno del viernes por favor", "cancel"),
    ],
)
def test_a_long_story_is_read_by_what_it_ends_with(read: Read, end: str, intent: str) -> None:
    story = (
        "Hola! Los conozco hace años y yo no cambio de lugar por nada, aunque mi cuñada insista. Esta semana no llego "
        "a nada: tuve que pasar la reunión para el otro martes y mover la cita del banco, y encima mi marido se quedó "
        "sin trabajo y ando de acá para allá. "
    )
    assert read(story + end).intent == intent
