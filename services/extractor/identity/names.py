"""Names of customers, in their own words and capitals."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from extractor.identity import name_patterns as patterns
from extractor.identity.name_runs import Known, capitalised, ends_segment, name_at, words_of
from extractor.identity.name_writing import title
from extractor.text.lexicon import COMMON, FIRST_NAMES, NOT_NAMES, PARTICLES, SURNAMES
from extractor.text.normalised import Token, View, plain


def find(
    view: View,
    known: Known,
    asked: bool,
    data: Sequence[tuple[int, int]],
    flow: bool,
    introduces: re.Pattern[str] | None = None,
) -> tuple[str, list[Token], bool] | None:
    """The customer's name, its words, and whether it is surely one; or None.

    `known` tells words of the catalogue; `asked` says that the assistant has just asked for the
    name; `data` are spans of the raw text where an e-mail, phone or id stood; `flow` says that a
    task is under way; `introduces` finds phrases of the business's language that a name comes after.
    """
    view = _hyphenated(view)
    found = (_introduced(view, known, introduces, asked) if introduces else None) or _cued(view, known, asked)
    found = found or _before_cue(view, known) or _signed(view, known, asked)
    if found is None and asked:
        found = _answer(view, known) or _of_words(view, known)
    if found is None and data:
        found = _beside(view, known, data)
    if found is None and not asked and not data:
        found = _bare(view, known, flow)
    if found and (asked or data or flow) and _of_kin(view, found):
        found = _own_before(view, known, asked or flow, data, found) or found
    if not found or not any(character.isalpha() for token in found for character in token.text):
        return None
    found = _longer(view, found, known)
    found = _first_of_list(view, found, known) or found
    return title(words_of(view, found)), found, asked or _surely(view, found)


def _first_of_list(view: View, found: Sequence[Token], known: Known) -> list[Token] | None:
    """The first of two names that are told together, which is the customer's: "somos Ana Paz y Leo Gil"."""
    before = view.tokens[: found[0].index]
    if not before or before[-1].text not in patterns.AND:
        return None
    for token in before[-patterns.MAX_WORDS :]:
        run = name_at(view, token.index, known, strict=False)
        told = patterns.TOLD_TOGETHER.search(view.line[: token.at])
        if told and run and run[-1].index == before[-1].index - 1 and _full(view, run, known):
            return run
    return None


def beside(view: View, found: Sequence[Token], known: Known) -> list[Token]:
    """The words of full names after the customer's, which are other persons', no staff: "Ana Paz and Mary Gil"."""
    words, until = list[Token](), found[-1].index
    for token in view.tokens[found[-1].index + 1 :][: patterns.BESIDE]:
        if token.index <= until or not view.visible(token) or not capitalised(view, token):
            continue
        run = name_at(view, token.index, known, strict=False)
        full = len(run) > 1 and plain(token.text) in FIRST_NAMES and _a_customer(words_of(view, run), known)
        if full and view.tokens[token.index - 1].text not in patterns.WITH:
            words, until = words + run, run[-1].index
    return words


def _of_kin(view: View, run: list[Token]) -> bool:
    """Whether a name is said to be somebody's of the customer's."""
    cue = patterns.CUE.search(view.line[max(0, run[0].at - 60) : run[0].at])
    return cue is not None and bool(cue["kin"] or cue["whom"])


def _own_before(
    view: View, known: Known, answers: bool, data: Sequence[tuple[int, int]], found: list[Token]
) -> list[Token] | None:
    """The customer's own full name before that of somebody of theirs: "Ana Paz y mi marido Juan Paz"."""
    begin = patterns.CUE.search(view.line[max(0, found[0].at - 60) : found[0].at])
    at = max(0, found[0].at - 60) + begin.start() if begin else found[0].at
    head = replace(view, line=view.line[:at], tokens=tuple(token for token in view.tokens if token.at < at))
    own = (_answer(head, known) if answers else None) or (_beside(head, known, data) if data else None)
    return own if own and _full(view, own, known) else None


