"""Hours that only their place shows to be hours: after a day ("el lunes 5"), or instead of a time taken back
("a las 10 no llego, poneme 11")."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from extractor.reading.message import Mention
from extractor.when.grammar.chart import Edge
from extractor.when.grammar.mentions import Places, hour_of
from extractor.when.grammar.moments import Found
from extractor.when.grammar.values import Days, Hours, Setting, with_part
from workspace.calendar import parse_date

_PARTS = {"mañana": "morning", "tarde": "afternoon", "tardecita": "afternoon", "noche": "night"}
REACH = 90
"""Characters after a day or a time in which a bare hour is looked for."""
_ENDS = re.compile(
    r"(?= ?(?:$|[,.;?!)¤]|(?:porfa|por favor|mejor|si|puede|podes|esta|estaria|gracias|dale|y|para|con|tenes|tienen|"
    r"hay|please|me|te|o|pode|com|for|with|que|es|entonces|va|de una|genial|perfecto|joya)\b))"
)
"""After an hour in words: nothing that it could count."""
_COUNTS = re.compile(
    r"^ ?(?:%|/|años|anos|personas|minutos|min\b|minutes|cortes|turnos|dias|semanas|meses|mil|pesos|cuotas|km|cuadras|"
    r"servicios|chicas|chicos|hijos|nenes|nenas|hermanas|amigas|veces|opciones|cosas|de [a-z]+o\b|x [0-9]|"
    r"por 1\b|(?:hs|horas|h|hours) (?:antes|despues|de anticipacion|before|mas|de espera)|dias|days|weeks|years|people|"
    r"hours\b)"
)
"""After a number that counts something."""
_AFTER_DAY = re.compile(r"^ ?,? ?(?:(?:a|por|de|en) la (?P<part>mañana|tarde|tardecita|noche) ?,? ?)?$")
_SORRY = (
    r"(?:no|nao|not|nop|ay|uy|ah|eh|ups|oops|mentira|perdon|perdona|digo|sorry|wait|esper[ae]|para(?= ?[,.;!])|pera|"
    r"aguanta|"
    r"bah|mejor|me equivoque|me confundi|quise decir|i mean|desculpa|melhor|rather|que digo|disculpa|disculpe|corrijo|"
    r"en realidad|pensandolo bien|actually|quer dizer|make it|make that|mas bien)\b"
)
_BADLY = (
    r"(?:(?:me |se me )?(?:queda|viene|cae|hace|complica|es|esta|resulta) )?(?:(?:muy|re|medio|un poco|"
    r"demasiado) )?(?:mal|"
    r"tarde|temprano|lejos|incomodo|complica|complicado|dificil|imposible)"
)
_REFUSES = rf"(?:(?:ya )?(?:no|nao|not|tampoco) (?:[a-z]+ ){{1,6}}?|{_BADLY} (?:[a-z]+ ){{0,4}}?)[,.;:?!]"
_LEAD = (
    r"(?:(?:poneme|ponele|pone|ponelo|pongame|ponme|anotame|anota|dame|dejame|dejalo|deja|agendame|reservame|pasame|"
    r"pasalo|"
    r"pasala|hacelo|haceme|hagamos|pongamos|dejemos|tenes|tienen|tiene|tienes|hay|habra|puede ser|podra ser|"
    r"podria ser|podes|"
    r"mejor|que sean?|serian?|sean|son|era|eran|digo|si|a ver|lets say|tem|pode ser|coloca|quise decir|y|entonces|"
    r"tal vez|"
    r"quizas|tipo|como|can we do|how about|what about|do|at|as|que tal|para|seria) ){0,4}"
)
_INSTEAD = re.compile(
    rf"^ ?(?:[,.;:?-] ?){{0,4}}(?:(?:{_SORRY} ?(?:[,.;:!?-] ?){{0,3}}){{1,5}}(?:{_BADLY} ?[,.;] )?|{_REFUSES} ){_LEAD}$"
)


def find(
    line: str, read: Sequence[Mention], found: Found, places: Places, setting: Setting, known: date | None
) -> Iterator[Mention]:
    """Bare hours of a line whose other days and hours have been read."""
    days = [one for one in read if one.slot == "preferred_date"]
    hours = [one for one in read if one.slot == "preferred_time"]
    day = parse_date(days[-1].value) if days else known
    bare = list(_bare(line, found, places))
    if not hours:
        yield from _mentions(_following(line, days, bare, _AFTER_DAY), setting, day)
    yield from _mentions(_following(line, hours, bare, _INSTEAD), setting, day)


_AGE = re.compile(
    r"\b(?:cumpl[a-zñ]+|fiesta|festa|party|tiene[ns]?|tengo|tenia|edad|faz|tem|turns?|turning|is)(?: de)? $"
)


def counts_something(line: str, start: int, end: int) -> bool:
    """Whether a number counts something by its place: "90 años", "cumple 15"."""
    return bool(_COUNTS.match(line[end : end + 60]) or _AGE.search(line[max(0, start - 16) : start]))


Bare = tuple[Edge, int, int]
"""An hour without any sign, and where it begins and ends in the line."""


def _bare(line: str, found: Found, places: Places) -> Iterator[Bare]:
    """The longest hour at each word that may stand alone: it counts nothing, and is part of no constraint."""
    constrained = {at for one in found.edges if isinstance(one.value, Days | Hours) for at in range(one.start, one.end)}
    for start, by_category in found.chart.at.items():
        if start in constrained:
            continue
        edges = sorted(by_category.get("t", ()), key=lambda edge: -edge.end)
        for edge in edges:
            begin, end = places[start][0], places[edge.end - 1][1]
            if _stands(line, found.words[start : edge.end], end):
                yield edge, begin, end
                break


def _stands(line: str, words: Sequence[str], end: int) -> bool:
    """Whether a number counts nothing: "mañana dos cortes", "el lunes una tintura" are no hours."""
    if _COUNTS.match(line[end : end + 60]):
        return False
    if len(words) > 1 or words[0].isdigit():
        return True
    return words[0] not in ("una", "uma", "uno", "um", "one", "un", "a", "an", "o") and bool(_ENDS.match(line[end:]))


def _following(line: str, after: Sequence[Mention], bare: Sequence[Bare], between: re.Pattern[str]) -> Iterator[Bare]:
    """The first bare hour after each mention with nothing but some words between."""
    for one in after:
        for edge, begin, end in sorted(bare, key=lambda found: found[1]):
            joined = between.match(line[one.end : begin]) if one.end <= begin <= one.end + REACH else None
            if joined:
                part = _PARTS.get(joined.groupdict().get("part") or "", "")
                yield (replace(edge, value=with_part(edge.value, part)) if part else edge), begin, end
                break


def _mentions(found: Iterator[Bare], setting: Setting, day: date | None) -> Iterator[Mention]:
    for edge, begin, end in found:
        at = hour_of(edge.value, setting, day)
        if at:
            yield Mention("preferred_time", at, begin, end)
