"""Chooses, among the values mentioned for each slot, the one that the customer wants."""

import re
from collections.abc import Sequence

from extractor.corrections import rejected
from extractor.message import Mention

_EXISTING = re.compile(
    r"\b(?:(?:mi |el |la |los |las |meu |minha |o |a |my |the |un |una |lo |nuestra |nuestro )?"
    r"(?:turno|turnos|cita|citas|reserva|reservas|hora|horario|consulta|agendamento|appointment|booking|reservation|visita|lo|sesion)"
    r" (?:mio |que |q |ya )*(?:(?:tenia|tengo|saque|sacamos|reserve|agende|pedi|habia sacado|tinha|tenho|i have|ya tengo|me dieron|hice|era|es|tenemos|esta|estaba|figura|marquei|made|ya tenia|me diste|me habian dado) ?)?"
    r"(?:agendad[oa] |reservad[oa] |sacad[oa] |anotad[oa] |marcad[oa] )?(?:de |del |da |do |de la |de las |el |la |para el |para las |para |a las |on |for |at |en el |da |das |en |of |pra )*"
    r"|(?:tengo|tenia|tenemos|tenho|tinha|saque|reserve|agende|pedi|hice|estoy anotad[oa]|estaba anotad[oa]|i have|ive|i had|had) (?:un |una |el |la |an |mi |la )?(?:turno|cita|hora|reserva|horario|agendamento|appointment|booking|corte|lugar)?"
    r" ?(?:agendad[oa] |reservad[oa] |marcad[oa] |booked )?(?:para |de |del |el |a las |on |for |at |la |las |pra |na |con [a-z]+ )*"
    r"|(?:no (?:voy a |puedo |podre |alcanzo a |voy a poder |vou |posso |llego a |creo que )*(?:llegar?|ir|asistir|llego|voy|puedo|vengo|posso|vou|alcanzo|podre|venir|go|make it)|cant (?:come|make it|go|attend)|wont (?:be able to )?(?:come|make it)) ?"
    r"(?:el |la |a las |para el |on |at |de |del |na |no |as |al |a |with |con [a-z]+ |turno |cita |hora )*"
    r"|(?:cancel[a-z]*|anul[a-z]*|baja|borr[a-z]*|suspend[a-z]*|desmarc[a-z]*) (?:el |la |lo |mi |de |del |turno |cita |hora |reserva |my |the |appointment |on |for |para |meu |o |horario |da |do |a |as |las )*"
    r"|lo que tenia (?:el |para el |a las )?|(?:era|estaba) (?:para )?(?:el |a las |la )|(?:en vez|en lugar) de(?:l)? (?:las |la |el )?|instead of (?:the )?|"
    r"(?:del|de la|de las|from|desde el|da|das) )$"
)
_EXISTING_AFTER = re.compile(r"^ (?:appointment|booking|slot|session)\b")
_OTHER_EVENT = re.compile(
    r"\b(?:tengo|hay|es|cumplo|viajo|me voy|arranco|empiezo|me caso|se casa|es mi|llego|vuelvo|salgo|i have|tenho|trabajo|rindo|festejo|cumple|"
    r"casamiento|fiesta|boda|bautismo|cumpleaños|egreso|entrevista|viaje|evento|antes d[eo]|antes del|despues del|hasta el|hasta|before|party|wedding|"
    r"anteayer|ayer|desde el|a partir del|until|me sacan|abren|cierran|vence)\b[^,.;?!]{0,26}$"
)
_WANT = re.compile(
    r"\b(?:turno|cita|hora|reserv[a-z]+|anot[a-z]+|quiero|necesito|quisiera|queria|para|puede ser|pasa[a-z]*|mov[a-z]+|cambi[a-z]+|corr[a-z]+|mejor|al|pal|for|to|on|pra)\b[^,.;?!]{0,14}$"
)


def choose(mentions: Sequence[Mention], line: str, moving: bool, giving_up: bool) -> tuple[dict[str, str], set[str]]:
    """The wanted value of each slot, and the slots whose only values were taken back.

    `moving` says that an appointment is being moved and `giving_up` that one is being cancelled:
    then dates and times may belong to the one that exists.
    """
    refused = rejected(mentions, line)
    slots: dict[str, str] = {}
    for slot in dict.fromkeys(mention.slot for mention in mentions):
        timed = slot in ("preferred_date", "preferred_time")
        if timed and giving_up:
            continue
        left = [one for index, one in enumerate(mentions) if one.slot == slot and index not in refused]
        if timed:
            left = _wanted(left, line, moving)
        if left and left[0].value:
            slots[slot] = left[0].value
    removed = {mentions[index].slot for index in refused if mentions[index].slot not in slots and mentions[index].value}
    return slots, removed


def _wanted(mentions: list[Mention], line: str, moving: bool) -> list[Mention]:
    """Dates or times that may be the wanted ones, best first."""
    scored = [(_score(mention, line, moving), mention) for mention in mentions]
    kept = [(score, mention) for score, mention in scored if score > -10]
    kept.sort(key=lambda pair: -pair[0])
    return [mention for _, mention in kept]


def _score(mention: Mention, line: str, moving: bool) -> int:
    before = line[max(0, mention.start - 60) : mention.start]
    own = line[mention.start : mention.end]
    lead = re.match(r"(?:el|este|del|de las|de la|las|a las|la|al|on|at|para el|para las) ", own)
    reach = before + (lead[0] if lead else "")
    score = mention.weight
    if moving:
        if _EXISTING_AFTER.match(line[mention.end :]) or _existing(reach):
            score -= 20
        elif re.search(r"\b(?:al|pal|para el|para la|para las|para|a las|to|for|pra|a la|until|until the) $", reach):
            score += 5
    elif re.search(
        r"\b(?:tengo|tenia|saque|reserve) (?:un |una |el |la )?(?:turno|cita|hora|reserva) (?:para |el |de )*$", reach
    ):
        score -= 4
    if _OTHER_EVENT.search(before) and not _WANT.search(before):
        score -= 3
    return score


def _existing(reach: str) -> bool:
    return bool(_EXISTING.search(reach))