def _surely(view: View, run: list[Token]) -> bool:
    """Whether words that nobody asked for are a name by more than a weak cue before them."""
    first = plain(run[0].text)
    cue = patterns.CUE.search(view.line[max(0, run[0].at - 60) : run[0].at])
    written = capitalised(view, run[0]) and not view.raw.isupper()
    return written or first in FIRST_NAMES or first in patterns.WORD_FIRST or bool(cue and not cue["soft"])


def introducing(surely: Collection[str], softly: Collection[str]) -> re.Pattern[str] | None:
    """Finds phrases that a name comes after, or, in the group "soft", may come after; None where there are none."""
    if not surely and not softly:
        return None
    sure, soft = ("|".join(sorted(map(re.escape, some), key=len, reverse=True)) or "$^" for some in (surely, softly))
    return re.compile(rf"(?<= )(?:(?:{sure})|(?P<soft>{soft})) (?=[a-z])")


def _introduced(view: View, known: Known, introduces: re.Pattern[str], asked: bool) -> list[Token] | None:
    """A name after a phrase of the business's language; the last such."""
    found: list[Token] | None = None
    at = {token.at: token.index for token in view.tokens}
    for phrase in introduces.finditer(view.line):
        if phrase.end() in at:
            run = name_at(view, at[phrase.end()], known, strict=bool(phrase["soft"]))
            if run and not known(run[0].text) and (not phrase["soft"] or _sure(view, run, known, asked)):
                found = run
    return found


def _hyphenated(view: View) -> View:
    """The view with words joined by hyphens as one: "Hans-Herbert"."""
    if "-" not in view.raw:
        return view
    joined: list[Token] = []
    for token in view.tokens:
        hyphen, before = joined[-1:], joined[-2:-1]
        glued = hyphen and before and hyphen[0].text == "-" and before[0].end == hyphen[0].start
        letters = glued and view.raw[before[0].end - 1].isalpha() and view.raw[token.start].isalpha()
        if letters and hyphen[0].end == token.start and view.visible(token) and view.visible(before[0]):
            text = view.line[before[0].at : token.at + len(token.text)]
            joined[-2:] = [Token(before[0].start, token.end, text, before[0].at, before[0].index)]
        else:
            joined.append(token)
    return View(view.raw, view.line, tuple(replace(token, index=place) for place, token in enumerate(joined)))


def _longer(view: View, found: list[Token], known: Known) -> list[Token]:
    """The longest name that has every word of the one found: "soy Ana, Ana María Paz"."""
    words = {plain(word) for word in words_of(view, found)}
    for token in view.tokens:
        if token.text[0].isalpha() and plain(view.raw[token.start : token.end]) in words and view.visible(token):
            run = name_at(view, token.index, known, strict=False)
            if len(run) > len(found) and words <= {plain(word) for word in words_of(view, run)}:
                found = run
    return found


def _sure(view: View, run: list[Token], known: Known, asked: bool) -> bool:
    """Whether words after "soy" are a name, not a trade or a mood: "soy peluquera", "I'm sick"."""
    words = words_of(view, run)
    if not words:
        return False
    first = plain(words[0])
    lone = [token.text for token in view.tokens[run[-1].index + 1 : run[-1].index + 2]]
    return (
        asked
        or first in FIRST_NAMES
        or (words[0][0].isupper() and not view.raw.isupper())
        or (
            len(run) > 1
            and not any(known(plain(word)) for word in words[1:])
            and not patterns.KIND_OF_PERSON.fullmatch(first)
            and (not lone or lone[0] in patterns.AFTER)
        )
    )


def _full(view: View, run: list[Token], known: Known) -> bool:
    """Whether words are a first name and more, none of them of the catalogue."""
    words = words_of(view, run)
    if len([word for word in words if word.lower() not in PARTICLES]) < 2 or any(
        known(plain(word)) for word in words[1:]
    ):
        return False
    return plain(words[0]) in FIRST_NAMES or all(word[0].isupper() for word in words if word.lower() not in PARTICLES)


