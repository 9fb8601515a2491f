"""Reads a customer's message: intent, slots and what goes with them. Deterministic and local."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from itertools import groupby

from extractor.catalogue.branches import Branches, with_branch
from extractor.catalogue.knowledge import Knowledge, with_known
from extractor.catalogue.meaning import Meant, NamesByMeaning
from extractor.catalogue.mentions import Catalogue
from extractor.identity import phones
from extractor.identity.data import find_data
from extractor.identity.datum import Datum
from extractor.identity.names import introducing
from extractor.intent import intents, polarity, topics
from extractor.intent.cues import OPENING
from extractor.intent.intent_model import Prediction
from extractor.intent.intents import Findings
from extractor.intent.statistical import TAUGHT, Statistical, topic_of
from extractor.meaning import phrased
from extractor.meaning.located import located
from extractor.meaning.packs import PhrasePack, load_phrases
from extractor.meaning.past import told
from extractor.meaning.seeing import Look, names_of_kin, seen_in
from extractor.meaning.understanding import understand
from extractor.packs import SHIPPED, Packs
from extractor.reading import several
from extractor.reading.message import Language, Mention, MessageInContext, Reading
from extractor.reading.work import work_of
from extractor.selection import choice
from extractor.text import language
from extractor.text.language_words import load_words
from extractor.text.normalised import Token, View, blanked, cut, view
from extractor.text.spelling import speller
from extractor.when.calendar_words import TimesRead, read_times, spans_of
from extractor.when.grammar.pack import load_pack
from extractor.when.parts_of_day import part_of_day, shifts
from turn.meaning import Doubt, Meaning
from turn.vocabulary import Polarity
from workspace.calendar import parse_date, parse_time
from workspace.model import Workspace

MODEL = "rules-1"
"""Name and version of the rules."""
UNREAD = Reading(
    "other",
    {},
    model=MODEL,
    reasoning="over_budget",
    over_budget=True,
    meaning=Meaning(doubts=(Doubt("text", "over_budget"),)),
)
"""What is said of a message that is too much work to read."""
_NOTHING_MORE = frozenset({"info_services", "info_prices", "info_hours", "cancel", "reschedule"})
_MAY_WANT = frozenset({"book", "info_services", "info_prices", "other"})
"""Intents of messages that may mean a service without naming it."""
_UNTIMED = frozenset({"info_hours", "greeting", "chitchat", "other"})


class Reader:
    """Reads the messages of one workspace's customers. Safe to share between threads."""

    def __init__(
        self, workspace: Workspace, *, rules_only: bool = False, meaning: bool = False, packs: Packs = SHIPPED
    ) -> None:
        """With `meaning`, a message that names no service is compared with what the services are called. `packs` are
        the languages and trades that it reads by; a business whose language is not among them is read as one of the
        first."""
        self._workspace, self.packs, self._own = workspace, packs, packs.own(workspace.locale)
        self._statistical = None if rules_only else Statistical(workspace)
        self._catalogue = Catalogue(workspace, packs)
        self._knowledge, self._branches = Knowledge(workspace), Branches(workspace)
        self._meaning = NamesByMeaning(self._catalogue.called) if meaning else None
        words = load_words(self._own, packs)
        self._spell = speller(self._own, packs)
        self._introduces = introducing(words.surely, words.softly)
        self._knows: Callable[[str], bool] = self._catalogue.knows
        if self._own not in packs.everywhere:
            self._knows = self._knowing(words.tells | words.said | load_pack(self._own, packs).vocabulary)
        phones.normalise("+5491155551234", workspace.phone)

    def read(self, message: MessageInContext) -> Reading:
        """What a message says; nothing, and `over_budget`, when it is too much work. Never raises on any text."""
        return UNREAD if work_of(message.text).too_much else self._reading(message, None)

    def read_as(self, message: MessageInContext, intent: str) -> Reading:
        """What a message says when somebody else, a language model, has decided its intent."""
        return self._reading(message, intent)

    def _reading(self, message: MessageInContext, decided: str | None) -> Reading:
        look = self.look(message)
        seen, findings = look.seen, look.findings
        data = _slots_of(look.data)
        model = self._statistical if look.spoken in TAUGHT else None
        guess, intent, probs = self._decided(seen, message, findings, model)
        meant = self._meant(seen, message, intent, findings)
        if meant.mention:
            findings = replace(findings, mentions=(*findings.mentions, meant.mention))
            look = replace(look, findings=findings, named=(*look.named, meant.mention))
            guess, intent, probs = self._decided(seen, message, findings, model)
        intent = decided or intent
        mentions, gives_up = findings.mentions, findings.abandons
        slots, removed = choice.choose(
            mentions, seen.line, intent == "reschedule", intent == "cancel", findings.own_occasions
        )
        if "staff_name" in message.known_slots and "staff_name" not in slots and choice.anyone(seen.line):
            removed.add("staff_name")
        at = parse_time(message.known_slots.get("preferred_time", ""))
        if at and shifts(seen.line):
            removed.add("preferred_time")
        more = several.more(mentions, seen.line, slots, message.known_slots) if intent not in _NOTHING_MORE else ()
        asked_day = slots.get("preferred_date") if intent == "info_hours" else None
        if intent in _UNTIMED:
            slots = {slot: value for slot, value in slots.items() if slot not in ("preferred_date", "preferred_time")}
        not_offered = any(one.slot == "service_type" and not one.value for one in mentions)
        topic = topics.find(findings.cues, seen.line, message.text, intent, gives_up, not_offered)
        reading = Reading(
            intent=intent,
            slots=slots | data,
            removed_slots=tuple(sorted(removed)),
            polarity=findings.polarity,
            confidence=round(probs[intent], 4),
            alternatives=tuple(intents.top(probs, intent)),
            source="cpu" if guess else "rules",
            model=f"{MODEL}+{model.version}" if model else MODEL,
            reasoning=intents.names(findings.cues),
            topic=topic or (topic_of(guess, intent) if guess else None),
            part_of_day=None if "preferred_time" in slots else part_of_day(seen.line, at),
            language=look.language,
            asked_day=asked_day,
            more_services=more,
            service_candidates=meant.candidates,
        )
        meaning = understand(seen_in(look, message, reading, self._workspace, self.packs))
        meaning = with_branch(meaning, self._branches.staff_of(message.text))
        meaning = with_known(meaning, self._knowledge.asked(message.text))
        return replace(reading, meaning=located(meaning, seen, message.text))

    def _decided(
        self, seen: View, message: MessageInContext, findings: Findings, model: Statistical | None
    ) -> tuple[Prediction | None, str, Mapping[str, float]]:
        """What the model says, the intent, and how probable each is."""
        named = cut(self._named(message.text, seen, findings.mentions))
        guess = model.predict(replace(message, text=named)) if model else None
        return guess, *intents.decide(findings, message, guess.intents if guess else None)

    def _meant(self, seen: View, message: MessageInContext, intent: str, findings: Findings) -> Meant:
        """The service of a message that has none by name, or those between which it leaves the choice."""
        if any(one.slot == "service_type" for one in findings.mentions):
            return Meant()
        asked = message.asked_slot == "service_type" or not (
            message.asked_slot or "service_type" in message.known_slots
        )
        if findings.candidates or self._meaning is None or not asked or intent not in _MAY_WANT:
            return Meant(None, findings.candidates)
        return self._meaning.of(seen.mask([(one.start, one.end) for one in findings.mentions]))

    def look(self, message: MessageInContext) -> Look:
        """What is found in a message before anything is decided."""
        flow = message.active_intent is not None or bool(message.known.done)
        written = view(message.text, self._spell)
        seen, data = find_data(written, self._workspace.phone, self._knows, message.asked_slot, flow, self._introduces)
        clear = language.read(seen, self._own, self.packs)
        phrases = self._phrases(clear)
        turns = [pack.cues["in_turn"] for pack in phrases if "in_turn" in pack.cues]
        laid = [one.span() for cue in turns for one in cue.finditer(seen.line)]
        line = blanked(seen.line, laid)  # "uno atrás del otro" is no hour
        times = read_times(line, message, self._workspace, _known_day(message), clear, self.packs)
        kin = [(start, end) for start, end, _ in names_of_kin(seen)]
        masked = seen.mask([*((one.start, one.end) for one in times.mentions), *kin])
        corrects = bool(message.known.done) and any(pack.cues["correction"].search(line) for pack in phrases[:1])
        named = self._catalogue.look(masked, "service_type" if corrects else message.asked_slot, clear or self._own)
        words = [(one.start, one.end) for one in named.mentions]
        story = told(seen, spans_of(times), words, phrases[:1])  # an ending of one language is none of another's
        left = [one for one in times.mentions if not any(one.start < b and a < one.end for a, b in story.past)]
        mentions = sorted(left + named.mentions, key=lambda one: one.start)
        said, cues, scores = self._hints(seen, times, clear or self._own)
        gives_up = said == "deny" and polarity.abandons(seen.line)
        old = choice.existing(mentions, seen.line)
        given = frozenset(_slots_of(data))
        findings = Findings(
            seen.line,
            cues,
            scores,
            tuple(mentions),
            given,
            said,
            gives_up,
            old,
            tuple(named.candidates),
            self._catalogue.of_trade,
            self._catalogue.own_occasions,
        )
        return Look(
            seen,
            tuple(data),
            times,
            tuple(named.mentions),
            findings,
            clear,
            clear or self._own,
            self._catalogue.serves_things,
            story,
        )

    def _phrases(self, clear: Language) -> list[PhrasePack]:
        """The phrases of the languages that a message may be in, likeliest first."""
        languages = dict.fromkeys((clear or self._own, self._own, *self.packs.read_at(self._workspace.locale)))
        return [load_phrases(one, self.packs) for one in languages]

    def _knowing(self, ordinary: Set[str]) -> Callable[[str], bool]:
        """Tells whether a word is of the catalogue, or an ordinary one of the business's language: nobody's name."""
        return lambda word: word in ordinary or self._catalogue.knows(word)

    def _hints(
        self, seen: View, times: TimesRead, spoken: str
    ) -> tuple[Polarity | None, frozenset[str], dict[str, float]]:
        """Yes or no, and what gives the intent away: by the cue words of the languages that the model was taught, by
        the phrases of any other."""
        if spoken in TAUGHT:
            return polarity.read(seen.line, seen.raw), *intents.scan(seen.line, self._catalogue.of_trade)
        pack = load_phrases(spoken, self.packs)
        return phrased.polarity(seen.line, pack), *phrased.scan(seen.line, pack, timed=bool(times.found.edges))

    def _named(self, text: str, seen: View, mentions: Sequence[Mention]) -> str:
        """A message without what only says that a question comes, with each service and member of staff under the name
        that the manifest gives, and with words that were written as one parted, as the trained model knows them."""
        names = {one.start: (one.end, name) for one in mentions if (name := self._name_of(one))}
        if opening := OPENING.search(seen.line):
            first = next((token.at for token in seen.tokens if token.at >= opening.start()), 0)
            names = {start: name for start, name in names.items() if start >= opening.end()}
            names[first] = (opening.end(), "")
        pieces, at, until = list[str](), 0, 0
        for start, tokens in _by_word(seen.tokens):
            begin, end = tokens[0].at, tokens[-1].end
            if begin in names and len(tokens) == 1:
                until, name = names[begin]
                pieces += [seen.raw[at:start], name]
            elif len(tokens) > 1:
                pieces += [seen.raw[at:start], " ".join(token.text for token in tokens)]
            elif begin >= until:
                continue
            at = end
        return "".join([*pieces, seen.raw[at:]]) if pieces else text

    def _name_of(self, mention: Mention) -> str:
        """The manifest's name of a service, of something not offered, or of a member of staff; empty for others."""
        if mention.slot not in ("service_type", "staff_name"):
            return ""
        return mention.value or next(iter(self._workspace.not_offered), "")


def _by_word(tokens: Sequence[Token]) -> Iterator[tuple[int, list[Token]]]:
    """The tokens of each written word, and where it begins in the text."""
    for start, group in groupby(tokens, key=lambda token: token.start):
        yield start, list(group)


def _slots_of(data: Sequence[Datum]) -> dict[str, str]:
    """The data that count as slots: what had to be completed by guess is left out."""
    return {one.slot: one.value for one in data if one.value and one.reason != "completed"}


def _known_day(message: MessageInContext) -> date | None:
    return parse_date(message.known_slots.get("preferred_date", ""))
