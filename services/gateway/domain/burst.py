"""Messages that people write in pieces, and those that need no answer. Pure.

Three rules: which message is answered together with the next one, which one says too little to be answered at once, and
which one is only an "ok" to what is finished. All three err on the side of answering, and at once.
"""

import re

from gateway.domain.message import MAX_TEXT_BYTES, Message
from gateway.domain.ordinals import plain
from turn.model import ConversationState
from turn.vocabulary import TASKS, Stage

FARTHEST = 20
"""How many messages of a conversation, counted by their places, are answered together at most."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD = re.compile(r"[a-z']+")
_LETTER_RUN = re.compile(r"(.)\1{2,}")
_UNSAID = re.compile('[\\s.,;:!¡…*_~"()\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff-]+')
"""What stands between words and changes none of them: punctuation, the parts of an emoji that colour it."""
_GREETS = _set("hola holis ola buenas buenos buen hey ey hi hello oi bom boa good saludos")
_GREETS_ON = _set(
    "dia dias tarde tardes noche noches noite morning afternoon evening day como estas esta andas andan va todo bien "
    "que tal por ahi aca a todos todas gente there everyone tudo bem pessoal muy"
)
_BEGINS = _set(
    "queria quisiera quiero necesito necesitaba consulta consultita pregunta preguntita disculpa disculpe disculpen "
    "perdon mira miren che oye oiga te les tengo hago una un desculpa desculpe eu i uma gostaria preciso "
    "sorry excuse"
)
_BEGINS_ON = _set(
    "saber preguntar preguntarte preguntarles consultar consultarte consultarles hacer hacerte hacerles pedir pedirte "
    "pedirles molestia rapida chiquita perguntar fazer would like to want need ask me have question quick a"
)
_LINKS = _set("para pa pra con com for with")
_LINKED_WORDS = 3
_ACKNOWLEDGES = _set(
    "ok oka okas okay okey okei okis oki k dale listo perfecto perfect genial buenisimo barbaro joya excelente "
    "entendido vale va bueno bien great cool beleza blz certo combinado otimo perfeito"
)
_ACKNOWLEDGES_EMOJI = frozenset("👍👌🙏✅✔🙌👏💪😊🙂😀😃😄😁😉😘🥰❤♥💛💚💙💜🩷🤍🤗✨")
_MOST_WORDS = 4
_FINISHED = frozenset({Stage.RESERVA_HECHA, Stage.CANCELACION, Stage.DONE})


def joins(earlier: Message, later: Message, places: int, text: str) -> bool:
    """Whether a message is answered together with the next one of its conversation: both are texts, to the same
    number and on the same track, and together not too long. `text` is what the earlier one says with those that have
    joined it; `places` lie between the first of them and the later one."""
    alike = (earlier.business, earlier.track) == (later.business, later.track)
    media = earlier.media or later.media
    return alike and not media and places < FARTHEST and _bytes(text) + 1 + _bytes(later.text) <= MAX_TEXT_BYTES


def together(texts: tuple[str, ...]) -> str:
    """Several messages as the one that their turn reads."""
    return "\n".join(texts)


def waits(text: str, state: ConversationState) -> bool:
    """Whether a text says so little that its customer is surely still writing: a bare greeting, or the beginning of a
    sentence where nothing was asked. With a question mark, a number or any other word it is complete."""
    lines = [line for line in text.splitlines() if line.strip()]
    begins = _nothing_open(state) and state.stage is not Stage.DISPONIBILIDAD
    return bool(lines) and all(_greets(line) or (begins and _begins(line)) for line in lines)


def needs_no_answer(text: str, state: ConversationState) -> bool:
    """Whether a text only acknowledges that something is finished. Thanks are answered."""
    return _nothing_open(state) and state.stage in _FINISHED and acknowledges(text)


def acknowledges(text: str) -> bool:
    """Whether a text says "ok" or 👍, and nothing else."""
    emojis = [char for char in text if char in _ACKNOWLEDGES_EMOJI]
    said = plain("".join(" " if char in _ACKNOWLEDGES_EMOJI else char for char in text))
    words = _UNSAID.sub(" ", said).split()
    return bool(words or emojis) and len(words) <= _MOST_WORDS and all(word in _ACKNOWLEDGES for word in words)


def _nothing_open(state: ConversationState) -> bool:
    """Whether no task is under way, and no reply has asked or offered anything."""
    asked = state.asked_slot or state.pending or state.choices or state.booking_choices
    return state.active_intent not in TASKS and not (asked or state.offers or state.next_services)


def _greets(line: str) -> bool:
    words = _words(line)
    return bool(words) and words[0] in _GREETS and all(word in _GREETS | _GREETS_ON | _BEGINS for word in words)


def _begins(line: str) -> bool:
    words = _words(line)
    if not words:
        return False
    linked = words[0] in _LINKS and len(words) <= _LINKED_WORDS
    opens = words[0] in _BEGINS | _GREETS
    return linked or (opens and all(word in _GREETS | _GREETS_ON | _BEGINS | _BEGINS_ON for word in words))


def _words(line: str) -> list[str]:
    """The words of a line, those of a drawl as it is usually written ("holaaa"); none when it asks or has numbers."""
    text = plain(line)
    return [] if "?" in text or re.search(r"\d", text) else _WORD.findall(_LETTER_RUN.sub(r"\1", text))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8"))