def _cued(view: View, known: Known, asked: bool) -> list[Token] | None:
    """A name after "soy", "me llamo", "a nombre de" …; the last such, but nobody's who "se llama" after one's own."""
    best: list[Token] | None = None
    of_own = False
    for index, token in enumerate(view.tokens):
        if not token.text[:1].isalpha() or not view.visible(token):
            continue
        before = view.line[max(0, token.at - 60) : token.at]
        cue = patterns.CUE.search(before)
        if cue is None or patterns.OF_SERVED.search(before):
            continue
        run = name_at(view, index, known, strict=bool(cue["soft"]))
        if cue["says"] and "?" not in view.line and run and ends_segment(view, run[-1]) and not known(run[0].text):
            pass  # "habla hugues"
        elif cue["soft"] and (re.search(r"\b(?:de|del|da|do|from) $", before) or not _sure(view, run, known, asked)):
            continue
        if len(run) == 1 and not asked and known(run[0].text) and not _a_name(view, run[0]):
            continue
        unlikely = cue["whom"] and (token.text in patterns.ARTICLES or not _sure(view, run, known, asked=False))
        if unlikely or (of_own and patterns.CALLED.match(cue[0])):
            continue
        if (cue["kin"] or cue["put_right"] or (cue["turn"] and "nombre" not in cue["turn"])) and not _full(
            view, run, known
        ):
            continue
        if run and not (best and best[-1].at >= run[0].at):
            best, of_own = run, patterns.OWN.search(cue[0]) is not None
    return best


def _a_name(view: View, token: Token) -> bool:
    """Whether a word is a first name, or written like one."""
    return capitalised(view, token) or plain(token.text) in FIRST_NAMES


def _before_cue(view: View, known: Known) -> list[Token] | None:
    """A name that its cue comes after: "Esteban Roldán me llamo"."""
    for cue in patterns.CUE_AFTER.finditer(view.line):
        before = [token for token in view.tokens if token.at < cue.start()][-patterns.MAX_WORDS :]
        for token in before:
            run = name_at(view, token.index, known, strict=True)
            if run and run[-1] is before[-1] and _sure(view, run, known, asked=False):
                return run
    return None


def _signed(view: View, known: Known, asked: bool) -> list[Token] | None:
    """A name that begins a message or a sentence, and what follows says that it is the writer's: "Ana por acá"."""
    for cue in patterns.SIGNED.finditer(view.line):
        before = [token for token in view.tokens if token.at <= cue.start()]
        start = max((token.index + 1 for token in before if token.text in patterns.BREAKS), default=0)
        segment = before[start:]
        while segment and patterns.LEAD.match(plain(segment[0].text)):
            segment = segment[1:]
        run = name_at(view, segment[0].index, known, strict=True) if segment else []
        if "?" in view.line[cue.end() : cue.end() + 3]:
            continue
        strong = asked or "por" not in cue[0]
        new = strong and not known(run[0].text) if run else False
        if run and run == segment and (len(run) > 1 or new or _sure(view, run, known, asked)):
            return run
    return None


def _answer(view: View, known: Known) -> list[Token] | None:
    """A name that is the answer to "¿a nombre de quién?": the longest segment that is one."""
    best: list[Token] | None = None
    for segment in _segments(view):
        segment = _from_capital(view, segment)
        if patterns.SPELLING.match(" ".join(token.text for token in segment)):
            continue
        segment = _without_lead(view, segment, known)
        run = name_at(view, segment[0].index, known, strict=False) if segment else []
        if run and all(known(plain(token.text)) and plain(token.text) not in FIRST_NAMES for token in run):
            continue
        tail = segment[len(run) :]
        asks = "?" in view.line and not capitalised(view, run[0]) if run else True
        if (
            run
            and not asks
            and (not tail or _tail_ok(tail) or _plainly(view, run, known))
            and (best is None or (_weight(view, run) >= _weight(view, best) and not _stands(view, best, run, known)))
        ):
            best = run
    return best


