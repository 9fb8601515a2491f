"""Names of customers, in their own words and capitals."""

import re
from collections.abc import Callable, Sequence

from extractor import name_patterns as patterns
from extractor.lexicon import COMMON, FIRST_NAMES, NOT_NAMES, PARTICLES, SURNAMES
from extractor.name_writing import title
from extractor.text import Token, View, plain

Known = Callable[[str], bool]


def find(
    view: View, known: Known, asked: bool, data: Sequence[tuple[int, int]], flow: bool
) -> tuple[str, list[Token]] | None:
    """The customer's name and its words, or None.

    `known` tells words of the catalogue; `asked` says that the assistant has just asked for the
    name; `data` are spans of the raw text where an e-mail, phone or id stood; `flow` says that a
    task is under way.
    """
    found = _cued(view, known, asked) or _before_cue(view, known)
    if found is None and asked:
        found = _answer(view, known)
    if found is None and data:
        found = _beside(view, known, data)
    if found is None and not asked and not data:
        found = _bare(view, known, flow)
    words = [view.raw[token.start : token.end] for token in found or ()]
    return (title(words), found) if found else None


def _sure(view: View, run: list[Token], known: Known, asked: bool) -> bool:
    """Whether words after "soy" are a name, not a trade or a mood: "soy peluquera", "I'm sick"."""
    words = [view.raw[token.start : token.end] for token in run]
    if not words:
        return False
    first = plain(words[0])
    lone = [token.text for token in view.tokens[run[-1].index + 1 : run[-1].index + 2]]
    return (
        asked
        or first in FIRST_NAMES
        or (words[0][0].isupper() and not view.raw.isupper())
        or (len(run) > 1 and not any(known(plain(word)) for word in words) and (not lone or lone[0] in patterns.BREAKS))
    )


def _full(view: View, run: list[Token], known: Known) -> bool:
    """Whether words are a first name and more, none of them of the catalogue."""
    words = [view.raw[token.start : token.end] for token in run]
    if len([word for word in words if word.lower() not in PARTICLES]) < 2 or any(
        known(plain(word)) for word in words[1:]
    ):
        return False
    return plain(words[0]) in FIRST_NAMES or all(word[0].isupper() for word in words if word.lower() not in PARTICLES)


def _cued(view: View, known: Known, asked: bool) -> list[Token] | None:
    """A name after "soy", "me llamo", "a nombre de" …; the last such."""
    best: list[Token] | None = None
    for index, token in enumerate(view.tokens):
        if not token.text[:1].isalpha() or not view.visible(token):
            continue
        before = view.line[max(0, token.at - 60) : token.at]
        cue = patterns.CUE.search(before)
        if cue is None:
            continue
        run = _run(view, index, known, strict=bool(cue["soft"]))
        if cue["soft"] and (re.search(r"\b(?:de|del|da|do|from) $", before) or not _sure(view, run, known, asked)):
            continue
        if cue["whom"] and not _sure(view, run, known, asked=False):
            continue
        if (cue["kin"] or cue["turn"]) and not _full(view, run, known):
            continue
        if run and not (best and best[-1].at >= run[0].at):
            best = run
    return best


def _before_cue(view: View, known: Known) -> list[Token] | None:
    """A name that its cue comes after: "Esteban Roldán me llamo"."""
    for cue in patterns.CUE_AFTER.finditer(view.line):
        before = [token for token in view.tokens if token.at < cue.start()][-patterns.MAX_WORDS :]
        for token in before:
            run = _run(view, token.index, known, strict=True)
            if run and run[-1] is before[-1] and _sure(view, run, known, asked=False):
                return run
    return None


def _run(view: View, index: int, known: Known, strict: bool) -> list[Token]:
    """The words of a name that begins at a token."""
    run: list[Token] = []
    capitals = _capitalised(view, view.tokens[index])
    for token in view.tokens[index : index + patterns.MAX_WORDS]:
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
    if (folded in NOT_NAMES or token.text in NOT_NAMES) and not (
        folded not in COMMON and capitals and not shouting and _inside(view, token)
    ):
        if first and word[0].isupper() and not shouting and _name_follows(view, token):
            return True
        return folded in FIRST_NAMES or (
            word[0].isupper() and not shouting and not first and token.text == folded and folded in SURNAMES
        )
    return len(folded) > 1 or not first


def _inside(view: View, token: Token) -> bool:
    """Whether a word stands in the middle of a sentence, where only a name has a capital: "soy Dana"."""
    return token.index > 0 and view.tokens[token.index - 1].text.isalpha()


