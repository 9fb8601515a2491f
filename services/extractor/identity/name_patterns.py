"""What comes before, beside and inside the names of customers, and words that are names too."""

import re
from pathlib import Path

import yaml

from extractor.text.word_lists import any_of

_LISTS: dict[str, str] = yaml.load(Path(__file__).with_name("names.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
WORD_FIRST, WORD_SURNAMES = (frozenset(_LISTS[name].split()) for name in ("first", "surnames"))
"""Ordinary words that are also first names, or surnames, in plain letters."""

KIN = (
    r"(?:hij[oa]|herman[oa]|mama|papa|madre|padre|marido|mujer|esposa|esposo|novi[oa]|abuel[oa]|nen[ea]|suegr[oa]|"
    r"sobrin[oa]|ti[oa]|amig[oa]|cuñad[oa]|señora|prim[oa]|niet[oa]|viej[oa]|pareja|jef[ea]|vecin[oa]|wife|husband|"
    r"daughter|son|mum|mom|dad|mother|father|sister|brother|friend|girlfriend|boyfriend|filh[oa]|irma|irmao|mae|pai|"
    r"esposa|namorad[oa]|prim[oa])"
)
CUE = re.compile(
    r" (?:(?P<soft>soy|sou|im|i am|this is|it is|(?P<says>(?:te |le |les )?(?:habla|escribe|saluda))|aca|its|aqui)|"
    rf"(?:para|por|pra|for|de) (?:mi|my|meu|minha|un|una) {KIN} ?,? ?(?:que )?(?:se llama|llamad[oa]|named|called)|"
    rf"(?P<whom>(?:para|por|pra|for|de) (?:mi|my|meu|minha|un|una) {KIN}(?: ?,)?)|"
    rf"(?P<kin>(?:mi|my|meu|minha) {KIN})|"
    r"(?P<put_right>(?:turno|cita|reserva|hora|horario|agendamento|appointment|booking|reservation) "
    r"(?:es|era|e|is|was|seria|va) (?:a nombre )?(?:de|para|pra|for)|"
    r"(?:no|nao) ?,? (?:es|era|e|seria|its|it is|it s) (?:para|pra|for))|"
    rf"(?P<turn>(?:turno|cita|reserva|hora|appointment|booking|agendamento) (?:a nombre )?(?:de|for|do|da))|"
    r"se llama|llamad[oa]|names|name s|her name is|his name is|"
    r"nombre (?:del? (?:cliente|paciente|titular)|de (?:el|ella))|"
    r"nome(?: completo| del[ea])?(?: e)? ?:?|me llamo|mi nombre(?: completo)?(?: es|:)?|mi nombre y apellido(?: es)?|"
    r"nombre(?: y apellido| completo)?(?: es)? ?:?|"
    r"(?:a|al|en|bajo el|com o|em) nombre d[eo]|a nombre|a mi nombre ?,?|(?:em|no) nome d[eoa]|de parte de|"
    r"my name(?: is|s)?|name is|"
    r"name ?:|me chamo|meu nome(?: e|:)?|"
    r"under the name(?: of)?|under|(?<!pero )me dicen|pone(?:le|lo|la)? a|anota(?:lo|la|me|melo)? (?:a|como)|call me|"
    r"apellido|para mi hij[oa]|"
    r"aqui e|quem fala e|a nome de)"
    r"(?: (?:el|la|o|a|e|es|de|señor|señora|doña|don|mi|hij[oa]|mama|marido|esposa|esposo|:|mr|mrs|ms|dona|seu|"
    r"is)){0,4} $"
)
"""What comes before a name. It begins with a space, as every word of a line has one before it, and Python looks for
one several times as fast as it tries every character."""
OWN = re.compile(r"\b(?:soy|sou|im|i am|me llamo|mi nombre|me chamo|meu nome|my name)\b")
"""In a cue, that the name is the writer's own."""
CALLED = re.compile(r" (?:se llama|se chama|llamad[oa]|names|name s|her name is|his name is|apellido)\b")
"""A cue that says what somebody is called, and for nobody that an appointment is theirs."""
_ENDS = r"(?= ?(?:$|[,.;:!?)-]|(?:y|e|and) |para|quiero|quisiera|queria|necesito|quero|preciso|i ))"
CUE_AFTER = re.compile(
    r" ,? ?(?:(?:asi |yo )?me llamo|es mi nombre(?: completo)?|me chamo|e (?:o )?meu nome|is my name|es como me llamo)"
    + _ENDS
)
"""What comes after a name: "Esteban Roldán me llamo"."""
SIGNED = re.compile(
    r" (?:por (?:aca|aqui)|speaking|here|falando|al habla|(?:te |le |les )?(?:habla|escribe|saluda))" + _ENDS
)
"""What comes after a name that begins a message: "Ana por acá"."""
MORE_PARTICLES = frozenset(("le", "du", "zu", "della", "dello", "ten", "ter"))
"""Small words inside foreign names."""
AND = frozenset(("y", "e"))
"""Words between the names of two persons, and inside that of one: "Ortega y Gasset"."""
SORRY = frozenset(("no", "nao", "perdon", "perdona", "digo", "mejor", "sorry", "mentira", "mean", "desculpa", "melhor"))
"""Words before a name that puts the one before it right."""
LAUGH = re.compile(r"j+[aei][jaei]*|h+[ae][hae]*|k{2,}|(?:rs)+|lol|xd+")
"""A laugh, which is no part of a name."""
PRONOUNS = frozenset(("ella", "ela", "ele", "dele", "dela", "he", "she"))
"""Words for somebody already named, which are no name in lower case."""
ARTICLES = frozenset(("uma",))
"""Articles that are first names too."""
NO_NAMES = frozenset(
    ("speaking", "here", "falando", "habla", "hablando", "aca", "aqui", "nobody", "anyone", "somebody", "nome")
)
"""Words beside a name that are no part of it, though they look like one."""
FOR = frozenset(("para", "for", "quiere", "quer"))
"""What comes after whoever begins a message with a name: "Lautaro Ceballos para spinning"."""
WITH = frozenset(("con", "com", "with"))
"""What comes before somebody else's name."""
LEAD = re.compile(
    r"^(?:si|ah|tambien|tb|pero|claro|dale|ok|bueno|hola|buenas|buenos|dias|tardes|es|el|la|mi|nombre|completo|y|"
    r"apellido|soy|yo|hi|hello|hey|oi|ola|bom|boa|dia|tarde|noite|noches|"
    r"ponele|pone|a|de|anota|anotalo|anotame|"
    r"como|seria|sera|era|its|it|is|the|name|my|im|i|am|me|llamo|chamo|meu|nome|e|o|sou|ponelo|ponlo|sure|yes|sim|"
    r"perdon|perdona|digo|no|va|para|por|"
    r"dr|dra|lic|ing|prof|esta|bien|perfecto|gracias|obvio|registralo|registra|que|sea|correcto|this|with|con|"
    r"ese|eso|ahi|tomo|nota|"
    r"señora|señor|doña|don|[,.:;!¡¿-])$"
)
BEFORE_STAFF = frozenset(
    ("el", "la", "o", "a", "the", "don", "doña", "dr", "dra", "lic", "ing", "prof", "señor", "señora")
)
"""Articles and titles between "con" and somebody of the business."""
TOLD_TOGETHER = re.compile(
    r"\b(?:somos|nos llamamos|nos chamamos|a nombre de|(?:em|no) nome de|in the names? of|"
    r"(?:nuestros |los |os |nossos )?(?:nombres|nomes)(?: (?:son|sao|:))?|"
    r"we are|we re|(?:our |the )?names(?: are)?) ?:? $"
)
"""Before the names of several who come."""
WORDS_FOR_NAME = frozenset(("nombre", "nome", "name", "apellido", "sobrenome"))
"""What is no person after "con el": "con el nombre de Ana"."""
_SERVED = any_of("served")
OF_SERVED = re.compile(
    rf"\b{_SERVED} ?,? ?(?:que |quien )?"
    r"(?:se llama|se chama|llamad[oa]|is called|is named|s name is|(?:es|e|is) el nombre) $|"
    rf"\b(?:nombre|nome|name) (?:del?|d[oa]|of) (?:(?:mi|el|la|meu|minha|my|the) )?{_SERVED} ?:?(?: (?:es|e|is))? $"
)
"""Before the name of what is brought to be worked on, which is not the customer's: "el perro se llama Toby"."""
BREAKS = frozenset(',.;:!?()¡¿"-/&%@')
KIND_OF_PERSON = re.compile(
    r"[a-z]+(?:ista|[ae]r[ao]|[ií]?[ai]c[ao]|[ai]d[ao]|os[ao]|[aei]nte|dora?|sora?|nal|ual|log[ao]|oj[ao]|iv[ao]|ariana?)"
)
"""How words for what somebody is end, which "soy" comes before too: "soy pelirroja natural"."""
AFTER = BREAKS | {"y", "e", "and"}
"""What may follow a name of two words that nothing but "soy" makes one."""
SPELLING = re.compile(
    r"(?:es |va |y )?con (?:[a-z]|hache|ve|be|v corta|b larga|doble|dos|acento|tilde|ce|ge|jota|ese|zeta|equis)\b|"
    r"(?:sin|todo) (?:h|hache|acento|tilde|junto|con)\b|with an? [a-z]\b|como suena|com [a-z]\b"
)
"""How a name is spelt; no name."""
BESIDE = 20
"""Words and signs after a name in which those of other persons are looked for."""
MAX_WORDS = 6
"""Longest name, in words."""
