"""Which mentioned values the customer takes back ("con Carlos no", "a las 3 no, mejor a las 4")."""

import itertools
import re
from collections.abc import Sequence

from extractor.reading.message import Mention
from extractor.text.word_lists import any_of

_CUE = re.compile(
    r"\b(?:perdon|perdona|digo|mentira|quise decir|quiero decir|me equivoque|corrijo|correccion|o sea|bah|"
    r"en realidad|"
    r"mejor|esper[ae]|aguanta|pensandolo bien|actually|sorry|i mean|rather|make it|quer dizer|desculpa|alias|"
    r"melhor|wait|"
    r"cambialo|cambiala|cambiemos|ay no|uy no|no no|no ,|no :|(?:no )?para(?= ?,)|pera|scratch that|instead|ah no|"
    r"era|mas bien|disculpa|"
    r"disculpe|"
    r"na verdade|oops|ups|nao ,|no perdon|corrige|pasalo|pasemoslo|hm+|pense bien|better|lie)\b"
)
_WHETHER = re.compile(r"\b(?:o|ou|or|u|y|e|and) (?:si no |sino |tal vez |quizas |a las? |el |con |la |at |on )?$")
_AFTER = re.compile(
    r"^(?: ?[,.;?-]){0,4} ?(?:(?P<neither>tampoco(?! (?:tenes|tienen|hay|se puede|puede|atienden))|ni loc[oa]|ni ahi|"
    r"imposible|(?:(?:me|se me) )?(?:queda|viene|cae|resulta|es|se hace)(?: muy| re| medio| un poco|"
    r" demasiado)? (?:mal|tarde|"
    r"temprano|lejos|incomodo|complicado|dificil|imposible)(?! ?\?)|(?:a mi )?se me complica|menos(?= ?(?:[,.;]|$))|"
    r"(?:lo|la|los|las) (?:dejo|dejamos|dejemos|saco|sacamos|descarto)(?= ?(?:[,.;]|$|para "
    r"otr)))\b|(?:ya )?(?P<no>no|nao|not)\b ?(?:(?P<comma>,|\.|;|!|-|$|\)|"
    r"(?:j+[aei][jaei]*|h+[ae][hae]+|k{2,}|(?:rs)+|lol|xd+)(?= |$))|(?P<verb>puedo|"
    r"me (?:pongas|des|den|anotes|agendes|atiendas|toques|dejes|deje|metas|mandes|reserves|guardes)|eh|che|"
    r"gracias|porfa|"
    r"por favor|ya te|ahora|llegaria|vuelvo|nunca|quisiera|quer[ií]a|pod(?:re|"
    r"ria)|me (?:sirve|viene|va|queda|da|conviene|cierra|gusta|queda bien|atendio)|"
    r"llego|voy|da|quiero|estoy|va|serve|posso|podria|alcanzo|vengo|tengo tiempo|works?|perdon|mejor|mas|digo|que|"
    r"porque|pero|"
    r"sino|el|la|a las|con|para|solo|esta|consigo)\b))"
)
_TIMED = ("preferred_date", "preferred_time")
_RATHER = re.compile(r"^ ?[,.;]? ?(?:no|nao) (?:mejor|perdon|digo|melhor|desculpa)\b")
_AFTER_QUESTION = re.compile(r"^ ?(?:,|\.)? ?(?:no|nao) ?\?")
_FILL = (
    r"(?:con|el|la|los|las|a|al|para|de|del|que|sea|un|una|me|lo|le|hacer|hacerme|es|era|en|on|at|with|the|com|na|"
    r"no|as|dia|tipo|mas|pra|o|"
    r"ser|por|sacar|reservar|turno|cita|atienda|atender|toque|señorita|señora|señor|señorito|don|doña|go|be|it|come|ahora)"
)
_BEFORE = re.compile(
    rf"\b(?P<neg>(?:no|nao|ya no|not|dont|i cant|cant|i dont|nem|tampoco|ni) ?(?:(?:quiero|queria|quero|es|era|"
    rf"seria|sera|dije|decia|puedo|podria|podre|voy|llego|pedi|prefiero|"
    rf"me (?:sirve|viene|va|queda|conviene|gusta)(?: bien)?|"
    rf"me (?:hagas|hagan|haga|pongas)|deseo|deseo que me atienda|"
    rf"quiero que me atienda|soy|fue|sea|seja|posso|want|make it|do|necesito|puede|tengo|"
    rf"alcanzo|estoy|van?|vengo|chego|consigo|consigo chegar) ?)?|"
    rf"en vez de|en lugar de|instead of|rather than|em vez de|excepto|salvo|(?<!mas o )menos|nada de|"
    rf"(?:any(?:thing|one|body| {any_of('who_serves')})?|somebody|someone|everyone|whoever) but(?: not)?|"
    r"(?<!nobody )(?<!no one )except(?: for)?|"
    r"(?:anyone|someone|somebody|anybody|person) (?:other than|besides)|without|excluding|exceto|tirando|"
    r"sem(?: ser)?|a no ser|"
    rf"que no|sin|evitemos|evitar|prefiero evitar|"
    rf"borra|saca|sacale)(?![a-zñ]) ?(?:{_FILL} ){{0,4}}$"
)
_UNKNOWN = re.compile(
    r"\bno (?:(?:se|sabia|tengo idea) (?:quien|cual|que) (?:es|era)|(?:la |lo )?conozco)(?: a)?(?: la| el)? $"
)
_SO_LONG = re.compile(r"\b(?:hace|faz|desde|for)\b[^,.;?!]{0,30}\b(?:que no|havent)\b[^,.;?!]{0,12}$")
"""A remark, no refusal: "hace un año que no me afeito"."""
_OF_NEXT = re.compile(
    r" ?[?,.;] ?(?:porque |que )?(?:no|nao) (?:puedo|llego|voy|posso|quiero|podria|podre|estoy|me sirve)"
    r"(?: (?:ir|con|a|el|la|las|at|na)){0,3} ?$"
)
_NEXT_VALUE = frozenset(("el", "la", "a las", "con", "para"))
"""After "no": the refusal is of what follows ("el viernes, no el jueves") or of what came before."""
_MEANT = re.compile(r"\b(?:era|es|quiero|queria|quise|para|dije|digo|i said|i want|pra|sino)\b[^,.;]{0,12}$")
_START = re.compile(
    r"^ (?:uy|ay|ah|eh|che|hola|bueno|y|pero)? ?(?:no|nao) (?:el|la|a las|con|para|las|al|com|na|as)? ?(?:el |la |"
    r"las )?$"
)


