"""Chooses, among the values mentioned for each slot, the one that the customer wants."""

import re
from collections.abc import Mapping, Sequence, Set

from extractor.reading.message import Mention
from extractor.selection.corrections import rejected, replacing
from extractor.text.normalised import blanked
from extractor.text.word_lists import any_of
from extractor.when.events import elsewhere

DAYNAMES = (
    "lunes|martes|miercoles|jueves|viernes|sabado|domingo|segunda|terca|quarta|quinta|sexta|monday|tuesday|wednesday|"
    "thursday|friday|saturday|sunday|lun|mar|mie|mier|jue|juev|vie|vier|sab|dom|mon|tue|wed|thu|fri|sat|sun"
)
"""Names of weekdays, as part of a pattern."""
_HAVING = (
    r"(?:tenia|tengo|saque|sacamos|reserve|agende|pedi|habia sacado|tinha|tenho|i have|ive got|me dieron|hice|era|"
    r"es|tenemos|booked|i booked|me anote|me anotaron|me tocaba|me toca|tocaba|me habian dado|me agendaron|"
    r"agarre|quedamos|tome|me pusieron|me asignaron|"
    r"reservamos|"
    r"esta|estaba|figura|marquei|made|me diste|me habian dado|quedo)"
)
_DONE = r"(?:agendad[oa]|reservad[oa]|sacad[oa]|anotad[oa]|marcad[oa]|booked|scheduled)"
_TO = r"(?:de|del|da|do|el|la|las|para|a|on|for|at|en|das|of|pra|com|con|with|na|no|as|al|lo|mi|my|the|meu|o|que)"
_APPOINTMENT = (
    r"(?:turnos?|citas?|reservas?|hora|horario|consulta|agendamento|appointment|booking|reservation|visita|sesion)"
)
_EXISTING = re.compile(
    rf"(?:\b{_APPOINTMENT} (?:mio )?(?:que )?(?:ya )?{_HAVING} (?:ya )?(?:{_DONE} )?(?:{_TO} ){{0,3}}"
    rf"|\b{_APPOINTMENT} (?:{_DONE} )?(?:(?:de|del|da|do|on|of|el|en el|a las|at) (?:la |las |el |a las )?)?"
    rf"|\b{_APPOINTMENT} {_DONE} (?:{_TO} ){{0,3}}"
    rf"|\b{_HAVING} (?:un |una |el |la |an |mi )?(?:{_APPOINTMENT}|¤+)? ?(?:{_DONE} )?(?:{_TO} ){{0,3}}"
    rf"|\b{_APPOINTMENT}(?: (?:de (?:la |el |las |mi )?|con )[a-zñ¤]+){{1,2}} (?:del?|de la|de las|da|das) "
    rf"|\b{_HAVING} (?:un |una |el |la |mi )?{_APPOINTMENT}(?: (?:de|para|con) (?:la |el |las |los |mi |un |una |"
    rf"hacerme )?"
    rf"(?![a-z]+r(?:me)?l[oa]s?\b)[a-zñ¤]+){{1,2}} ?,? (?:{_TO} ){{0,2}}"
    r"|\blo de(?:l)? (?:la |las |el )?"
    r"|\b(?:no|nao) (?:(?:voy|puedo|podre|alcanzo|poder|vou|posso|creo|que|a) ){0,4}"
    r"(?:llegar?|ir|asistir|llego|voy|puedo|vengo|posso|vou|alcanzo|podre|venir|consigo) "
    rf"(?:{_TO} |turno |cita |hora ){{0,4}}"
    rf"|\b(?:cant|wont|cannot)(?: be able to)? (?:come|make|go|attend)(?: it)? (?:{_TO} ){{0,3}}"
    rf"|\b(?:cancel|anul|baja|borr|suspend|desmarc)[a-z]* (?:{_TO} |{_APPOINTMENT} ){{0,5}}"
    r"|\b(?:era|estaba) (?:para )?(?:el |a las |la |las )?"
    r"|\b(?:en vez|en lugar) de(?:l)? (?:las |la |el )?|\binstead of (?:the )?"
    r"|\b(?:del|de la|de las|from|desde el|da|das) )$"
)
_JOINED = re.compile(
    r" ?,? ?(?:(?:a las?|y|de|del|de las|el|at|on|tipo|as|a eso de las|por la mañana|a la mañana|a la tarde) ){0,2}"
)
_MOVED_TO = re.compile(
    r"\b(?:pas|mov|muev|cambi|corr|recorr|adelant|atras|posterg|reprogram|reagend|traslad|mud|adi|push|mov|"
    r"chang)[a-z]* "
    rf"(?:me |el |mi |la |ese |esa |mis |o |a |meu |my |the )*{_APPOINTMENT}(?: de(?: la)? (?!{DAYNAMES}|mañana|"
    rf"hoy|las)[a-zñ¤]+){{0,2}} "
    r"(?:a las|al|para el|para las|para la|para|a la|a|to|for|pra|pras|as) (?:el |las |la )?$"
)
"""A move verb with where it moves to: "corremos mi turno a las 5"."""
_EXISTING_AFTER = re.compile(r"^ (?:appointment|booking|slot|session)\b")
_LIMIT = re.compile(
    r"\b(?:antes d[eo]|antes del?|the day before|despues del|hasta el|hasta|before|anteayer|ayer|desde el|"
    r"a partir del|"
    r"until|abren|cierran|vence)\b[^,.;?!]{0,34}$"
)
_THEIRS = re.compile(
    rf"\b(?:(?:{_APPOINTMENT}|lo mio|la mia|el mio)(?: mio| mia)? (?:que )?(?:{_HAVING} )?con|(?:tengo|tenia|"
    rf"estoy|saque|estaba|"
    rf"reserve)(?: {_APPOINTMENT}| un turno)? con|en vez de(?: con)?|en lugar de(?: con)?|"
    rf"estaba anotad[oa] con) (?:la |el )?$"
)
"""Before the person or service of the appointment that exists: "mi turno es con María y prefiero …"."""
_WHO = any_of("who_serves")
_ANYONE = re.compile(
    r"\b(?:(?:me )?(?:da|es) (?:lo mismo|igual)|no (?:me )?importa|me es indistinto|indistinto|no tengo preferencia|"
    r"sin preferencia|doesnt matter|dont (?:mind|care)|tanto faz|me resulta indistinto)(?: con| de| a| por)? "
    rf"(?:quien|cual|who|quem|que (?:{_WHO}|(?:profesional|persona|chica)[a-z]*)|(?:el|la) (?:{_WHO}|profesional))\b"
    rf"|\b(?:con|por|with|com) (?:cualquiera|cualquier (?:persona|profesional|chica|{_WHO})|quien (?:sea|este|pueda|"
    r"quieras|tengas|haya)|(?:el|la) que (?:este|haya|pueda|tengas?|quieras|sea)|anyone|anybody|qualquer (?:um|uma))\b"
)
_HAD = re.compile(r"\b(?:tengo|tenia|saque|reserve|tinha|tenho|had|i have)\b")
_WHETHER_OPEN = re.compile(
    r" ?,? ?(?:que es |es )?(?:feriado )?,? ?(?:no )?(?:atienden|abren|trabajan|laburan|estan (?:abiertos|cerrados)|"
    r"are you open|"
    r"are you closed|cierran|(?:esta )?cerrado|nao abrem|abrem|atendem)\b"
)
_REMARK = re.compile(r"\b(?:que|eso|ahi|ese dia) (?:es|era|cae|caia) $")
"""Before what a day is called, which the customer has just noticed: "uy cierto que es domingo, …"."""
_REMARKED = re.compile(rf"(?:mañana|hoy) (?:es|cae) (?:{DAYNAMES})\b")
"""The same of a day named twice: "mañana es domingo, el lunes entonces"."""
_LEAD = re.compile(
    r"(?:el|este|del|de las|de la|las|a las|la|al|on|at|para el|para las|para|pra|pal|to|a|de|desde el|da|das|"
    r"por el|pelo) "
)
_WANT = re.compile(
    r"\b(?:turno|cita|hora|reserv[a-z]+|anot[a-z]+|quiero|necesito|quisiera|queria|para|puede ser|pasa[a-z]*|"
    r"mov[a-z]+|cambi[a-z]+|corr[a-z]+|mejor|al|pal|for|to|on|pra)\b[^,.;?!]{0,14}$"
)