def _stands(view: View, one: Sequence[Token], other: Sequence[Token], known: Known) -> bool:
    """Whether a full name is not put right by a later one, which is somebody else's then."""
    between = view.tokens[one[-1].index + 1 : other[0].index]
    return _plainly(view, one, known) and not any(token.text in patterns.SORRY for token in between)


def _plainly(view: View, run: Sequence[Token], known: Known) -> bool:
    """Whether a run is a full name with capitals, whatever comes after it."""
    words = words_of(view, run)
    first = plain(words[0])
    capitals = [word for word in words if word[0].isupper()]
    return len(capitals) > 1 and first in FIRST_NAMES and not view.raw.isupper() and not known(first)


def _without_lead(view: View, segment: list[Token], known: Known) -> list[Token]:
    """A segment without the words that lead to a name; "con sofia" stays, as it says who is to do it."""
    while segment and patterns.LEAD.match(plain(segment[0].text)) and not _name_after_all(view, segment[0]):
        if segment[0].text in patterns.WITH and _somebody_of_staff(segment[1:], known):
            break
        segment = segment[1:]
    return segment


def _somebody_of_staff(words: Sequence[Token], known: Known) -> bool:
    """Whether what comes after "con" is somebody who serves: of the business, articles and titles left out, or anybody
    with an article."""
    first = next((token for token in words if token.text not in patterns.BEFORE_STAFF), None)
    if first is None or plain(first.text) in patterns.WORDS_FOR_NAME:
        return False
    return first is not words[0] or known(plain(first.text))


def _of_words(view: View, known: Known) -> list[Token] | None:
    """A name made of ordinary words that answers a question for it with nothing else: "lope peinado"."""
    for segment in _segments(view):
        segment = _without_lead(view, segment, known)
        names = [token for token in segment if token.text not in PARTICLES]
        if not names or len(segment) > patterns.MAX_WORDS or names[0] is not segment[0]:
            continue
        if _all_names(view, names, known):
            return segment
    return None


def _all_names(view: View, tokens: Sequence[Token], known: Known) -> bool:
    """Whether words that may be others too are a name: by the first of them, their capitals and what else they are."""
    words = [plain(word) for word in words_of(view, tokens)]
    ordinary = [word in NOT_NAMES or known(word) for word in words]
    capital = capitalised(view, tokens[0]) and not view.raw.isupper()
    if words[0] in FIRST_NAMES | patterns.WORD_FIRST or (capital and words[0] in patterns.WORD_SURNAMES and words[1:]):
        surnames = FIRST_NAMES | SURNAMES | patterns.WORD_FIRST | patterns.WORD_SURNAMES
    elif capital and words[1:] and not ordinary[0]:
        surnames = SURNAMES | patterns.WORD_SURNAMES
    else:
        surnames = frozenset()
    written = capital and all(capitalised(view, token) for token in tokens) and len(words) > 1
    if written and not known(words[0]) and not all(ordinary):
        return True
    fits = all(word in surnames or not other for word, other in zip(words[1:], ordinary[1:], strict=True))
    return fits and bool(surnames or not ordinary[0]) and (capital or len(words) > 1)


def _weight(view: View, run: list[Token]) -> tuple[int, int]:
    """How much words look like a name: written or known as one, then their number."""
    first = run[0]
    return int(capitalised(view, first) or plain(first.text) in FIRST_NAMES), len(run)


def _from_capital(view: View, segment: list[Token]) -> list[Token]:
    """A segment without its lower-case lead where names with capitals end it: "pode colocar Caio Luz"."""
    places = [place for place, token in enumerate(segment) if capitalised(view, token)]
    lead = places[0] if places else 0
    tail = segment[lead:]
    names = all(capitalised(view, token) or token.text in PARTICLES for token in tail)
    lower = all(not capitalised(view, token) for token in segment[:lead])
    return tail if lead and names and lower and len(tail) > 1 and tail[0].text not in COMMON else segment


