"""Decides the intent of a message from cue words, values found and what was going on.

Every cue adds to the scores of intents; the scores become probabilities. A statistical model's
probabilities can be blended in (see `decide`).
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from extractor.intent.cues import CUES, GREETING, GREETING_FILLER, OPENING, Cue
from extractor.reading.message import INTENTS, Mention, MessageInContext
from extractor.text.word_lists import any_of
from turn.vocabulary import TASKS, Polarity

LINE_LIMIT = 700
"""Characters of the line that cues are looked for in, at its beginning; half of it at its end."""
TEMPERATURE = 1.0
"""Divides the cues' scores before they become probabilities."""
BLEND_CUES = 0.4
"""How much the cues' scores count beside a statistical model's log probabilities."""
BLEND_MODEL = 0.8
"""How much a statistical model's log probabilities count. Both were fitted by `training.fit_blend`."""
LEAST = 1e-4
"""Least probability that a model's word is taken for."""
STORY, LEAST_CLAUSE = 300, 15
"""Characters from which a message is a story, and of its shortest last words that say anything."""
_AND = re.compile(r" ?(?:,|y|e|and|mas|\+) ?(?:(?:el|la|las|los|un|una|me|hacerme|tambien|de) ){0,2}")
_OWN_QUESTION = ("info_prices", "info_hours", "info_services", "other")
_DOES = re.compile(
    rf"(?<!me )(?<!se )\b(?:hace[ns]?|hacen|{any_of('work_verbs')}|atiende|sabe|trabaja|does|do|faz|fazem|"
    r"realiza)\b(?! (?:tiempo|un rato|mucho|frio|calor))"
)
_ASKS = re.compile(
    r"\?|\b(?:cuanto|cuanta|quanto|que|cual|cuales|donde|onde|quien|como|hasta|desde|precios?|how|what|where|who|"
    r"when|"
    r"cuando(?! (?:cobr[eo]|pued[ao]s?|puedan|teng[ao]s?|tengan|vuelv[ao]|salg[ao]|termin[eo]|llegue|llego|quieras|"
    r"quieran|"
    r"me (?:pague|paguen|paga|pagan)|sea|este|i (?:get|can)|you can|eu|puder|der))\b)"
)
_VAGUE = re.compile(
    r"\b(?:(?:a|para|hacia|por) (?:fin|fines|principio|principios|mediados?) de (?:mes|semana|año)|(?:la|"
    r"otra) semana|(?:el|otro) mes|"
    r"finde|cuando (?:cobr|pued|teng|vuelv|salg|termin|lleg|quier|me pag)[a-z]*|cualquier (?:dia|hora)|"
    r"lo antes posible|mas adelante|"
    r"despues de|antes de)\b"
)
"""An answer to when that names no day: it goes on with the task."""
_MOVES = frozenset(
    (
        "move_verb_thing", "move_clitic", "reschedule", "move_it_to", "leave_for", "move_to", "move_from_to",
        "mine_be_then", "have_but_rather",
    )
)  # fmt: skip
"""Cues of an appointment that is to be another."""
_WHEN = ("preferred_date", "preferred_time")
_RIVALS = ("human", "complaint", "insult", "injection", "link")


@dataclass(frozen=True)
class Findings:
    """What was found in a message before its intent is decided."""

    line: str
    """The normalised line, data masked."""
    cues: frozenset[str]
    """Names of the cues."""
    scores: Mapping[str, float]
    """Intent -> sum of what its cues add."""
    mentions: tuple[Mention, ...]
    """Services, staff, dates and times."""
    data: frozenset[str]
    """Slots of data found: name, e-mail, phone, booking id."""
    polarity: Polarity | None = None
    """Yes, no or neither."""
    abandons: bool = False
    """Whether the customer gives the open question up."""

    existing: frozenset[int] = frozenset()
    """Places in `mentions` of dates and times that belong to an appointment that exists."""
    candidates: tuple[str, ...] = ()
    """Services of which the message means one, where it does not say which."""
    of_trade: Callable[[str], bool] = lambda word: False
    """Tells words of the business's trade."""
    own_occasions: frozenset[str] = frozenset()
    """What elsewhere takes up a customer's own day and here names something of the business."""

    def wants(self, slot: str) -> bool:
        """Whether a date or time was mentioned that is not just that of an existing appointment."""
        return any(
            one.slot == slot and index not in self.existing for index, one in enumerate(self.mentions) if one.value
        )

    def has(self, slot: str) -> bool:
        """Whether a value of that slot was mentioned or given."""
        return slot in self.data or any(one.slot == slot and one.value for one in self.mentions)