def anyone(line: str) -> bool:
    """Whether the customer says that it does not matter who serves them."""
    return _ANYONE.search(line) is not None


def choose(
    mentions: Sequence[Mention], line: str, moving: bool, giving_up: bool, own: Set[str]
) -> tuple[dict[str, str], set[str]]:
    """The wanted value of each slot, and the slots whose only values were taken back.

    `moving` says that an appointment is being moved and `giving_up` that one is being cancelled:
    then dates and times may belong to the one that exists. `own` are words that elsewhere name an event of the
    customer's and here something of the business.
    """
    refused = rejected(mentions, line)
    instead = {id(mentions[index]) for index in replacing(mentions, line, refused)}
    other = {id(mentions[index]): certain for index, certain in elsewhere(mentions, line, own).items()}
    served = _served(mentions, line)
    slots: dict[str, str] = {}
    for slot in dict.fromkeys(mention.slot for mention in mentions):
        timed = slot in ("preferred_date", "preferred_time")
        if timed and giving_up:
            continue
        left = [one for index, one in enumerate(mentions) if one.slot == slot and index not in refused]
        if giving_up and not timed and not left:
            left = [one for one in mentions if one.slot == slot]
        if not timed:
            left.sort(key=lambda one: _THEIRS.search(line[max(0, one.start - 40) : one.start]) is not None)
        if timed:
            left = _wanted(left, mentions, served, moving, other, instead)
        valued = [one.value for one in left if one.value]
        if valued:
            slots[slot] = valued[0]
    removed = {mentions[index].slot for index in refused if mentions[index].slot not in slots and mentions[index].value}
    return slots, removed


