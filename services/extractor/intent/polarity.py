"""Whether a message says yes or no to what was asked."""

import re

from turn.vocabulary import Polarity

_SKIP = (
    r"(?:(?:hola|ah|eh|mm|m|hmm|bueno|y|che|uh|ay|uy|j[aj]{1,30}|ja|pues|este|perdon|well|so|oh|ahi|entonces|mira|"
    r"disculpa|buenas|para(?= ?[,.!])|pera|espera|aguanta|momento|un segundo|upa|ups|noo*(?= ?,? (?:si|dale)\b)|"
    r"a ver)\b ?|[,.!¡:;-] ?){0,5}"
)
_YES = re.compile(
    rf"^ {_SKIP}(?:si\b(?! ?(?:me|tenes|tiene[sn]?|hay|pued[eo]s?|podes|podria|podes|es posible|"
    rf"no (?!hay problema|tengo)|se (?:puede|podria)|quieres|esta libre|llego|hacen|"
    r"te parece|fuera|quiero saber|maria|necesito saber|i|you)\b)|s(?= ?(?:[,.]|$))|se(?= ?(?:[,.!]|$))|"
    r"eso(?: es| mismo| si)?(?= ?(?:[,.!]|$))|ahora si|ahi va|ahi si|de (?:diez|10)|impecable|espectacular|"
    r"dale gas|vamos|vamo|yes|yeah|yep|yup|sure|sim\b|"
    r"claro|dale|de una|ok|okey|okay|okok|oki|oka|okis|listo|perfecto|perfect|confirm[aoe](?!r\b)[a-z]*|"
    r"confirmo|obvio|joya|genial|buenisimo|barbaro|excelente|great|tal cual|exacto|exactamente|correcto|correct|"
    r"asi es|as[ií] (?:esta|queda)|esta (?:bien|perfecto|ok|buenisimo|genial)|"
    r"de acuerdo|por supuesto|me (?:parece|sirve|viene|va|queda) (?:bien|perfecto|genial|barbaro|joya|de 10|ok)|"
    r"me sirve|me parece|vale|sale(?! (?:el|la|un|cuanto|con))|simon|orale|va\b|ya(?= ?(?:[,.!]|$))|"
    r"isso|pode (?:ser|marcar|confirmar|sim)|certo|beleza|fechado|combinado|hecho|adelante|mandale|metele|hacelo|"
    r"hazlo|go ahead|sounds good|that works|works for me|fine|"
    r"good|right|absolutely|definitely|of course|deal|bien|buena|bueno(?= ?(?:[,.!]|$))|seguro|afirmativo|positivo|"
    r"cerra[a-z]*|por favor si|please do|con gusto|quedamos asi|sea|venga|guay|bacan|cachai|dele|hagale|listorti|"
    r"ta(?: |$)|esta(?= ?(?:[,.!]|$))|cool)\b"
)
_CONFIRM = re.compile(
    r"\b(?:(?<!no )(?:te |lo |la )?confirmo|confirmame(?:lo|la)?|confirmalo|confirmado|confirmada|i confirm|"
    r"confirmed|quedamos asi|agendalo|agendame nomas|dale que si|me parece (?:bien|perfecto)|pode marcar)\b"
)
_NO = re.compile(
    rf"^ {_SKIP}(?:(?:claro|por supuesto|obvio|seguro|ahora|ya|creo|me parece|al final|bueno|dije|digo|mejor) que no\b|"
    r"(?:ahora|ya|al final|todavia|hoy) no(?= ?(?:[,.!]|$))|no\b(?! ?(?:se|hay problema|problem|quiero molestar|"
    r"tenes|tiene[sn]?|hay|me podrias|"
    rf"me podes|podrias|pasa nada|worries|entend[a-z]*|te entiendo|importa|tengo problema|es para|me llego|"
    r"hacen|atienden|abren|tendr[a-z]*|habr[a-z]*|tengo)\b)|nono|naa|ni (?:ahi|en pedo|a palos|en broma|soñando)|"
    r"eso no|asi no|me (?:equivoque|confundi)|no no|nao|nope|nah|para nada|nunca|negativo|ni loc[oa]|"
    r"mejor no|todavia no|aun no|por ahora no|deja(?:lo|la|me)?\b|olvid(?:ate|alo|a)|never mind|nevermind|"
    r"dont|do not|jamais|deixa|esquece|de ninguna manera|tampoco|ninguna|ninguno)\b"
)
_ABANDON = re.compile(
    r"\b(?:no ?,? (?:entonces |mejor |ya )?deja(?:lo|la|la ahi)?|deja(?:lo|la)?(?: asi| ahi| nomas| por ahora|"
    r" estar)?$|dejalo(?: asi| ahi|"
    r" nomas| estar)?|dejemoslo(?: ahi| asi)?|(?<!me )deja ?,? (?:gracias|no|despues|mejor|nomas|otro dia|asi)|"
    r"entonces deja(?:lo)?\b|no importa deja|olvidalo|olvidate|"
    r"never ?mind|ya fue|"
    r"no quiero nada|no quiero seguir|no quiero mas|no importa|lo dejo (?:ahi|para otro|asi)|otro dia (?:sera|"
    r"mejor|veo)|despues (?:te )?(?:veo|aviso|confirmo|te digo|escribo|vemos)|lo pienso|lo voy a pensar|"
    r"me arrepenti|forget it|let me think|deixa (?:pra la|para la|quieto)|esquece|mejor no|por ahora no|"
    r"no gracias|no ,? gracias|no quiero sacar nada|"
    r"ya no quiero|cambie de idea|prefiero no)\b"
)
_THUMB_YES = frozenset("👍👌✅🙌💪🆗✔☑👏🫡")
_THUMB_NO = frozenset("👎❌🚫🙅")


def read(line: str, text: str) -> Polarity | None:
    """Yes, no or neither, from the normalised line and the text as written."""
    if _CONFIRM.search(line) and not re.search(r"\bno (?:te |lo |la )?confirm", line):
        return Polarity.AFFIRM
    if _NO.match(line) or (abandons(line) and not _YES.match(line)):
        return Polarity.DENY
    if _YES.match(line) or text.lstrip().lower().startswith("sí"):
        return Polarity.AFFIRM
    if not line.strip():
        signs = set(text)
        return Polarity.AFFIRM if signs & _THUMB_YES else Polarity.DENY if signs & _THUMB_NO else None
    return None


def abandons(line: str) -> bool:
    """Whether the customer gives an open question up: "no, dejá"."""
    return _ABANDON.search(line.rstrip(" .!,")) is not None
