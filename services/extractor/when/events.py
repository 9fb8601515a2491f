"""Dates and times of the customer's own life ("salgo a las 4", "tengo un casamiento el sábado").

They say why or until when, not when the appointment is to be.
"""

import re
from collections.abc import Sequence, Set

from extractor.reading.message import Mention
from extractor.text.normalised import without
from extractor.text.word_lists import any_of

_OCCASION = any_of("occasions")
_DOING = (
    r"(?:salgo|salimos|sale del?|llamen|llamar|llamame|llamenme|me llaman|curro|parto|partimos|"
    r"entro|entramos|entra a|arranco|arranca|arrancan|empiezo|empieza|empezo|termino|"
    r"termina|vuelvo|regreso|viajo|viajamos|me voy|nos vamos|me caso|se casa|se casan|nos casamos|me opero|me operan|"
    r"rindo|trabajo|laburo|cumplo|festejo|festejamos|me reciben|me recibo|me sacan|curso|juego|llego de|"
    r"me toca trabajar|estoy trabajando|estoy ocupad[oa]|estoy en|i work|i finish|i get off|i get out|i leave|"
    r"im flying|i fly|im at|saio|trabalho|chego|termino de|busco a|retiro a|llevo a|tengo que (?:ir|estar|buscar|"
    r"llevar|retirar|trabajar|entrar|viajar|salir)|me mandan|me espera[n]?)"
)
_NO_EVENT = (
    r"(?:turnos?|cita|hora|horario|reserv[a-z]+|libre|disponible|tiempo|ganas|un hueco|un rato|franco|agendad[oa]|"
    r"anotad[oa]|disponibilidad|lugar|para|el turno|mi turno|un turno|una cita|la cita|mi cita|una hora|la hora|"
    r"un lugar|an appointment|appointment|a booking|time|(?:el |la )?¤+|que (?:sacar|hacer|cancelar|cambiar|pedir|"
    rf"mover|reservar|{any_of('work_acts')})[a-z]*|entre|desde|hasta|solo|"
    rf"(?:el|la|los|las|mi|mis|o|a|as|my) {any_of('worked_on')}|mejor|pensado)(?![^\W_])"
)
_CERTAIN = re.compile(
    rf"\b(?:{_DOING}|(?:tengo|tenemos|tenho|i have|ive got|i got|hay|va a haber|es mi|es el|es la|de mi|de la|"
    rf"con (?:el|la|mi)|antes del?|despues del?|before (?:my|the|a)|after (?:my|the)) "
    rf"(?:(?:un|una|el|la|los|las|mi|a|an|the|my|uma|um|que ir al?) )?{_OCCASION})\b"
)
_HAVE = re.compile(rf"\b(?:(?:tengo|tenemos|tenho)|me (?:pusieron|pasaron) (?:al?|el|la|un|una)) (?!{_NO_EVENT})")
_MAYBE = re.compile(rf"\b{_OCCASION}\b")
_WANT = re.compile(
    r"\b(?:turnos?|cita|hora|reserv[a-z]+|anot[a-z]+|agend[a-z]+|quiero|necesito|quisiera|queria|quero|puede ser|"
    r"pod(?:es|ria|rias|ran|re|emos)|puedo|tenes|tienen|tienes|tendras|tendrias|hay|dame|me das|me (?:haces|harias|"
    r"hago|cortas|anotas|atienden)|mejor|aprovecho|que tal|pasa[a-z]*|mov[a-z]+|cambi[a-z]+|corr[a-z]+|seria|"
    r"mejor|asi que|por eso|entonces|i need|i want|can i|could i|do you|do u|appointment|come)\b"
)
_AFTER = re.compile(
    r"^(?: ¤+)? ?,? ?(?:(?:que|ya|yo|a la noche|a la tarde|a la mañana|al mediodia|is|es) ){0,2}(?:tengo|viajo|"
    r"viajamos|me caso|"
    r"se casa|me opero|es feriado|feriado|cumplo|trabajo|laburo|curro|salgo|rindo|me voy|es mi cumple|es el cumple|"
    r"es mi|i have|i work|i fly|tenho|a holiday|es el dia de|hay paro|es fiesta)\b"
    rf"(?! {_NO_EVENT})|^ ?,? ?(?:yo )?(?:trabajo|laburo|curro|curso|estudio|trabalho|work|i work) "
    r"(?:hasta|desde|de|ate|das|until|till|from)\b"
)
_APART = re.compile(r"(?: ¤+)? ?,")
_JOIN = re.compile(r" ?,? ?(?:(?:y|a|de|del|el|la|las|at|on|recien|por la|a la|noche|tarde|mañana) ){0,3}")
_BREAK = re.compile(r"[,.;?!()]|\b(?:pero|asi que|por eso|entonces|but|so|mas)\b")
TIMED = ("preferred_date", "preferred_time")


def elsewhere(mentions: Sequence[Mention], line: str, own: Set[str]) -> dict[int, bool]:
    """Places of the dates and times of other events; True where that is certain, not just likely. `own` are words
    that elsewhere name an event and here something of the business: "con el dentista"."""
    line = without(line, own)
    found: dict[int, bool] = {}
    for index, one in enumerate(mentions):
        if one.slot not in TIMED:
            continue
        likely = _before(index, mentions, line)
        because = one.slot == "preferred_time" and line.startswith(" que ", one.end)  # "a las 11, que salgo a las 10"
        if likely is None and not because and _AFTER.match(line[one.end : one.end + 60]):
            likely = not _APART.match(line[one.end :])  # "a las 10, tengo un casamiento" says why
        if likely is None:
            likely = _joined(index, mentions, line, found)
        if likely is not None:
            found[index] = likely
    return found


def _before(index: int, mentions: Sequence[Mention], line: str) -> bool | None:
    """Whether an event is named before a value in its clause, with no wish between."""
    start = mentions[index].start
    reach = line[max(0, start - 60) : start]
    breaks = list(_BREAK.finditer(reach))
    clause = reach[breaks[-1].end() :] if breaks else reach
    offset = start - len(clause)
    for pattern, certain in ((_CERTAIN, True), (_HAVE, True), (_MAYBE, False)):
        events = list(pattern.finditer(clause))
        if not events:
            continue
        end = events[-1].end()
        served = any(one.slot == "service_type" and offset + end <= one.start < start for one in mentions[:index])
        if not served and not _WANT.search(clause[end:]):
            return certain
    return None


def _joined(index: int, mentions: Sequence[Mention], line: str, found: dict[int, bool]) -> bool | None:
    """Whether a value goes with the one before it: "el viernes 11 a las 21"."""
    before = mentions[index - 1] if index else None
    if before is None or index - 1 not in found or before.slot == mentions[index].slot:
        return None
    return found[index - 1] if _JOIN.fullmatch(line[before.end : mentions[index].start]) else None
