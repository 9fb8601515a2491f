"""Which part of the day a message prefers: said, left over by a refusal, or earlier or later than a known time."""

import re
from datetime import time

from turn.vocabulary import PartOfDay

_PART_CUE = re.compile(
    r"\b(?:(?:a|de|por|en|x|toda|esta) la (?:(?P<m>mañana)|(?P<t>tarde|tardecita|siesta)|(?P<n>noche|nochecita))|"
    r"(?P<m2>temprano|tempranito|a primera hora|de manha|pela manha|morning|a media mañana|early|de mañana)|"
    r"(?P<t2>a tarde|de tarde|esta tarde|a la siesta|despues de (?:almorzar|comer)|afternoon|after lunch|"
    r"a media tarde)|"
    r"(?P<n2>de noche|a noite|esta noche|tardecita|a ultima hora|despues de(?:l)? (?:laburo|laburar|trabajar|"
    r"trabajo|la oficina)|evening|"
    r"after work|tonight))\b"
)
_CANNOT = (
    r"(?:(?:no|nao|tampoco) (?:puedo|podria|llego|voy|quiero|estoy|posso|consigo|tengo tiempo|"
    r"me (?:sirve|queda|viene|conviene|va|cierra)(?: bien)?)(?: ir| venir)?|"
    r"(?:trabajo|laburo|estudio|curso|trabalho)(?: (?:todos los dias|siempre))?|"
    r"estoy (?:ocupad[oa]|trabajando|laburando|cursando)|i (?:cant|work))"
)
_CANNOT_BEFORE = re.compile(rf"\b{_CANNOT}(?: (?:in the|na|pela))? $")
_CANNOT_AFTER = re.compile(
    rf"^ ?,? ?(?:yo )?(?:{_CANNOT}|(?:no|tampoco|nao)(?= ?(?:[,.;!]|$))|imposible|se me complica|me queda mal)"
)
_OTHER_PART = {
    PartOfDay.MORNING: PartOfDay.AFTERNOON,
    PartOfDay.AFTERNOON: PartOfDay.MORNING,
}
_SHIFT = re.compile(
    r"^ (?:(?:y|no|algo|un|poco|poquito|toque|rato|mejor|pero|seria|puede|podria|ser|tenes|tendras|tendrias|tienen|hay|"
    r"habra|turno|horario|para|si|ese|mismo|dia|,|\?) ){0,7}mas (?:tarde|tardecito|temprano|tempranito)"
    r"(?: (?:ese|el|mismo|dia|puede|podria|ser|seria|tenes|tendras|tendrias|tienen|hay|habra|no|se|porfa|por|favor|"
    r"algo|turno|lugar|mejor|,)){0,5}[ ?!.]*$"
)
"""A message that only asks for an earlier or a later time."""


def part_of_day(line: str, known: time | None = None) -> PartOfDay | None:
    """The part of the day that a line prefers, or None. `known` is the time wanted so far."""
    if known and shifts(line):
        return _shifted(line, known)
    left_over: PartOfDay | None = None
    until = 0
    for match in _PART_CUE.finditer(line):
        part = _part(match)
        after = _CANNOT_AFTER.match(line[match.end() : match.end() + 40])
        if not after and not _CANNOT_BEFORE.search(line[until : match.start()]):
            return part
        left_over, until = _OTHER_PART.get(part), match.end() + (after.end() if after else 0)
    return left_over


def shifts(line: str) -> bool:
    """Whether a message only asks for an earlier or a later time than the one known."""
    return _SHIFT.match(line) is not None


def _part(match: re.Match[str]) -> PartOfDay:
    if match["m"] or match["m2"]:
        return PartOfDay.MORNING
    return PartOfDay.EVENING if match["n"] or match["n2"] else PartOfDay.AFTERNOON


def _shifted(line: str, known: time) -> PartOfDay:
    if "mas tarde" in line:
        return PartOfDay.AFTERNOON if known < time(16) else PartOfDay.EVENING
    return PartOfDay.MORNING if known < time(17) else PartOfDay.AFTERNOON
