"""What a reply says and asks, read by patterns over its words. Pure, and independent of the templates that wrote it.

A customer reads with this, and a score compares what is claimed here with the agenda's rows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cli.evaluation.conversations import fold
from cli.evaluation.live.moments import Moment, days_in, moments_in, times_in

CODE = re.compile(r"\bPB-[A-Z0-9]{6}\b")


class Deed(StrEnum):
    """What a reply may say that was done, or is."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    RESTORED = "restored"
    DONE = "done"
    OWN = "own appointment"
    NONE = "no appointment"


@dataclass(frozen=True)
class Claim:
    """One sentence that says that something is so in the agenda."""

    deed: Deed
    """What."""
    days: tuple[date, ...]
    """The days that it names."""
    times: tuple[str, ...]
    """The times that it names."""
    text: str
    """The sentence."""


@dataclass(frozen=True)
class Heard:
    """A reply as a customer understands it."""

    text: str
    """All of it."""
    asks: tuple[str, ...]
    """What it asks for: fields, `which`, `confirm`."""
    offers: tuple[Moment, ...]
    """The times that it says are free."""
    said: tuple[Moment, ...]
    """All days and times in it."""
    claims: tuple[Claim, ...]
    """What it says was done or is."""
    question: bool
    """Whether it asks anything."""
    failed: bool
    """Whether it says that something broke, or nothing at all."""
    unsure: bool
    """Whether it says that it does not know whether something was done."""
    reason: bool
    """Whether it says why something cannot be, or was not understood, or gives a choice."""

    @property
    def done(self) -> bool:
        """Whether it says that something was done."""
        return any(claim.deed not in (Deed.OWN, Deed.NONE) for claim in self.claims)

    @property
    def codes(self) -> tuple[str, ...]:
        """The booking ids in it."""
        return tuple(CODE.findall(self.text))