def _wanted(
    left: list[Mention],
    mentions: Sequence[Mention],
    line: str,
    moving: bool,
    other: Mapping[int, bool],
    instead: Set[int],
) -> list[Mention]:
    """Dates or times that may be the wanted ones, best first. `other` holds those of other events, `instead` those
    that put another one right."""
    scored = [
        (_score(one, mentions, line, moving and id(one) not in instead) - _apart(one, other), one) for one in left
    ]
    kept = [(score, one) for score, one in scored if score > -10]
    kept.sort(key=lambda pair: -pair[0])
    return [one for _, one in kept]


def _apart(mention: Mention, other: Mapping[int, bool]) -> int:
    """How much speaks against a value that belongs to another event: a day may still be the wanted one."""
    certain = other.get(id(mention))
    if certain is None:
        return 0
    return 20 if certain and mention.slot == "preferred_time" else 3


def _score(mention: Mention, mentions: Sequence[Mention], line: str, moving: bool) -> int:
    reach = _reach(mention, line)
    score = mention.weight
    if moving:
        if _MOVED_TO.search(reach):
            score += 5
        elif _EXISTING_AFTER.match(line[mention.end : mention.end + 60]) or _existing(mention, mentions, line):
            score -= 20
        elif re.search(r"\b(?:al|pal|para el|para la|para las|para|a las|to|for|pra|a la|until|until the) $", reach):
            score += 5
    elif _HAD.search(line[: mention.start]) and _existing(mention, mentions, line):
        score -= 4
    elif re.search(r"\b(?:para|pra|pal|for) (?:el |la |este |the )?$", reach):
        score += 1
    if _WHETHER_OPEN.match(line[mention.end : mention.end + 60]):
        score -= 3
    remarked = _REMARK.search(reach) or _REMARKED.match(line[mention.start : mention.end])
    if remarked and not line.startswith(" o ", mention.end):
        score -= 3
    if _LIMIT.search(reach) and not _WANT.search(reach):
        score -= 3
    return score


def existing(mentions: Sequence[Mention], line: str) -> frozenset[int]:
    """Places of the dates and times that belong to an appointment that exists."""
    served = _served(mentions, line)
    return frozenset(
        index
        for index, one in enumerate(mentions)
        if one.slot in ("preferred_date", "preferred_time") and _existing(one, mentions, served)
    )


def _served(mentions: Sequence[Mention], line: str) -> str:
    """A line with the services blanked out, as which of them it is says nothing of an appointment."""
    return blanked(line, [(one.start, one.end) for one in mentions if one.slot == "service_type"])


def _reach(mention: Mention, line: str) -> str:
    """What comes before a value, with the article that it begins with."""
    lead = _LEAD.match(line[mention.start : mention.end])
    return line[max(0, mention.start - 60) : mention.start] + (lead[0] if lead else "")


def _existing(mention: Mention, mentions: Sequence[Mention], line: str) -> bool:
    """Whether a date or time is that of an existing appointment, itself or through its neighbour."""
    if _EXISTING.search(_reach(mention, line)):
        return True
    timed = [one for one in mentions if one.slot in ("preferred_date", "preferred_time")]
    place = timed.index(mention)
    before = timed[place - 1] if place else None
    if before is None or before.slot == mention.slot or not _JOINED.fullmatch(line[before.end : mention.start]):
        return False
    return bool(_EXISTING.search(_reach(before, line)))
