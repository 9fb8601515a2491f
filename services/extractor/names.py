"""Names of customers, in their own words and capitals."""

import re
from collections.abc import Callable, Sequence

from extractor.lexicon import COMMON, FIRST_NAMES, PARTICLES, SURNAMES
from extractor.text import Token, View, plain

_CUE = re.compile(
    r"\b(?:(?P<soft>soy|sou|im|i am|this is|it is|habla|te habla|le habla|les habla|escribe|te escribe|aca|its|aqui)|"
    r"me llamo|mi nombre(?: completo)?(?: es|:)?|mi nombre y apellido(?: es)?|nombre(?: y apellido|"
    r" completo)?(?: es)? ?:?|"
    r"(?:a|al|en|bajo el|com o|em) nombre d[eo]|a nombre|em nome d[eoa]|de parte de|my name(?: is|s)?|name is|"
    r"name ?:|me chamo|meu nome(?: e|:)?|"
    r"under the name(?: of)?|under|me dicen|pone(?:le|lo|la)? a|anota(?:lo|la|me|melo)? (?:a|como)|call me|"
    r"apellido|para mi hij[oa]|"
    r"aqui e|quem fala e|a nome de)"
    r"(?: (?:el|la|o|a|e|es|de|señor|señora|doña|don|mi|hij[oa]|mama|marido|esposa|esposo|:|mr|mrs|ms|dona|seu|"
    r"is)){0,4} $"
)
_LEAD = re.compile(
    r"^(?:si|ah|claro|dale|ok|bueno|hola|buenas|buenos|dias|tardes|es|el|la|mi|nombre|completo|y|apellido|soy|yo|"
    r"ponele|pone|a|de|anota|anotalo|anotame|"
    r"como|seria|sera|its|it|is|the|name|my|im|i|am|me|llamo|chamo|meu|nome|e|o|sou|ponelo|ponlo|sure|yes|sim|"
    r"perdon|perdona|digo|no|va|para|por|"
    r"dr|dra|lic|ing|prof|esta|bien|perfecto|gracias|obvio|registralo|registra|que|sea|correcto|this|with|con|ese|eso|ahi|tomo|nota|"
    r"señora|señor|doña|don|[,.:;!¡¿-])$"
)
_BREAKS = frozenset(',.;:!?()¡¿"-/&%@')
MAX_WORDS = 6
"""Longest name, in words."""

Known = Callable[[str], bool]


def find(
    view: View, known: Known, asked: bool, data: Sequence[tuple[int, int]], flow: bool
) -> tuple[str, list[Token]] | None:
    """The customer's name and its words, or None.

    `known` tells words of the catalogue; `asked` says that the assistant has just asked for the
    name; `data` are spans of the raw text where an e-mail, phone or id stood; `flow` says that a
    task is under way.
    """
    tokens = view.tokens
    found = _cued(view, known)
    if found is None and asked:
        found = _answer(view, known)
    if found is None and data:
        found = _beside(view, known, data)
    if found is None and not asked and not data:
        found = _bare(view, known, flow)
    if found is None:
        return None
    words = [view.raw[token.start : token.end] for token in found]
    return title(words), list(found) if tokens else []


def title(words: Sequence[str]) -> str:
    """A name with capitals: "juan de la fuente" -> "Juan de la Fuente"."""
    return " ".join(_capital(word, index) for index, word in enumerate(words))[:80]


def _capital(word: str, index: int) -> str:
    if index and word.lower() in PARTICLES and word.lower() not in ("san", "santa", "mc", "mac"):
        return word.lower()
    if not word.islower() and not word.isupper() and word[0].isupper():
        return word
    if word.isupper() and len(word) == 1:
        return word
    parts = re.split(r"(['’-])", word.lower())
    return "".join(part[:1].upper() + part[1:] for part in parts)


def _cued(view: View, known: Known) -> list[Token] | None:
    """A name after "soy", "me llamo", "a nombre de" …; the last such."""
    best: list[Token] | None = None
    for index, token in enumerate(view.tokens):
        if not token.text[:1].isalpha() or not view.visible(token):
            continue
        before = view.line[max(0, token.at - 60) : token.at]
        cue = _CUE.search(before)
        if cue is None:
            continue
        run = _run(view, index, known, strict=bool(cue["soft"]))
        if run and not (best and best[-1].at >= run[0].at):
            best = run
    return best


def _run(view: View, index: int, known: Known, strict: bool) -> list[Token]:
    """The words of a name that begins at a token."""
    run: list[Token] = []
    capitals = _capitalised(view, view.tokens[index])
    for token in view.tokens[index : index + MAX_WORDS]:
        word = view.raw[token.start : token.end]
        if word == "." and run and run[-1].end - run[-1].start <= 2:
            continue
        if not view.visible(token) or not _wordlike(word):
            break
        if run and word.lower() in PARTICLES:
            run.append(token)
            continue
        if not _could_be(view, token, capitals, first=strict and not run) or (
            run and _outside(view, token, known, capitals)
        ):
            break
        run.append(token)
        if strict and len(run) == 1 and known(token.text) and plain(word) not in FIRST_NAMES and not capitals:
            return []
    while run and view.raw[run[-1].start : run[-1].end].lower() in PARTICLES:
        run.pop()
    return run


