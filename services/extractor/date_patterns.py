"""Patterns of dates over the normalised line, in Spanish, Portuguese and English."""

import re

from extractor.numbers import COUNT, DAY

WEEKDAYS = {
    "lunes": 0, "lun": 0, "segunda": 0, "monday": 0, "mon": 0,
    "martes": 1, "mar": 1, "terca": 1, "tuesday": 1, "tue": 1, "tues": 1,
    "miercoles": 2, "mie": 2, "mier": 2, "mierc": 2, "quarta": 2, "wednesday": 2, "wed": 2, "weds": 2,
    "jueves": 3, "jue": 3, "juev": 3, "quinta": 3, "thursday": 3, "thu": 3, "thur": 3, "thurs": 3,
    "viernes": 4, "vienes": 4, "vie": 4, "vier": 4, "sexta": 4, "friday": 4, "fri": 4,
    "sabado": 5, "sab": 5, "saturday": 5, "sat": 5,
    "domingo": 6, "dom": 6, "sunday": 6, "sun": 6,
}  # fmt: skip
MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "enero ene janeiro january jan",
            "febrero feb fevereiro february",
            "marzo mar março marco march",
            "abril abr april apr",
            "mayo may maio",
            "junio jun junho june",
            "julio jul julho july",
            "agosto ago ago. august aug",
            "septiembre sep setembro september",
            "octubre oct outubro october out",
            "noviembre nov novembro november",
            "diciembre dic dezembro dez december dec",
        ],
        1,
    )
    for name in names.split()
}
WD = r"(?P<wd>" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")\b(?:(?: ?-)? feira\b)?"
DAYNAMES = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
MO = r"(?P<mo>" + "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True)) + r")\b"
NEXT = r"(?:que viene|que vem|q viene|proxim[oa]|siguiente|entrante|next|seguinte|que entra)"
TIME_AFTER = (
    r"(?! ?(?:hs|h|am|pm|horas|%|y media|y cuarto|y pico|e meia|menos|de la (?:tarde|mañana|noche)|da (?:tarde|"
    r"manha|noite)"
    r"|en punto|o ?clock|por ciento|personas|años|anos|cortes|turnos|minutos|min|mil|pesos|por 1|in the|"
    r"por(?! (?:la|el|las|favor|mi)\b))\b)(?![:.,]?[0-9])"
)
NUMERIC = re.compile(
    r"(?<![0-9:.,$/-])(?:(?P<y4>20[0-9]{2})-(?P<m4>[0-9]{1,2})-(?P<d4>[0-9]{1,2})"
    r"|(?P<d>[0-9]{1,2})(?P<s>[/.-])(?P<m>[0-9]{1,2})(?:(?P=s)(?P<y>20[0-9]{2}|[0-9]{2}))?)(?![0-9:/-])(?! (?:hs|"
    r"horas|hora|am|pm)\b)"
)
MONTHLY = re.compile(
    rf"\b(?P<n>{DAY})(?: d[eo])?(?: mes)?(?: ?/ ?| of| -)? {MO}(?:(?: de| del| of)? (?P<y>20[0-9]{{2}}))?"
    rf"|\b(?P<mo2>{MO[6:-3]})\b(?: the)? (?P<n2>{DAY})(?! ?[:.][0-9])"
)
NEXT_MONTH = re.compile(
    rf"\b(?P<n>{DAY}) (?:del?|do|of) (?:(?:el |o )?mes {NEXT}|proximo mes|next month|mes entrante|otro mes)"
)
THIS_MONTH = re.compile(rf"\b(?P<n>{DAY}) (?:de|deste|of|do) (?:este mes|this month|mes|corriente|mismo mes|este)\b")
WEEKDAY = re.compile(
    rf"(?P<pre>\b(?:(?:el|este|esta|proxim[oa]|next|this|on|otro|na|nesta|la|dia|del|al|para|un|una|algun|cada|"
    rf"todos|los|las|aos|"
    rf"nos|every|an?|de|no|pr[ao]|con|a) ){{0,3}}){WD}"
    rf"(?P<post>(?: {NEXT}| mismo| ?,)?)(?: (?P<dia>dia )?(?P<n>{DAY}){TIME_AFTER})?"
)
WEEK = (
    r"(?:(?:de |en |da |na |of )?(?:la |a )?(?:(?:otra |proxima )semana|semana (?:que viene|que vem|proxima|"
    r"siguiente|"
    r"entrante|que entra)|(?:the )?(?:week after|next week)|(?:de la |la )proxima|de la que viene))"
)
WEEK_AFTER = re.compile(rf" ?(?:,|pero|mas)? ?{WEEK}\b")
WEEK_BEFORE = re.compile(rf"\b{WEEK},? ?(?:,|puede ser|seria|para|tal vez)? ?(?:el |la |na |on |para el |a |al )?$")
YESTERDAY = re.compile(
    r"\b(?:para|pa|for|pra|turno|corte de|"
    r"(?:quiero|quisiera|reservar|reservame|anotame)\b(?:(?!\bque\b)[^,.;?!]){0,40}) "
    r"(?P<it>ayer|anteayer|antes de ayer|yesterday|ontem)\b"
)
"""A wish for a day that has passed, so that the reply can say so."""
NO_UNIT = r"(?! ?(?:hs?|horas?|min|minutos|dias?|semanas?|mes(?:es)?)\b)"
"""After a number that stands for days by itself: "de hoy en ocho"."""
RELATIVE: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(
        r"\b(?:pasado ,? ?(?:de )?mañana|depois de amanha|(?:el )?dia despues de mañana|"
        r"(?:the )?day after tomorrow)\b"
    ), 2),
    (re.compile(r"\b(?:de )?mañana en (?:ocho|8|una semana)\b"), 8),
    (re.compile(rf"\b(?:(?:de )?hoy en (?:ocho|8){NO_UNIT}|week from today|uma semana a partir de hoje)\b"), 7),
    (re.compile(rf"\b(?:de )?hoy en (?:quince|15){NO_UNIT}\b"), 14),
    (re.compile(r"\b(?:amanha|tomorrow)\b"), 1),
    (re.compile(
        r"\b(?:hoy(?: mismo| dia)?(?! en [0-9a-z]+ (?:dia|semana|mes|quincena))|hoje(?: mesmo)?|today|tonight|"
        r"ahora mismo|ahorita mismo)\b"
    ), 0),
    (re.compile(r"\b(?:esta (?:tarde|noche|tardecita|tardenoche)|this (?:afternoon|evening|morning)|est[ae] manha|"
                r"esta mañana|estanoche)\b"), 0),
)  # fmt: skip
MORNING_BEFORE = re.compile(
    r"(?:\b(?:la|las|una|media|cada|buena|esta|a media|"
    r"mitad de|temprano (?:en|por) la)"
    r"|\b(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|[0-9/]+) (?:de|en|x|por)|[0-9] (?:de|por)|"
    r"pasado ,? ?(?:de )?) $"
)
AFTER_TOMORROW_AT = re.compile(
    r"(?<!mes )(?<!finde )(?<!año )(?<!dia )(?<!turno )(?<!lunes )(?<!martes )(?<!miercoles )(?<!jueves )(?<!viernes )"
    r"(?<!sabado )(?<!domingo )(?<!ha )(?<!he )(?<!habia )\b(?P<it>pasado)(?= (?:¤|a las? [0-9¤]|tipo [0-9¤]))"
)
AFTER_TOMORROW = re.compile(
    r"(?:\b(?:para|pa|sino|mejor|o|y|hasta|no)|[,;?!¤]|\b(?:tampoco|no) ?,?) (?P<it>pasado)(?= ?(?:[?.,!;)]|$|"
    r"a las?\b|¤|"
    r"tipo|por la|en la|si\b|o\b|y\b|temprano|al medio|despues|puede|podes|tenes|hay))"
)
AFTER_TOMORROW_ASKED = re.compile(
    r"(?:^|[,.;!?¤]|\b(?:el|para|mejor|sino|y|o|tampoco|no|si|puede ser|seria|dale|entonces)) (?:el )?(?P<it>pasado)"
    r"(?= ?(?:[?.,!;)]|$|a las?\b|¤|por la|si\b|puede|esta|me|esta bien|o\b|tipo|mejor|porfa))"
)
TOMORROW = re.compile(r"\bmañana\b")
IN = re.compile(
    rf"\b(?:dentro de|en|daqui a|em|in|de hoy en|de aqui a|de aca a) (?:unos |unas |como |"
    rf"los proximos )?(?P<n>{COUNT}) ?"
    r"(?P<u>dias?|semanas?|mes(?:es)?|days?|weeks?|months?|quincenas?)\b(?! (?:o menos|me|te|tengo|nos|viajo|"
    r"cumplo|es)\b)"
)
DAY_ONLY = re.compile(
    rf"\b(?P<pre>el|dia|al|del|the|on the|no dia|pro dia|pal|para el|o dia|"
    rf"al dia) (?P<day>dia )?(?P<n>{DAY})\b{TIME_AFTER}"
)
SAID_TODAY = re.compile(rf"^ (?:hola |ya |es |un |feliz )?(?:{DAYNAMES}) (?:y|de lluvia|!|\.|a la noche y|libre) ")
"""Somebody who says what day it is: "domingo y acá pensando …"."""
NOT_DAY_AFTER = re.compile(
    r" (?:turno|corte|servicio|dia|mes|paso|lugar|horario|one|time|opcion|de corte|to|ta|do|da|mo|ma|vo|va|piso|"
    r"grado|"
    r"puesto|hijo|hija|cuota|b|c)\b"
)
FIRST_OF = re.compile(
    r"(?:el|al|del) (?:primero|primer|segundo|tercero) (?:(?:que (?!viene|entra)|de (?:los|esos|todos|ellos)|libre|"
    r"disponible|"
    r"posible|opcion))"
)
"""The first of several, not of a month: "el primero que tengas"."""
LENGTH_BEFORE = re.compile(
    r"\b(?:rap[a-z]+|maquin[a-z]+|pel(?:arme|ada|ado|ar|o)|costados?|lados?|laterales?|nuca|patillas|degrade[a-z]*|"
    r"fade|barba|"
    r"cort(?:ito|ita|arme|arlo|arle|ado|ar|ame|ale|amelo|en|enme)|rebaj[a-z]+|number|numero) (?:(?:todo|toda|bien|el|"
    r"la|los|las|pelo|a|en|cabello|corto) ){0,3}$"
)
"""Before "al dos": the length that hair is cut to with a clipper, not a day."""
LENGTH = re.compile(
    r"(?:al|del) (?:[0-9]|uno|dos|tres|cuatro|cinco|seis|siete|ocho|cero)(?: y medio)?\b(?! (?:de|del)\b)"
)
LENGTH_AFTER = re.compile(
    r"^ (?:y medio )?(?:(?:a|en|por|de) )?(?:el |los |las |la )?(?:costados?|lados?|nuca|atras|laterales?|"
    r"patillas)\b"
)
MOVED = re.compile(r"\b(?:pas|mov|muev|cambi|corr|adelant|atras|posterg|reprogram|traslad|aplaz)[a-z]* ")
"""A verb that moves an appointment: then "el corte al 5" is a day."""
BARE = re.compile(
    rf"^ (?:para |el |al |dia |the |no |dia |mejor |que sea |puede ser |seria |si ,? )*(?P<n>{DAY})(?: (?:porfa|"
    rf"por favor|esta bien|me sirve|gracias|si|puede ser))?[ .!?,]*$"
)
THROUGH = re.compile(
    rf"\b(?:de|entre|between|(?:open |work |are you )?from(?= mon)) (?:el )?(?:{DAYNAMES}) (?:a|y|to|and|"
    rf"hasta) (?:el )?(?:{DAYNAMES})\b"
)
PLURAL = re.compile(r"\b(?:los|todos|cada|un|una|algun|aos|every|nos|as|mondays|las)\b")
PASTED = re.compile(r"^ (?:pasado|que paso|passad[oa])\b")
SHORT_WD = frozenset(
    (
        "lun",
        "mar",
        "mie",
        "jue",
        "vie",
        "sab",
        "dom",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "segunda",
        "quinta",
        "vienes",
    )
)
"""Weekdays that are also other words, so that they need a sign that they are meant."""
PORTUGUESE_WD = frozenset(("segunda", "terca", "quarta", "quinta", "sexta"))
"""Weekdays that are ordinals in Spanish, or other words: they count where the message speaks Portuguese."""
PORTUGUESE = re.compile(
    r"\b(?:nao|amanha|hoje|voces?|quero|pode[mr]?|posso|gostaria|obrigado|vou|dia|boa|bom|tem|vem|teria|tinha|tenho|"
    r"fica|ficou|manha|noite|"
    r"unhas?|cabelo|escova|luzes|pro|meu|minha|remarcar|agendamento|atendem|abrem|fazem|fazer|faz|melhor|depois|"
    r"quanto|qual|"
    r"quando|onde|preciso|trocar|mudar|eh|isso|voltar|ate|ainda|sem|oi|feira|uma|um|na|nesta|nessa|pela|tchau|valeu|"
    r"vaga|"
    r"seria possivel|sera que|me encaixa|as [0-9]{1,2})\b"
)
NO_WEEKDAY_AFTER = re.compile(
    r" (?:opcao|opcion|vez|fecha|alternativa|parte|persona|pessoa|semana|hora|propuesta|sesion|cuota|chance|mitad|"
    r"que (?:dijiste|"
    r"me|pusiste|mencionaste)|vuelta|mano)\b"
)
"""After "segunda": an ordinal in any language."""