def scan(line: str, own: Callable[[str], bool] = lambda word: False) -> tuple[frozenset[str], dict[str, float]]:
    """The names of the cues in a line and the intents' scores from them; `own` tells words of the business's trade."""
    line = OPENING.sub(" ", line)
    if len(line) > LINE_LIMIT * 3 // 2:
        line = line[:LINE_LIMIT] + " ; " + line[-LINE_LIMIT // 2 :]
    scores = dict.fromkeys(INTENTS, 0.0)
    found = set()
    for cue in CUES:
        if _says(cue, line, own):
            found.add(cue.name)
            for intent, weight in cue.adds.items():
                scores[intent] += weight
    return frozenset(found), scores


def _says(cue: Cue, line: str, own: Callable[[str], bool]) -> bool:
    """Whether a cue is in a line."""
    if not cue.elsewhere:
        return cue.pattern.search(line) is not None
    return any(not all(map(own, found[0].split())) for found in cue.pattern.finditer(line))


def decide(
    findings: Findings, message: MessageInContext, model_probs: Mapping[str, float] | None = None
) -> tuple[str, dict[str, float]]:
    """The intent and the probability of each intent.

    `model_probs` are a statistical model's probabilities; they are blended with the cues' scores
    in log space, so that a confident model outweighs weak cues and strong cues outweigh a doubtful
    model.
    """
    scores = score(findings, message)
    probs = blend(scores, model_probs) if model_probs else _softmax(scores, TEMPERATURE)
    return max(INTENTS, key=lambda intent: probs[intent]), probs


def score(findings: Findings, message: MessageInContext) -> dict[str, float]:
    """The intents' scores from the cues, the values found and the context."""
    scores = dict(findings.scores)
    _from_values(scores, findings)
    _from_greeting(scores, findings)
    _from_conflicts(scores, findings)
    _from_context(scores, findings, message)
    _from_last_words(scores, findings)
    return scores


def blend(scores: Mapping[str, float], model_probs: Mapping[str, float]) -> dict[str, float]:
    """The probabilities of cues and model together."""
    return _softmax(
        {
            intent: BLEND_CUES * scores[intent] + BLEND_MODEL * math.log(max(model_probs.get(intent, 0.0), LEAST))
            for intent in INTENTS
        },
        1.0,
    )


def _softmax(scores: Mapping[str, float], temperature: float) -> dict[str, float]:
    top = max(scores.values())
    weights = {intent: math.exp((scores[intent] - top) / temperature) for intent in INTENTS}
    total = sum(weights.values())
    return {intent: weight / total for intent, weight in weights.items()}


def _from_values(scores: dict[str, float], findings: Findings) -> None:
    """A service, date or time with nothing else is a booking; an id alone is about one that exists."""
    service, staff = findings.has("service_type"), findings.has("staff_name")
    date, time = findings.wants("preferred_date"), findings.wants("preferred_time")
    scores["other"] += 0.6
    scores["book"] += 1.3 * service + 0.9 * staff + 1.6 * date + 1.5 * time
    offered = any(one.slot == "service_type" for one in findings.mentions)
    question = "?" in findings.line
    scores["book"] += 4.2 * (_listed(findings) and not _ASKS.search(findings.line))
    if offered:
        scores["info_services"] += 1.0 + 0.4 * (question and not (date or time))
        scores["info_prices"] += 0.3
    if staff and service and not (date or time) and _DOES.search(findings.line):
        scores["info_services"] += 3.0
    if "do_you_do" in findings.cues and not (offered or staff):
        scores["info_services"] -= 0.8
    if date or time:
        scores["info_services"] -= 0.8
    if findings.has("booking_id"):
        scores["cancel"] += 0.8
        scores["reschedule"] += 0.8 + 0.8 * (date or time)
        scores["other"] += 0.8
        scores["book"] -= 1.0
    if findings.has("client_email") or findings.has("client_name") or findings.has("client_phone"):
        scores["book"] += 1.0
    scores["reschedule"] += 0.3 * (date or time)


def _listed(findings: Findings) -> bool:
    """Whether services are named one beside the other, as one orders them: "barba y corte"."""
    served = [one for one in findings.mentions if one.slot == "service_type" and one.value]
    return any(_AND.fullmatch(findings.line[one.end : after.start]) for one, after in pairwise(served))


def _from_greeting(scores: dict[str, float], findings: Findings) -> None:
    """A greeting counts only when nothing else was said."""
    line = findings.line
    if not GREETING.search(line):
        return
    rest = GREETING_FILLER.sub(" ", GREETING.sub(" ", line))
    if not re.search(r"[a-z0-9]", rest):
        scores["greeting"] += 5.0
        if findings.cues & {"goodbye"}:
            scores["chitchat"] += 3.0
    elif findings.cues <= {"goodbye", "small_talk", "laugh", "thanks", "ack"} and not findings.mentions:
        scores["greeting"] += 1.2


def _from_last_words(scores: dict[str, float], findings: Findings) -> None:
    """What a long story ends with is what it was told for; it counts twice more."""
    clauses = [clause for clause in re.split(r" [.:;!?] ", findings.line[-STORY:]) if len(clause) >= LEAST_CLAUSE]
    if len(findings.line) >= STORY and clauses:
        _, last = scan(f" {clauses[-1].lstrip()}", findings.of_trade)
        for intent, score in last.items():
            scores[intent] += 2 * score


def _from_conflicts(scores: dict[str, float], findings: Findings) -> None:
    """Where two kinds of cues meet, one of them says more."""
    cues = findings.cues
    hard = max(scores[intent] for intent in INTENTS if intent not in ("chitchat", "greeting"))
    if hard >= 2.5 and not (cues & {"small_talk"} and not findings.mentions):
        scores["chitchat"] -= 2.5
    moving = cues & _MOVES
    if moving and "not_coming" in cues:
        scores["reschedule"] += 1.5
    if moving:
        scores["book"] -= 1.5
        scores["info_hours"] -= 1.0
    if "before_a_day" in cues and not moving and scores["cancel"] < 2.5:
        scores["cancel"] -= 2.0
        scores["reschedule"] -= 1.0
    if scores["cancel"] >= 2.5 and not moving:
        scores["book"] -= 2.5
    if cues & {"availability", "which_days", "hours_free"} and "open" not in cues:
        scores["info_hours"] -= 1.5
        scores["info_services"] -= 1.0
    _from_topics(scores, findings)


def _from_topics(scores: dict[str, float], findings: Findings) -> None:
    """Where the matter of a message outweighs its words."""
    cues = findings.cues
    if "promo" in cues and "payment" in cues:
        scores["info_prices"] += 2.0
    if cues & {"duration"}:
        scores["info_prices"] -= 2.0
    if cues & {"how_much", "price", "how_much_en"}:
        scores["info_services"] -= 0.8
        scores["book"] -= 0.8
    if scores["cancel"] >= 2.5 and "my_appointment" in cues and "?" not in findings.line:
        scores["other"] -= 2.0
    if cues & {"injection"}:
        scores["book"] -= 2.0


def _from_context(scores: dict[str, float], findings: Findings, message: MessageInContext) -> None:
    """What the assistant asked and the task under way."""
    active = message.active_intent
    if active in ("info_prices", "info_services", "info_hours"):
        scores[active] += 1.2
        return
    if active not in TASKS:
        active = "book" if message.asked_slot else None
        if active is None:
            return
    boost = _boost(scores, findings, message)
    if not _ASKS.search(findings.line):
        for intent in ("info_prices", "info_hours", "info_services"):
            scores[intent] *= 0.5
    scores[active] += boost
    for task in TASKS - {active}:
        scores[task] -= 0.6 if task != "book" else 2.0
    if active != "book":
        scores[active] += max(0.0, scores["book"])
        scores["book"] = min(scores["book"], 0.5)


def _boost(scores: Mapping[str, float], findings: Findings, message: MessageInContext) -> float:
    """How much the task under way counts for a message."""
    boost = 2.6
    if message.asked_slot and (findings.has(message.asked_slot) or _short(findings.line)):
        boost += 1.6
    plainly = not _ASKS.search(findings.line)
    if findings.polarity or findings.abandons:
        boost += 2.0 + 2.0 * plainly
    elif findings.mentions or findings.data:
        boost += 1.0 + 1.5 * plainly
    if message.asked_slot in _WHEN and plainly and _VAGUE.search(findings.line):
        boost += 3.0
    if findings.cues & set(_RIVALS) or ("?" in findings.line and max(scores[own] for own in _OWN_QUESTION) >= 3.0):
        boost -= 2.0
    return boost


def _short(line: str) -> bool:
    return len(line.split()) <= 4


def names(cues: Set[str] | Iterable[str]) -> str:
    """Cue names for operators, short."""
    return " ".join(sorted(cues))[:120]


def top(probs: Mapping[str, float], best: str) -> Sequence[tuple[str, float]]:
    """The other plausible intents, best first, at most three."""
    others = sorted(((p, intent) for intent, p in probs.items() if intent != best and p >= 0.05), reverse=True)
    return [(intent, round(p, 4)) for p, intent in others[:3]]