_TO_VALUE = r"(?:(?:con|com|with|el|la|las|los|a|as|the|an|para|pra|for|at|on|de|um|uma|un|una) ){0,2}"
_CONTRAST = re.compile(rf" ?(?:(?P<sure>,|;|y|e|and|pero|but) ?)?(?:(?:no|nao)|(?P<not>not)) {_TO_VALUE}")
_LED = re.compile(
    r"\b(?:era|eran|es|seria|quiero|queria|quisiera|necesito|necesitaba|busco|quero|gostaria|preciso|need|want|like|"
    r"it was|book|dije|disse|said)(?: (?:un|una|um|uma|an?|the|el|la|las|para|pra|turno|cita|hora|de|con|com|with|"
    r"hacerme|fazer))* $"
)


_PUT = re.compile(
    r"\b(?:puse|anote|escribi|dije|marque|elegi|pedi|saque|agende|reserve|mande|tipee|figura|dice|decia|pusieron|"
    r"anotaron|"
    r"anotaste|agendaron|pusiste|quedo|i (?:put|said|booked|wrote)|coloquei|marquei|falei)\b(?: (?:que|me|turno|cita|"
    r"hora|"
    rf"fue|¤+|{_FILL})){{0,4}} ?$"
)
_SHOULD = re.compile(
    r"^ ?[,.;]? ?(?:(?:y|pero|cuando|e|mas|but|and|en realidad|,|me confundi|me equivoque|perdon|sorry|by "
    r"mistake|por error) ){0,4}(?:es|era|son|va|iba|fue|seria|quise|quiero|"
    r"queria|quero|"
    r"necesito|necesitaba|prefiero|tiene que ser|tenia que ser|tendria que ser|debia|debe|deberia|debio|"
    r"tinha que ser|it should|"
    r"should|i meant|i wanted|i want|it was|lo quiero|lo queria|la queria)\b"
)


