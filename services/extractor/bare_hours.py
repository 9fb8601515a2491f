"""Hours that only their place shows to be hours: after a day ("el lunes 5"), or instead of a time taken back
("a las 10 no llego, poneme 11")."""

import re
from collections.abc import Iterator, Sequence

from extractor.clock import Clock
from extractor.message import Mention
from extractor.time_patterns import CORE, NOT_TIME_AFTER
from extractor.times import resolve

REACH = 90
"""Characters after a day or a time in which a bare hour is looked for."""
_ENDS = (
    r"(?= ?(?:$|[,.;?!)¤]|(?:porfa|por favor|mejor|si|puede|podes|esta|estaria|gracias|dale|y|para|con|tenes|tienen|"
    r"hay|please|"
    r"me|te|o|pode|com|for|with|que|es|entonces)\b))"
)
_AFTER_DAY = re.compile(rf"^ ?,? ?(?:(?:a|por|de|en) la (?:mañana|tarde|tardecita|noche) ?,? ?)?{CORE}")
_WORD_ENDS = re.compile(_ENDS)
_DIGIT_ENDS = re.compile(r"^(?= |$)(?! ?(?:/|de [a-z]+o\b|personas|años|%))")
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
    rf"^ ?(?:[,.;:?-] ?){{0,4}}(?:(?:{_SORRY} ?(?:[,.;:!?-] ?){{0,3}}){{1,5}}(?:{_BADLY} ?[,.;] )?|"
    rf"{_REFUSES} ){_LEAD}{CORE}{_ENDS}"
)


def after_day(line: str, days: Sequence[Mention], clock: Clock) -> list[Mention]:
    """A bare hour right after a day: "mañana 11", "el miércoles 30 cuatro y veinte"."""
    for day in days:
        match = _AFTER_DAY.match(line[day.end : day.end + REACH])
        if match is None or not any(char.isalpha() for char in line[day.start : day.end]) or not _stands(match):
            continue
        at = resolve(match, clock)
        if at is not None:
            return [Mention("preferred_time", at.strftime("%H:%M"), day.end, day.end + match.end())]
    return []


def _stands(match: re.Match[str]) -> bool:
    """Whether a number after a day counts nothing else: "mañana dos cortes", "el lunes una tintura"."""
    rest = match.string[match.end() :]
    if NOT_TIME_AFTER.match(match.string[match.end("h") :]):
        return False
    if match.end() > match.end("h"):
        return True
    if match["h"][0].isdigit():
        return _DIGIT_ENDS.match(rest) is not None
    return match["h"] not in ("una", "uma", "uno", "um", "one") and _WORD_ENDS.match(rest) is not None


def instead(line: str, times: Sequence[Mention], clock: Clock) -> Iterator[Mention]:
    """Bare hours that are said instead of a time before them: "viernes a las 4, ay no, 5"."""
    for one in times:
        match = _INSTEAD.match(line[one.end : one.end + REACH])
        at = resolve(match, clock) if match else None
        if match is None or at is None or NOT_TIME_AFTER.match(match.string[match.end("h") :]):
            continue
        start, end = one.end + match.start("h"), one.end + match.end()
        if not any(start < other.end and other.start < end for other in times):
            yield Mention("preferred_time", at.strftime("%H:%M"), start, end)