_TITLES = re.compile(r"\b(dra?|sra?|srta|lic|mrs?|ms|prof|av|n)\.\s", re.I)
_SENTENCE = re.compile(r"(?<=[.?!…])\s+|\n+")
_LISTED = re.compile(r"\W*\d\s?[.)]")
_ADDRESS = re.compile(r"\S+@\S+")
_IF = re.compile(r"^\W*(si|se|if|cuando quieras|cuando|quando|cualquier cosa|whenever|any time)\b(?!\?)")
_ASKING = re.compile(
    r"\b(decime|dime|digame|pasame|pasa|indicame|contame|cuentame|necesito|precisaria|me falta|falta|faltan|me diga|"
    r"me passe|me passa|me mande|me fala|me diz|preciso|tell me|send me|give me|i need|let me know|elegi|elige|escolha|"
    r"escribime|escribeme|respondeme|responde|mandame|avisame)\b"
)
_FIELDS = {
    "email": re.compile(r"\be-?mail\b|\bcorreo\b|\bmail\b"),
    "name": re.compile(
        r"\bnombre\b|a nombre de|\bnome\b|\bname\b|como te llamas|como se llama|who is it for|who.s it for"
    ),
    "phone": re.compile(r"\btelefono|\btelefone|\bphone\b|\bcelular|\bmovil\b"),
    "people": re.compile(r"cuantas personas|cuantos (son|seran|van)|cuantas (son|seran)|quantas pessoas|how many"),
    "code": re.compile(r"\bcodigo\b|\bcode\b"),
    "staff": re.compile(
        r"con quien|com quem|\bwho would you|with whom|who with|with who\b|preferencia de profesional|"
        r"con que profesional|which (person|member)"
    ),
    "service": re.compile(
        r"(que|cual|qual|what|which)( \w+)? (servicio|servico|service|tratamiento|tratamento)|"
        r"que (te |se |le )?(gustaria |queres |quieres |quiere |vas a )?(hacerte|hacerse|hacer)\b|"
        r"o que (voce )?(quer|gostaria de) fazer|what would you like (done|to have)"
    ),
    "day": re.compile(
        r"(que|qual|what|which|otro|outro|other|another) (otro |outro |other )?(dia|day|fecha|data|date)|\bcuando\b|"
        r"\bquando\b|\bwhen\b|dia y (la )?hora|dia e (a )?hora|day and time"
    ),
    "time": re.compile(
        r"(que|qual|what|otra|outra|other|another) (otra |outra |other )?(hora|horas|horario|time)\b|"
        r"dia y (la |a que )?hora|dia e (a )?hora|day and time|a las cuantas"
    ),
}
_CONFIRM = re.compile(
    r"\bconfirm|te parece|le parece|\bte sirve|\ble sirve|te va bien|te queda bien|le queda bien|fica bom|"
    r"(lo|la|los|las|te|se) (reserv|cancel|cambi|pas|agend|dej|anot|apart|muev|quit|borr|pong)\w*|"
    r"\b(reservo|cancelo|cambio|agendo|anoto|muevo|marco|posso|seguimos|avanzo|mudo|remarco|aparto|desmarco)\b|"
    r"(quieres|queres|quiere|quer) que\b|esta bien|de acuerdo|correcto|\bcierto\b|\bcerto\b|\bright\b|"
    r"shall i|should i|do you (confirm|want me)|would you like me|is that (ok|right|fine)|\bok\b|tudo bem|pode ser|"
    r"does that work|es asi|es eso|quisiste decir|te referis|te refieres|did you mean|quis dizer|works for you"
)
_WHICH = re.compile(r"\b(cual|cuales|qual|quais|which)\b|\b(el|la|o|a)\b[^?]{3,60}\b(o|ou|or)\b (el|la|o|a)\b")
_FREE = re.compile(
    r"\blibres?\b|hay (lugar|turno|cupo|hueco|cita|espacio|disponib)|disponib|\btengo\b|\btenemos\b|\bhay\b|\bvagas?\b|"
    r"\blivres?\b|\btenho\b|\btemos\b|\bfree\b|available|there is room|openings?\b|puedo ofrecer|te ofrezco|"
    r"mas cercan|mais proxim|nearest|queda (libre|lugar)|quedan|\bopcion|\bopcoes|\boptions?\b|podria ser|could do|"
    r"puede ser|te puedo|posso oferecer|i have|we have|\bsi hay\b|proximo (libre|horario)"
)
_TAKEN = re.compile(
    r"\b(no|nao|sin|ya no|not|no longer) (\w+ )?(hay|queda|quedan|tengo|tenemos|ha|tenho|temos|tem|room|free|available|"
    r"atend\w*|llegamos|me queda|esta libre|da tempo)|\bocupad|\btomad[oa]|\btaken\b|\bfull\b|no room|cerrad|fechad|"
    r"closed|already past|ya paso|ya pasaron|ja pass|complet[oa]s?\b|llen[oa]\b|lotad|couldn.t finish"
)
_REASON = re.compile(
    _TAKEN.pattern
    + r"|no (hacemos|trabajamos|ofrecemos|te entend|entend|pude entender|encontre|encuentro|lo encuentro|existe)|"
    r"nao (fazemos|entendi|encontrei|consegui|existe)|(don.t|doesn.t) do|(couldn.t|didn.t) (find|make|under|get)|"
    r"incompleto|invalid|no parece|nao parece|no coincid|doesn.t (look|match)|otra vez|de nuevo|no hace\b|nao faz\b|"
    r"ya tenes|ya tienes|already have|ja tem|por partes|one at a time|um de cada vez|es (lunes|martes|miercoles|jueves|"
    r"viernes|sabado|domingo)|muy lejan|too far|primero"
)
_FAILED = re.compile(
    r"no pude (consultar|acceder|completar|leer|hacerlo)|nao consegui (consultar|ler|fazer)|couldn.t (reach|look)|"
    r"could not (do|read) (that|your)|muchas consultas|muitas consultas|lot of messages|technical problem|"
    r"error interno|intent[ae] de nuevo|(tuve|tive|hubo|houve) um? ?problema|(tuve|hubo) un problema|"
    r"something went wrong|de nuevo en un|de novo daqui|(write|try) again in a"
)
_UNSURE = re.compile(
    r"no se si qued|no pude confirmar|nao consegui confirmar|nao sei se|don.t know yet whether|could not confirm|"
    r"tardo en responder|demorou a"
)
_NOT_DONE = re.compile(
    r"\b(no|nao|not|nada|nothing|ningun|todavia|sin|aun|ainda|puedo|puede|puedes|podes|podras|pode|can|could|voy a|"
    r"vou|about to|will|para que quede|antes de|hasta que|pudo|pude|never|podemos|would|couldn.t|didn.t|isn.t|si|"
    r"falta)\b"
)
_DEEDS = {
    Deed.RESTORED: re.compile(
        r"vuelve a (estar|quedar)|volvio a (estar|quedar)|restaur(e|ad|ei)|recuper(e|ad|ei)|deshice|deshecho|undone|"
        r"restored|desfiz|como estaba|como antes|back as it was|is back|de volta|reactiv"
    ),
    Deed.MOVED: re.compile(
        r"qued\w+ (cambiad|movid|reprogramad|pasad|para el|para las|a las|con |a nombre|corregid|actualizad)|"
        r"\b(cambie|movi|reprograme|reagende|pase|corregi|actualice|modifique|mudei|remarquei|corrigi|alterei|"
        r"atualizei|passei)\b|reprogramad|reagendad|remarcad|\bmoved\b|rescheduled|\bchanged\b|\bupdated\b|corrected|"
        r"\bcambiad[oa]|\bcorregid[oa]|\bactualizad[oa]"
    ),
    Deed.CANCELLED: re.compile(r"cancelad|\bcancele\b|cancelei|cancell?ed|anulad|anule\b|desmarcad|desmarquei"),
    Deed.BOOKED: re.compile(
        r"qued\w+ (\w+ )?(reservad|agendad|confirmad|anotad|apartad)|\b(reserve|agende|anote|aparte|agendei|marquei|"
        r"reservei)\b(?! (lo|o) que\b)|"
        r"\bbooked\b|you.re (all set|in)|(foi|ficou|esta) (agendad|marcad|reservad|confirmad)|"
        r"\b(reservad|agendad|confirmad)[oa]s?\b"
    ),
    Deed.DONE: re.compile(r"^\W*(listo|lista|hecho|pronto|feito|done|all set|all done)\b|quedo hecho|esta feito"),
}
_NOTHING = re.compile(
    r"\b(no (tenes|tienes|teneis|tiene|encontre|encuentro)|nao (tem|encontrei)|don.t (have|see)|couldn.t find)\b"
    r".{0,12}\b(ning|turno|cita|reserva|hor|appointment|any|nada|nenhum)"
)
_OWN = re.compile(
    r"\b(tu|su|seu|your) (proxim[oa]|next)\b|\bya (lo |la )?(tenes|tienes|teneis|tiene)\b|\bja tem\b|"
    r"you (already )?have (an?|your|one|two|three|\d)|"
    r"\b(tenes|tienes|teneis|tiene) (un|una|dos|tres|\d|reservad|turno|cita)"
)