_EXCHANGE = re.compile(
    r"\b(?:cambi|pas|mov|chang|switch|troc|mud)[a-z]* (?:[a-z]+ ){0,4}?(?:(?:de|del|from|do|da|a|with|con) )?(?:la |"
    r"el )?$"
)
_FOR = re.compile(r" (?:a|por|to|para|for|pelo|pela|con) (?:la |el |a )?")


def _misput(line: str, one: Mention, after: Mention) -> bool:
    """Whether a value was a slip that the next one puts right: "puse el jueves 21 y tenía que ser el 28"."""
    lead = line[one.start : one.end].split(" ")[0]
    put = _PUT.search(line[max(0, one.start - 60) : one.start] + (f"{lead} " if lead in ("el", "la") else ""))
    return put is not None and _SHOULD.match(line[one.end : after.start]) is not None


def refused(mentions: Sequence[Mention], line: str) -> set[int]:
    """Indices of the mentions that are refused in their own words: "con Carlos no", "a las 10 no llego"; not those that
    only another value replaces: "a la mañana, no mejor el domingo"."""
    found = {index + 1 for index, sure in contrasted(mentions, line) if sure}
    first = {index - 1 for index in found}
    for index, mention in enumerate(mentions):
        if index in first:
            continue
        until = mentions[index - 1].end if index else 0
        following = mentions[index + 1] if index + 1 < len(mentions) else None
        after = not _next_refused(mention, following, line) and _refused_after(mention, line)
        replaced = mention.slot in _TIMED and _RATHER.match(line[mention.end : mention.end + 40]) is not None
        if (after and not replaced) or _refused_before(mention, line, until, _alone(index, mentions)):
            found.add(index)
    return found


def _replaced_after(mentions: Sequence[Mention], line: str) -> set[int]:
    """Indices of the days and hours that something else replaces: "a la mañana, no mejor el domingo"."""
    return {
        index
        for index, mention in enumerate(mentions)
        if mention.slot in _TIMED and _RATHER.match(line[mention.end : mention.end + 40])
    }


def rejected(mentions: Sequence[Mention], line: str) -> set[int]:
    """Indices of the mentions that the customer takes back, whatever slot they fill."""
    found = refused(mentions, line) | _replaced_after(mentions, line)
    found |= {index for index in range(len(mentions) - 1) if index + 1 in found and _neither(mentions, index, line)}
    plainly = [index for index in found if _refused_after(mentions[index], line)]
    found |= {index for index in range(len(mentions)) if any(_same(mentions, index, later) for later in plainly)}
    found |= {index for index in range(len(mentions) - 1) if _swapped(mentions, index, line)}
    by = _overtaking(mentions, line, found)
    return found | {
        index
        for index, mention in enumerate(mentions)
        if any(index < later and mention.slot == mentions[later].slot for later in by)
    }


def contrasted(mentions: Sequence[Mention], line: str) -> list[tuple[int, bool]]:
    """Values that a bare "no" parts from the next one: the index of each, and whether the words say which of the two is
    wanted. "Quería coloración no brushing" wants the first; "color no brushing" may want either."""
    found = []
    for index, (one, after) in enumerate(itertools.pairwise(mentions)):
        if one.slot != after.slot or not one.value or not after.value or one.value == after.value:
            continue
        between = _CONTRAST.fullmatch(line[one.end : after.start])
        if between:
            led = _LED.search(line[max(0, one.start - 40) : one.start]) is not None
            found.append((index, bool(led or between["sure"] or between["not"])))
    return found


def replacing(mentions: Sequence[Mention], line: str, refused: set[int]) -> set[int]:
    """Indices of the mentions that put another one right: the later one of "puse el martes y es el miércoles"."""
    return _overtaking(mentions, line, refused, slips=True)


def _same(mentions: Sequence[Mention], index: int, later: int) -> bool:
    """Whether a value that is refused later was named before: "barba y corte, la barba no"."""
    one, other = mentions[index], mentions[later]
    return index < later and one.slot == other.slot and one.value == other.value