def _bare(view: View, known: Known, flow: bool) -> list[Token] | None:
    """A full name that nobody asked for, as a segment of a short message: "es con z, Mara Gonzalez"."""
    segments = _segments(view)
    for segment in (*segments[:-4:-1], *segments[:1]):
        with_somebody = False
        while segment and patterns.LEAD.match(plain(segment[0].text)):
            with_somebody = with_somebody or segment[0].text in patterns.WITH
            segment = segment[1:]
        if not segment:
            continue
        run = name_at(view, segment[0].index, known, strict=False)
        words = words_of(view, run)
        tail = segment[len(run) :]
        whole = not tail or _spelt(tail)
        written = all(word[0].isupper() for word in words) or (flow and all(word.islower() for word in words))
        full = len(run) > 1 and whole and written and _a_customer(words, known)
        signed = (
            bool(run)
            and whole
            and not flow
            and segment is segments[-1]
            and run[-1] is view.tokens[-1]
            and _plain_full_name(words)
        )
        full = full or (signed and len(segments) > 1 and _a_customer(words, known))
        full = full and (words[0][0].isupper() or _names_only(words))
        full = full and not (with_somebody and known(plain(words[0])))
        if tail and tail[0].text in patterns.FOR and segment is segments[0] and 2 <= len(run) <= 4:
            full = plain(words[0]) in FIRST_NAMES and _full(view, run, known)
        if full and (
            (flow and len(view.tokens) <= 12) or plain(words[0]) in FIRST_NAMES or _signs(view, segment[0], run)
        ):
            return run
    return None


def _a_customer(words: Sequence[str], known: Known) -> bool:
    """Whether no word of a name is of the catalogue; a first name may be, which somebody there has too."""
    folded = [plain(word) for word in words]
    first = folded[0] in FIRST_NAMES or not known(folded[0])
    return first and not any(known(word) for word in folded[1:])


def _plain_full_name(words: Sequence[str]) -> bool:
    """Whether words in lower case are a first name and surnames that are no other words: "ana paz" at the end of a
    wish."""
    first, *others = [plain(word) for word in words]
    surnames = all(word in SURNAMES or word not in NOT_NAMES | COMMON for word in others)
    return first in FIRST_NAMES - COMMON and bool(others) and len(others) < 3 and surnames


def _names_only(words: Sequence[str]) -> bool:
    """Whether words in lower case are a first name and surnames that are no other words: "florencia gimenez"."""
    first, *others = [plain(word) for word in words]
    return first in FIRST_NAMES - COMMON and all(word not in NOT_NAMES for word in others)


def _spelt(tail: Sequence[Token]) -> bool:
    """Whether words say how a name is written: "con G"."""
    return patterns.SPELLING.match(" ".join(token.text for token in tail)) is not None


def _signs(view: View, first: Token, run: list[Token]) -> bool:
    """Whether words stand at the end of a letter like a signature: "… Ruego lo cancelen. Osvaldo Pertierra"."""
    before = view.tokens[first.index - 1].text if first.index else ""
    last = all(token.text in patterns.BREAKS for token in view.tokens[run[-1].index + 1 :])
    return last and before in (".", ";", ",", "-", "!") and len(run) <= 4 and first.index > 5 and not view.raw.isupper()


def _name_after_all(view: View, token: Token) -> bool:
    word = plain(view.raw[token.start : token.end])
    meant = capitalised(view, token) and word in patterns.WORD_FIRST and not patterns.LEAD.match(word)
    return meant or (plain(token.text) in FIRST_NAMES and plain(token.text) not in COMMON)


def _tail_ok(tail: Sequence[Token]) -> bool:
    """Whether what follows a name in its segment leaves it a name."""
    return bool(patterns.LAUGH.fullmatch(tail[0].text)) or tail[0].text in (
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
        run = name_at(view, segment[index].index, known, strict=True)
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
    words = words_of(view, run)
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