def heard(reply: str, today: date) -> Heard:
    """What a reply says to somebody who reads it on `today`."""
    sentences = tuple(_sentences(reply))
    asks = _asks(sentences)
    offers = _offers(sentences, today)
    if "which" in asks and offers and any(_FREE.search(each) for each in sentences):
        asks = tuple(dict.fromkeys("time" if name == "which" else name for name in asks))
    whole = fold(reply)
    return Heard(
        text=reply,
        asks=asks,
        offers=offers,
        said=tuple(moments_in(whole, today)),
        claims=tuple(_claims(sentences, today)),
        question="?" in reply or bool(asks),
        failed=not reply.strip() or bool(_FAILED.search(whole)),
        unsure=bool(_UNSURE.search(whole)),
        reason=bool(_REASON.search(whole)),
    )


def sentences_of(reply: str) -> tuple[str, ...]:
    """The sentences of a reply, folded, without signs; lines of a numbered list are none."""
    told = (each for each in _sentences(reply) if not _LISTED.match(each))
    return tuple(" ".join(re.findall(r"[\w:/@-]+", each)) for each in told)


def _sentences(reply: str) -> Iterator[str]:
    """Folded sentences; a title's full stop ends none."""
    whole = _TITLES.sub(lambda found: found[0].replace(".", "").rstrip() + " ", fold(reply))
    for each in _SENTENCE.split(whole):
        if each.strip():
            yield each.strip()


def _asks(sentences: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for sentence in sentences:
        asked = "?" in sentence
        if (_IF.search(sentence) and "¿" not in sentence and not asked) or not (asked or _ASKING.search(sentence)):
            continue
        question = _ADDRESS.sub(" ", sentence[sentence.find("¿") + 1 :] if "¿" in sentence else sentence)
        fields = [name for name, pattern in _FIELDS.items() if pattern.search(question)]
        found |= dict.fromkeys(fields)
        if not fields and asked and _WHICH.search(question):
            found["which"] = None
        elif not fields and asked and _CONFIRM.search(question):
            found["confirm"] = None
    return tuple(found)


def _offers(sentences: Sequence[str], today: date) -> tuple[Moment, ...]:
    """The free times that a reply names, each with the day last named before it."""
    day: date | None = None
    found: list[Moment] = []
    for clause in (part for each in sentences for part in re.split(r";|, (?:pero|mas|but)\b|\bpero\b|\bbut\b", each)):
        named = list(moments_in(clause, today, day))
        free = bool(_FREE.search(clause)) or bool(found and not _TAKEN.search(clause) and named)
        if (free and not _TAKEN.search(_without_yes(clause))) or _LISTED.match(clause):
            found += [each for each in named if each.time]
        day = next((each.day for each in reversed(named) if each.day), day)
    return tuple(
        Moment(each.day, each.time, each.number or number) for number, each in enumerate(dict.fromkeys(found), 1)
    )


def _without_yes(clause: str) -> str:
    """A clause without the words that say that there is room."""
    return re.sub(r"\bsi hay\b", " ", clause)


def _claims(sentences: Sequence[str], today: date) -> Iterator[Claim]:
    mine = False
    for sentence in sentences:
        told = sentence.split("¿")[0] if "?" in sentence else sentence
        deed = _deed(told)
        if deed is None and mine and _LISTED.match(told):
            deed = Deed.OWN
        mine = mine or bool(re.search(r"\b(tus|sus|seus|your) (proxim|next|upcoming|turnos|citas|appoint|hor)", told))
        if deed is not None:
            yield Claim(deed, tuple(days_in(told, today)), tuple(times_in(told, today)), told)


def _deed(told: str) -> Deed | None:
    """What a sentence that is no question says was done or is."""
    if not told or _IF.search(told):
        return None
    if _NOTHING.search(told):
        return Deed.NONE
    if _OWN.search(told):
        return Deed.OWN
    for deed, pattern in _DEEDS.items():
        for match in pattern.finditer(told):
            clause = re.split(r"[,;:]", told[: match.start()])[-1]
            if not _NOT_DONE.search(clause):
                return deed
    return None