def _neither(mentions: Sequence[Mention], index: int, line: str) -> bool:
    """Whether a value is refused with the one after it: "hoy no, mañana tampoco"."""
    one, after = mentions[index], mentions[index + 1]
    between = re.fullmatch(r" ?,? ?no(?: puedo| llego)? ?,? ?(?:y )?", line[one.end : after.start])
    return one.slot == after.slot and between is not None and line[after.end :].startswith((" tampoco", " , tampoco"))


def _alone(index: int, mentions: Sequence[Mention]) -> bool:
    return sum(other.slot == mentions[index].slot for other in mentions) == 1


def _next_refused(mention: Mention, following: Mention | None, line: str) -> bool:
    """Whether a refusal after a value is of the next one: "el sábado? no puedo el viernes"."""
    if following is None or following.slot != mention.slot:
        return False
    return _OF_NEXT.match(line[mention.end : following.start]) is not None


def _refused_after(mention: Mention, line: str) -> bool:
    rest = line[mention.end : mention.end + 40]
    if _AFTER_QUESTION.match(rest):
        return False
    match = _AFTER.match(rest)
    if match is None:
        return False
    if match["neither"]:
        return True
    if match["verb"] not in _NEXT_VALUE:
        return True
    comma_before = rest.lstrip().startswith((",", ".", ";", "-"))
    return not comma_before and not _MEANT.search(line[max(0, mention.start - 30) : mention.start])


def _refused_before(mention: Mention, line: str, until: int, alone: bool) -> bool:
    before = line[max(until, mention.start - 70) : mention.start]
    if not alone and _UNKNOWN.search(before):
        return True
    match = _BEFORE.search(before)
    if match is None or _SO_LONG.search(before):
        return False
    lead = "no " if line.startswith("no ", mention.start) else ""
    if until and re.fullmatch(r" ?[,;] (?:y )?(?:no|nao) ", before + lead):
        return True
    if until and re.match(r"^ ?,? ?(?:no|nao)\b ?(?:,|$)", before) and before.strip(" ,") in ("no", "nao"):
        return False
    negation = match["neg"].strip()
    if (
        negation.startswith(("no puede", "no podria", "no tengo", "no es ", "no van"))
        and "?" in line[mention.end : mention.end + 30]
    ):
        return False
    bare = negation in ("no", "nao", "not")
    if bare and alone and mention.start <= 30 and _START.match(line[: mention.start]):
        return False
    return not (bare and re.search(r"\b(?:no|nao) \?|\bo no $|\bpor que no\b", before))


def _overtaking(mentions: Sequence[Mention], line: str, refused: set[int], *, slips: bool = False) -> set[int]:
    """Later values of a slot that replace the ones before: "el 6... mentira, el 7". `slips`: only of values
    misput."""
    found: set[int] = set()
    runs: dict[str, list[int]] = {}
    for index, mention in enumerate(mentions):
        run = runs.setdefault(mention.slot, [])
        if index in refused and not slips:
            continue
        if any(mentions[before].value != mention.value for before in run) and _replaced(
            mentions, run, index, line, slips
        ):
            found.add(index)
        run.append(index)
    return found


def _replaced(mentions: Sequence[Mention], run: Sequence[int], index: int, line: str, slips: bool) -> bool:
    """Whether the last value of a slot, said once or again, is replaced by the one at `index`."""
    last = first = run[-1]
    for before in reversed(run):
        if mentions[before].value != mentions[last].value:
            break
        first = before
    if mentions[first].value == mentions[index].value:
        first = last
    between = line[mentions[first].end : mentions[index].start]
    slip = _misput(line, mentions[first], mentions[index])
    return slip or (not slips and _CUE.search(between) is not None and not _WHETHER.search(between))


def _swapped(mentions: Sequence[Mention], index: int, line: str) -> bool:
    """Whether somebody is exchanged for the one after: "cambiar de Carlos a María"."""
    one, after = mentions[index], mentions[index + 1]
    if not one.slot == after.slot == "staff_name":
        return False
    return bool(
        _EXCHANGE.search(line[max(0, one.start - 40) : one.start]) and _FOR.fullmatch(line[one.end : after.start])
    )