def _name_follows(view: View, token: Token) -> bool:
    """Whether the next word is written as a name that is no other word: "soy Uma Rey"."""
    following = [after for after in view.tokens[token.index + 1 : token.index + 2] if view.visible(after)]
    if not following:
        return False
    word = view.raw[following[0].start : following[0].end]
    return word[0].isupper() and not word.isupper() and (plain(word) not in COMMON or plain(word) in SURNAMES)


def _outside(view: View, token: Token, known: Known, capitals: bool) -> bool:
    """Whether a later word already says something else: a service, a time, a staff member after "con"."""
    return known(token.text) and not capitals and plain(token.text) not in FIRST_NAMES


def _answer(view: View, known: Known) -> list[Token] | None:
    """A name that is the answer to "¿a nombre de quién?": the longest segment that is one."""
    best: list[Token] | None = None
    for segment in _segments(view):
        if len(segment) > 1 and segment[0].text in ("con", "with", "com") and known(plain(segment[1].text)):
            continue  # "con sofia" is who is to do it
        segment = _from_capital(view, segment)
        if patterns.SPELLING.match(" ".join(token.text for token in segment)):
            continue
        while segment and patterns.LEAD.match(plain(segment[0].text)) and not _name_after_all(view, segment[0]):
            segment = segment[1:]
        run = _run(view, segment[0].index, known, strict=False) if segment else []
        if run and all(known(plain(token.text)) and plain(token.text) not in FIRST_NAMES for token in run):
            continue
        tail = segment[len(run) :]
        asks = "?" in view.line and not _capitalised(view, run[0]) if run else True
        if (
            run
            and not asks
            and (not tail or _tail_ok(tail))
            and (best is None or _weight(view, run) >= _weight(view, best))
        ):
            best = run
    return best


def _weight(view: View, run: list[Token]) -> tuple[int, int]:
    """How much words look like a name: written or known as one, then their number."""
    first = run[0]
    return int(_capitalised(view, first) or plain(first.text) in FIRST_NAMES), len(run)


def _from_capital(view: View, segment: list[Token]) -> list[Token]:
    """A segment without its lower-case lead where names with capitals end it: "pode colocar Caio Luz"."""
    places = [place for place, token in enumerate(segment) if _capitalised(view, token)]
    lead = places[0] if places else 0
    tail = segment[lead:]
    names = all(_capitalised(view, token) or token.text in PARTICLES for token in tail)
    lower = all(not _capitalised(view, token) for token in segment[:lead])
    return tail if lead and names and lower and len(tail) > 1 and tail[0].text not in COMMON else segment


def _bare(view: View, known: Known, flow: bool) -> list[Token] | None:
    """A full name that nobody asked for, as a segment of a short message: "es con z, Mara Gonzalez"."""
    for segment in _segments(view)[:-4:-1]:
        while segment and patterns.LEAD.match(plain(segment[0].text)):
            segment = segment[1:]
        if not segment:
            continue
        run = _run(view, segment[0].index, known, strict=False)
        words = [view.raw[token.start : token.end] for token in run]
        full = 2 <= len(run) == len(segment) and all(word[0].isupper() and not known(plain(word)) for word in words)
        if full and (
            (flow and len(view.tokens) <= 12) or plain(words[0]) in FIRST_NAMES or _signs(view, segment[0], run)
        ):
            return run
    return None


def _signs(view: View, first: Token, run: list[Token]) -> bool:
    """Whether words stand at the end of a letter like a signature: "… Ruego lo cancelen. Osvaldo Pertierra"."""
    before = view.tokens[first.index - 1].text if first.index else ""
    last = all(token.text in patterns.BREAKS for token in view.tokens[run[-1].index + 1 :])
    return last and before in (".", ";", ",", "-", "!") and len(run) <= 4 and first.index > 5 and not view.raw.isupper()


def _name_after_all(view: View, token: Token) -> bool:
    return plain(token.text) in FIRST_NAMES and plain(token.text) not in COMMON


def _tail_ok(tail: Sequence[Token]) -> bool:
    """Whether what follows a name in its segment leaves it a name."""
    return tail[0].text in (
        "y", "el", "gracias", "porfa", "por", "es", "para", "con", "mail", "tel", "cel", "celular",
        "and", "e", "please", "viuda", "vda", "como", "pero", "sin", "todo", "perdon", "de", "que", "va", "esta",
        "nomas", "nada", "si",
    )  # fmt: skip


def _segments(view: View) -> list[list[Token]]:
    segments: list[list[Token]] = [[]]
    for token in view.tokens:
        last = segments[-1][-1].text if segments[-1] else ""
        if token.text == "." and last.isalpha() and len(last) <= 2:
            continue
        if token.text in patterns.BREAKS or not view.visible(token):
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
        if run and index and segment[index - 1].text in ("con", "com", "with") and known(plain(run[0].text)):
            index += len(run)
        elif run:
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