def _wordlike(word: str) -> bool:
    return word[0].isalpha() and not word.isdigit() and len(word) <= 24


def _capitalised(view: View, token: Token) -> bool:
    return view.raw[token.start].isupper()


def _could_be(view: View, token: Token, capitals: bool, first: bool) -> bool:
    """Whether a word may be part of a name, given how the name began."""
    word = view.raw[token.start : token.end]
    shouting = word.isupper() and len(word) > 1
    folded = plain(word)
    if capitals and not word[0].isupper():
        return False
    if folded in COMMON or token.text in COMMON:
        return folded in FIRST_NAMES or (
            word[0].isupper() and not shouting and not first and token.text == folded and folded in SURNAMES
        )
    return len(folded) > 1 or not first


def _outside(view: View, token: Token, known: Known, capitals: bool) -> bool:
    """Whether a later word already says something else: a service, a time, a staff member after "con"."""
    return known(token.text) and not capitals and plain(token.text) not in FIRST_NAMES


def _answer(view: View, known: Known) -> list[Token] | None:
    """A name that is the answer to "¿a nombre de quién?": the longest segment that is one."""
    best: list[Token] | None = None
    for segment in _segments(view):
        while segment and _LEAD.match(plain(segment[0].text)) and not _name_after_all(view, segment[0]):
            segment = segment[1:]
        run = _run(view, segment[0].index, known, strict=False) if segment else []
        tail = segment[len(run) :]
        asks = "?" in view.line and not _capitalised(view, run[0]) if run else True
        if run and not asks and (not tail or _tail_ok(tail)) and (best is None or len(run) >= len(best)):
            best = run
    return best


def _bare(view: View, known: Known, flow: bool) -> list[Token] | None:
    """A full name that nobody asked for, as a segment of a short message: "es con z, Mara Gonzalez"."""
    for segment in _segments(view)[:-4:-1]:
        while segment and _LEAD.match(plain(segment[0].text)):
            segment = segment[1:]
        if not segment:
            continue
        run = _run(view, segment[0].index, known, strict=False)
        words = [view.raw[token.start : token.end] for token in run]
        full = 2 <= len(run) == len(segment) and all(word[0].isupper() and not known(plain(word)) for word in words)
        if full and ((flow and len(view.tokens) <= 12) or plain(words[0]) in FIRST_NAMES):
            return run
    return None


def _name_after_all(view: View, token: Token) -> bool:
    return plain(token.text) in FIRST_NAMES and plain(token.text) not in COMMON


def _tail_ok(tail: Sequence[Token]) -> bool:
    """Whether what follows a name in its segment leaves it a name."""
    return tail[0].text in (
        "y", "el", "gracias", "porfa", "por", "es", "para", "con", "mail", "tel", "cel", "celular",
        "and", "e", "please",
    )  # fmt: skip


def _segments(view: View) -> list[list[Token]]:
    segments: list[list[Token]] = [[]]
    for token in view.tokens:
        last = segments[-1][-1].text if segments[-1] else ""
        if token.text == "." and last.isalpha() and len(last) <= 2:
            continue
        if token.text in _BREAKS or not view.visible(token):
            segments.append([])
        else:
            segments[-1].append(token)
    return [segment for segment in segments if segment]


def _beside(view: View, known: Known, data: Sequence[tuple[int, int]]) -> list[Token] | None:
    """A name among data: a segment of its own that looks like one, near an e-mail or phone."""
    locals_ = " ".join(plain(view.raw[start:end]) for start, end in data)
    best: tuple[int, list[Token]] | None = None
    for segment in _segments(view):
        for run, alone in _candidates(view, segment, known):
            score = _evidence(view, run, alone, locals_)
            if score > 0 and (best is None or score > best[0]):
                best = (score, run)
    return best[1] if best else None


def _candidates(view: View, segment: list[Token], known: Known) -> list[tuple[list[Token], bool]]:
    found: list[tuple[list[Token], bool]] = []
    index = 0
    while index < len(segment) and len(found) < 6:
        run = _run(view, segment[index].index, known, strict=True)
        run = run[: len(segment) - index]
        if run:
            found.append((run, len(run) == len(segment)))
            index += len(run)
        else:
            index += 1
    return found


def _evidence(view: View, run: list[Token], alone: bool, data: str) -> int:
    """How much a run of words among data looks like a name; 0 when it does not."""
    words = [view.raw[token.start : token.end] for token in run]
    folded = [plain(word) for word in words]
    capitals = all(word[0].isupper() for word in words if word.lower() not in PARTICLES)
    echoed = any(len(word) > 2 and word[:5] in data for word in folded)
    first = folded[0] in FIRST_NAMES
    if not (capitals or first or echoed) or (
        not alone and not (capitals and (first or len(run) > 1)) and not (first and echoed)
    ):
        return 0
    if len(run) == 1 and not (echoed or first) and not (capitals and alone):
        return 0
    return 1 + 2 * echoed + 2 * first + 2 * capitals * (len(run) > 1) + (len(run) > 1) + alone
