""" "La primera", "the last one", "2ª": which of several things a short message points at. Pure."""

import re
import unicodedata

_WORDS = {
    0: "primera primero primer primeira primeiro first 1 1a 1o 1ra 1ro 1er 1st uno una um uma one",
    1: "segunda segundo second 2 2a 2o 2da 2do 2nd dos dois duas two",
    2: "tercera tercero tercer terceira terceiro third 3 3a 3o 3ra 3ro 3rd tres three",
    3: "cuarta cuarto quarta quarto fourth 4 4a 4o 4ta 4to 4th cuatro quatro four",
    -1: "ultima ultimo last",
}
_EARLIEST = re.compile(
    r"\b(lo|el|la|o|a|the) (mas|mais) (temprano|cedo|pronto)\b|\b(the )?earliest\b|\b(lo|el) antes posible\b"
)
_LATEST = re.compile(r"\b(lo|el|la|o|a) (mas|mais) (tarde|tardio)\b|\b(the )?latest\b")
_POSITION = {word: position for position, words in _WORDS.items() for word in words.split()}
_CARDINAL_WORDS = "uno una um uma one dos dois duas two tres three cuatro quatro four"
_FILLER_WORDS = (
    "el la lo los las o a os as the one al the that de ese esa este esta essa esse opcion opcao option numero number "
    "dale si sip sim yes ok oka okey bueno buenisimo perfecto genial joya quiero prefiero mejor me quedo con "
    "elijo tomo agarro voy quero fico com i take i'll ll want por favor pf porfa please gracias obrigado obrigada "
    "thanks hora turno horario cita entonces seria para mi y no que q dijiste decis nombraste ofreciste ofreces tengas "
    "tenes haya hay libre disponible este sea pueda puedas te quede queda you said have available slot offered voce "
    "disse tiver livre ah mmm eh bien claro joya va listo anotame reservame dame agendame poneme con del los en"
)
_CARDINALS, _FILLERS = frozenset(_CARDINAL_WORDS.split()), frozenset(_FILLER_WORDS.split())
_TOKEN = re.compile(r"[a-z0-9]+")
_NO_CHOICE = re.compile(r"\b(un|uno|dame|espera\w*|one|um) (segundo|second|minuto)\b")


def ordinal(text: str, count: int) -> int | None:
    """The index among `count` things that a message points at and says nothing else, or None."""
    lowered = _LATEST.sub("ultimo", _EARLIEST.sub("primero", plain(text)))
    words = _TOKEN.findall(lowered)
    if count < 1 or not words or _NO_CHOICE.search(lowered):
        return None
    found = [word for word in words if word in _POSITION and not _is_article(word, words)]
    rest = [word for word in words if word not in _POSITION and word not in _FILLERS]
    if len(found) != 1 or rest:
        return None
    position = _POSITION[found[0]]
    index = count - 1 if position < 0 else position
    return index if index < count else None


def _is_article(word: str, words: list[str]) -> bool:
    """Whether a number word only accompanies a real choice: "the first one", "a última"."""
    others = [other for other in words if other != word and other in _POSITION]
    return word in _CARDINALS and bool(others)


def plain(text: str) -> str:
    """A text in lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
