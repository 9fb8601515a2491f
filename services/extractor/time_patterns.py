"""Patterns of times of day over the normalised line, in Spanish, Portuguese and English."""

import re

from extractor.numbers import HOUR, MINUTE

PART = (
    r"(?P<part>,? ?(?:(?:de|por|en|a|x|da|na|pela) ?la|in the|da|de|at|a|na|pela) "
    r"(?P<pd>mañana|manha|tarde|tardecita|noche|nochecita|noite|madrugada|mediodia|morning|afternoon|evening|night))"
)
AMPM = r"(?P<ap>am|pm|a m|p m|a\. m|p\. m)\b"
END = r"(?:hs|h|horas|hora|o ?clock|oclock|en punto|sharp|em ponto)\b"
MIN = (
    rf"(?:[:.,h](?P<m>[0-5][0-9])(?![0-9])| (?:hs?|horas) (?P<mh>[0-5][0-9])(?![0-9])| (?P<half>y media|e meia|"
    rf"y 1/2|i media)\b"
    rf"| y (?P<quarter>cuarto|quarto)\b"
    rf"| menos (?P<less>cuarto|{MINUTE})| (?:y|e|con) (?P<plus>{MINUTE})(?! ?(?:de(?! la\b)|/|personas)\b)"
    rf"| (?P<mw>[0-5][05]|thirty|fifteen|forty five|treinta|quince|cuarenta y cinco|trinta|cuarenta|veinte|"
    rf"diez)\b(?! ?(?:de (?!la)|/|pesos|%)))"
)
CORE = rf"(?P<h>{HOUR}){MIN}?(?: (?:de )?{END})?(?: {AMPM})?{PART}?(?: {END})?"
PREFIX = (
    r"(?:(?:hora|horario|time) ?:|a eso de las?|a partir de las?|desde las?|hasta las?|antes de las?|"
    r"despues de las?|pasadas las?|mas o menos a las?|"
    r"entre las?|para las?|tipo a? ?las?|tipo|como a las?|como tipo|como a|sobre las?|cerca de las?|por las?|"
    r"a las?|las|"
    r"de las|at|around|about|by|after|before|from|umas|unas|as|a partir das|depois das|antes das|ate as|das|pelas|la|"
    r"desde|al|a l|a)"
)
MARKED = re.compile(rf"(?<![0-9$¤])\b(?P<pre>{PREFIX}) (?:las? )?{CORE}")
UNMARKED = re.compile(rf"(?<![0-9:.,/$+-])(?<![0-9] )\b(?P<pre>){CORE}")
PAST = re.compile(
    rf"\b(?:(?:(?P<half>half)|(?P<quarter>quarter|a quarter)|(?P<n>{MINUTE})(?: minutes)?) (?P<way>past|to|after|"
    rf"before|till)|(?P<british>half)) "
    rf"(?P<h>{HOUR})(?: {AMPM})?{PART}?"
    rf"|(?<!las )(?<!la )(?<!das )\b(?:un |menos )?(?P<n2>cuarto|quarto|{MINUTE}) (?:para|pras?|para as) (?:las?|"
    rf"as) (?P<h2>{HOUR})(?: (?P<ap2>am|pm)\b)?(?P<part2>,? (?:de|por|en) la (?P<pd2>mañana|tarde|noche))?"
)
NOON = re.compile(r"\b(?:al |a |del |este |meio ?-? ?dia|at )?(?:medio ?dia|mediodia|meio ?-? ?dia|noon|midday)\b")
BARE = re.compile(
    rf"^ (?:.{{0,24}}? )??(?P<h>{HOUR}){MIN}?(?: {END})?(?: (?:porfa|por favor|esta bien|me sirve|gracias|dale|ok|"
    rf"please|"
    rf"puede ser|si|mejor|entonces|perfecto|joya|genial)(?![a-z])|[ .!?,;)])*$"
)
RANGE = re.compile(
    rf"\b(?:(?:entre|between) (?:las? |a las |as )?|(?<!turno )(?<!cita )(?<!hora )(?<!ment )(?<! it )(?:de|"
    rf"from) ){HOUR}(?: ?[:.][0-5][0-9])?(?: (?:hs|am|pm|y media))? (?:a|y|and|to|hasta|e) "
    rf"(?:las? |a las |as )?(?P<to>{HOUR})(?: ?[:.][0-5][0-9])?(?: (?:hs|am|pm|y media))?(?! de [a-z]+o\b)"
)
FOUR = re.compile(
    r"\b(?P<pre>(?:a las|las|tipo|at|as) )?(?P<h>[01]?[0-9]|2[0-3])(?P<m>[0-5][0-9])\b(?P<unit> (?:hs|h|"
    r"horas))?(?![.,:/-][0-9])"
)
LAST = re.compile(
    rf"(?:,|;|\.|\?|\bno|\bmejor|\bsino|\bo) (?P<h>{HOUR})(?P<half> y media)?(?: (?:hs|mejor|si|puede ser|"
    rf"esta bien))?[ .!?]*$"
)
ONE_OF = re.compile(
    r"\b(?:cualquier[a]?|alguna|ninguna|una|uno|ambas|cual|otra|primera|segunda|tercera|ultima|todas|"
    r"entre)(?: de)? $"
)
"""Before "de las dos": some of several, no time."""
MOVED = re.compile(
    r"\b(?:push|move|change|switch|reschedule|shift|pas[ae][a-z]*|mov[ae][a-z]*|corr[ae][a-z]*|"
    r"cambi[ae][a-z]*) [^,.;?!]*$"
)
"""Before "from 3 to 5": what moves has one time before and another after."""
BOUND = re.compile(r"^(?:a partir|desde|hasta|antes|despues|pasadas|entre|after|before|from|depois|ate)\b")
BOUND_AFTER = re.compile(
    r"^ ?,? ?(?:en adelante|para adelante|pa adelante|para arriba|onwards|or later|em diante|o mas tarde|o antes|"
    r"a [0-9]{1,2}\b(?! ?(?:de|/))|a las? [0-9]{1,2} )"
)
BOUND_BEFORE = re.compile(
    r"\b(?:desde|hasta|despues de|antes de|a partir de|entre|ate|after|before|from|until|till|de)$"
)
DURATION = re.compile(
    r"\b(?:en|dura|duran|dentro de|cada|unas?|hace|por|durante|demora|demoran|tarda|tardan|lleva|mas de|menos de|"
    r"toma|son|in|for|"
    r"antes de|con|las|proximas|minimo|maximo|faltan|anticipacion|ultimas) $"
)
NOT_TIME_AFTER = re.compile(
    r"^ ?(?:%|años|anos|personas|minutos|min\b|minutes|cortes|turnos|dias|semanas|meses|mil|pesos|cuotas|km|cuadras|"
    r"servicios|chicas|chicos|hijos|nenes|nenas|hermanas|amigas|veces|opciones|cosas|de [a-z]+ro\b|x [0-9]|por 1\b|"
    r"(?:hs|horas|h|hours) (?:antes|despues|de anticipacion|before|mas|de espera)|dias|days|weeks|years|people|"
    r"hours\b)"
)
