"""Words that give an intent away, in Spanish, Portuguese and English.

Each cue is a name, what it adds to the intents' scores, and a pattern over the normalised line
(see `text`). Patterns have no nested repetition: their running time is linear.
"""

import re
from dataclasses import dataclass

_CLITIC = r"(?:me|te|se|le|lo|la|los|las|melo|mela|telo|selo|sela|noslo|nos)?"
_THING = (
    r"(?:(?:el|la|mi|un|una|ese|esa|los|las|mis|lo|este|esta|meu|minha|o|a|uma|um|my|the|an|this|de|del|su|tu|nuestro|nuestra) ){0,3}"
    r"(?:turnos?|citas?|horas?|reservas?|reservacion|horarios?|agendamento|marcacao|appointments?|bookings?|reservation|slot|consulta|sesion|fecha|dia|agenda|visita|pb|¤+)"
)
_ASK = r"(?:tenes|tienen|tiene|tenen|tendras|tendrian|tendrias|tendran|tendria|hay|habra|habria|queda|quedan|quedo|tenias|teneis|tienes|tenemos|tem|ha|teria|teriam|sobra|sobran|queda algun)"
_CAN = r"(?:puedo|pueden|podes|puede|podria|podrias|podrian|podemos|se puede|posso|pode|podem|can i|can you|could you|could i|quiero|necesito|quisiera|queria|quero|preciso|want to|need to|gostaria de|hay que|tengo que|me gustaria|would like to|voy a|vou|id like to|debo)"


@dataclass(frozen=True)
class Cue:
    """A pattern and what it says."""

    name: str
    """What was found, for operators."""
    adds: dict[str, float]
    """Intent -> what it adds to its score."""
    pattern: re.Pattern[str]
    """Over the normalised line."""


def _cue(name: str, pattern: str, **adds: float) -> Cue:
    return Cue(name, adds, re.compile(pattern))


_NEGATION = r"(?<!no )(?<!nao )(?<!no lo )(?<!no la )(?<!no me )(?<!no me lo )(?<!no me la )(?<!no quiero )(?<!no es para )(?<!no es )(?<!no para )(?<!ya no quiero )(?<!sin )(?<!dont )(?<!no vayas a )(?<!no queria )(?<!not )(?<!no hace falta )(?<!do not )(?<!no quise )(?<!no hay que )(?<!en vez de )(?<!no voy a )"

CUES: tuple[Cue, ...] = (
    # Moving an appointment.
    _cue(
        "move_verb_thing",
        _NEGATION
        + rf"\b(?:cambi[ae]|cambiar|cambien|cambiamos|mover?|muev[ae]|muevan|mov[ea]|corr[ea]r?|corran|corre|pasa|pasar|pase[ns]?|posponer|pospone|postergar?|posterg[aou]e?|aplazar?|aplac[ea]|aplazad|"
        rf"atrasar?|adelant[ae]r?|retrasar?|traslad[ae]r?|patear?|trocar?|troque|mudar?|adiar?|adiantar|push|switch|change|bring forward|transferir?){_CLITIC} (?:de )?(?:{_THING})\b",
        reschedule=4.0,
    ),
    _cue(
        "move_clitic",
        _NEGATION
        + r"\b(?:cambi[ae]r?|mover?|muev[ae]|mov[ea]|corr[ea]r?|pas[ae]r?|posponer?|postergu?[ae]r?|aplaz[ae]r?|aplac[ea]r?|atras[ae]r?|adelant[ae]r?|retras[ae]r?|traslad[ae]r?|pate[ae]r?|reprogram[ae]r?|reagend[ae]r?)(?:me|te|se|nos)?(?:lo|la|melo|mela)\b",
        reschedule=3.6,
    ),
    _cue(
        "move_it_to",
        _NEGATION
        + r"\b(?:lo|la|me lo|me la|te lo|se lo) ?(?:puedo|podes|puede|podemos|podras|podrias|pueden|podria|podrian)? ?(?:patear|pas[ae]r?|paso|mover?|muevo|mov[ea]s?|cambi[ao]r?|cambias|corr[eo]r?|corres|atras[ae]r?|adelant[ae]r?|posterg[ao]r?|dejar|dejamos|dejo|pasamos|movemos|cambiamos|correr?|reprogram[ao]r?|pasas|llevar)\b(?: [a-z]+ ?){0,2}(?:al|pal|para|a la|a las|el|un|otro|mas|unos|unas|por)\b",
        reschedule=3.4,
    ),
    _cue(
        "reschedule",
        _NEGATION
        + r"\b(?:re ?(?:program|agend|schedul)[a-z]*|remarc[a-z]*|repactar|reacomod[a-z]*|reubic[a-z]*|re ?coordinar)\b",
        reschedule=4.4,
    ),
    _cue(
        "move_to",
        r"\b(?:pas[ae]me|pasar(?:me|lo|la)?|cambi[ae]me|cambiar(?:me)?|mov[eé]me|mueveme|corr[ea]me|adelant[ae]me|postergame|aplazame|atrasame|move|push|pasarme|mover|correr)\b (?:[a-z¤]+ ){0,6}(?:al|pal|para el|para la|para las|a las|para|to|a otro|otro|un rato|mas tarde|mas temprano)\b",
        reschedule=2.6,
    ),
    _cue(
        "other_day",
        r"\b(?:otro (?:dia|horario|turno)|otra (?:fecha|hora)|outro (?:dia|horario)|another (?:day|time)|different (?:day|time))\b",
        reschedule=1.0,
        book=0.3,
    ),
    _cue(
        "have_and_want",
        r"\b(?:ya )?(?:tengo|tenia|tinha|tenho|i have) (?:un |una |ya |el |la |mi |an )?(?:turno|cita|hora|reservad[oa]|reserva|agendad[oa]|appointment|agendamento)\b",
        reschedule=1.6,
        cancel=0.8,
        other=0.5,
    ),
    _cue(
        "leave_for",
        r"\b(?:podemos|puede|podriamos|se puede|podes|can we|podrias) (?:dejar(?:lo|la)?|poner(?:lo|la)?|hacer(?:lo|la)|pasar(?:lo|la)|mover(?:lo|la)) (?:para|el|al|a las)\b",
        reschedule=2.6,
    ),
    _cue(
        "cannot_make_but",
        r"\bno (?:llego|puedo|voy a llegar|alcanzo)(?: ir| llegar| venir)? (?:a las|el|mañana|hoy|ese)\b.{0,30}\b(?:puede ser|podria ser|podes|mejor|pasa|tenes|cambia|se puede)\b",
        reschedule=3.0,
    ),
    _cue("same_time", r"\b(?:mismo (?:horario|dia)|misma hora|same time|mesmo horario)\b", reschedule=0.8),
    _cue(
        "later_or_earlier",
        r"\b(?:mas tarde|mas temprano|antes|later|earlier|media hora|una hora|mais tarde|mais cedo)\b",
        reschedule=0.6,
    ),
    # Giving an appointment up.
    _cue(
        "cancel",
        _NEGATION
        + r"\b(?:cancel(?!ad[oa]s?\b|acion)[a-z]*|anul[aeo][a-z]*|desmarc[a-z]+|suspend[aeo][a-z]*|desagend[a-z]+|desanot[a-z]+)\b",
        cancel=4.2,
    ),
    _cue("cancellation", r"\b(?:cancelacion|quede? cancelad[oa]|cancelamento|cancellation|sin efecto)\b", cancel=2.6),
    _cue(
        "drop",
        _NEGATION
        + r"\b(?:(?:dar(?:lo|la|me)?|da(?:me|le)?|doy|den|dame|demos) de baja|baja (?:del|de la|de|a mi|al) (?:turno|cita|reserva|hora|¤|pb)|de baja|bajar(?:lo|la|me)|bajame|bajalo|baja ¤|baj[ae]n?(?:me)? (?:el |mi |la )?(?:turno|cita|reserva))\b",
        cancel=4.0,
    ),
    _cue(
        "delete_it",
        _NEGATION
        + r"\b(?:borr[ae]r?(?:lo|la|me|melo|mela|n)?|elimin[ae]r?(?:lo|la|me)?|sac[ae]r?(?:lo|la|melo|mela)|quit[ae]r?(?:lo|la|melo|mela|me)|libera[a-z]*|tachame|olvidate de|devolver|soltar)\b(?! (?:datos|todo lo|la base|lo que dije|eso))(?: [a-z]+){0,2} ?(?:turno|cita|reserva|hora|lugar|de la agenda|de la lista|$|,|\.|¤)",
        cancel=3.0,
    ),
    _cue(
        "remove_mine",
        r"\b(?:saca|sacame|borra|borrame|elimina|quita|quitame|libera) (?:por favor |porfa )?(?:mi|el|la|ese) (?:turno|cita|reserva|hora)\b(?! (?:para|con|el|a las))",
        cancel=3.4,
    ),
    _cue(
        "not_coming",
        r"\b(?:no (?:voy|vamos) (?:a (?:poder )?(?:ir|asistir|llegar|venir)|mas)|no (?:puedo|podre|podria|voy a poder|podemos|pude) (?:ir|asistir|venir|concurrir|llegar|acudir)|no va mas|no llego al turno|no voy (?:hoy|mañana|el)|"
        r"no (?:vou|posso|vou poder) (?:ir|poder ir|comparecer|mais)|cant (?:make it|come|attend|go)|wont (?:make it|be coming|be able)|not coming|no (?:quiero|necesito) mas (?:el|la|mi)|ya no (?:quiero|necesito|voy)|no asistire|no ire|no me espere[ns]?|no cuenten conmigo|no lo necesito)\b",
        cancel=2.6,
        reschedule=0.4,
    ),
    _cue(
        "let_go",
        r"\b(?:dejar?(?:lo)? sin efecto|prefiero no ir|call it off|called off|no lo quiero mas|ya no lo (?:quiero|necesito)|me bajo|me doy de baja)\b",
        cancel=3.6,
    ),
    # Prices.
    _cue(
        "price",
        r"\b(?:precios?|presio|preco|precos|valores|valor|tarifas?|presupuesto|cotizacion|cotizar|orcamento|costos?|coste|price|prices|pricing|cost|costs|fee|quote|rates|lista de precios|arancel(?:es)?)\b",
        info_prices=4.0,
    ),
    _cue(
        "how_much",
        r"\b(?:cuanto|quanto|a cuanto|a como|cuantos? (?:pesos|plata))\b(?! (?:tiempo|dura|duran|tarda|tardan|demora|demoran|lleva|llevan|antes|tempo|demo|leva|falta|hay que esperar|hace|hay que|tengo que esperar|rato|me toma|toma|mas|aguanta|debo esperar|esta durando|menos|vas a tardar|vive))",
        info_prices=3.6,
    ),
    _cue(
        "how_much_verb",
        r"\b(?:cuanto|quanto|q|que) (?:me )?(?:sale[n]?|cuesta[n]?|vale[n]?|cobra[nsi]*|cobrarias?|cobras|custa[m]?|sai|fica|esta[n]?|es|seria|queda|saldria|costaria|valdria)\b",
        info_prices=2.0,
    ),
    _cue("what_costs", r"\b(?:que|q) (?:sale|vale|cuesta|cobran|me cobras|precio|valor)\b", info_prices=2.4),
    _cue("how_much_en", r"\bhow much\b(?! (?:time|longer))", info_prices=4.2),
    _cue(
        "promo",
        r"\b(?:promos?|promocion(?:es)?|descuentos?|ofertas?|2 por 1|dos por uno|cupon(?:es)?|discounts?|deals?|specials?|promocao|promocoes|desconto|rebaja|combos?|paquetes?|packages?|pacotes?|off)\b",
        info_prices=3.8,
    ),
    _cue(
        "money",
        r"\b(?:car[oa]s?|barat[oa]s?|economic[oa]s?|cheap[a-z]*|expensive|plata sale|gasto|gastar|abonar por|cobran|cobras|me cobra[ns]?|sale mas|\$ ?[0-9]+|a cuanto)\b",
        info_prices=2.2,
    ),
    _cue(
        "was_price",
        r"\b(?:estaba|esta|salia|sale|sigue|vale|cuesta) (?:a |en )?\$? ?[0-9]{4,6}\b|\b[0-9]{4,6}(?: pesos)?\b.{0,12}\b(?:es asi|sigue|cierto)\b",
        info_prices=3.0,
    ),
    # Hours.
    _cue(
        "hours_word",
        r"\b(?:horarios?|horario de atencion|horario comercial|opening (?:hours|times)|business hours|hours|funcionamento|horas de atencion|atencion al publico)\b",
        info_hours=3.0,
    ),
    _cue(
        "what_hours",
        r"\b(?:que|q|cuales|cual|what|qual|quais)(?: (?:es|son|are|e|sao|el|los|sus|su|your|the|o|os|seria|tu|tus))* (?:horarios?|hours)\b(?! (?:tenes|tenian|tienen|tienes|hay|te queda|libres?|disponibles?|para))",
        info_hours=2.2,
    ),
    _cue(
        "hours_free",
        r"\bhorarios? (?:(?:tenes|tienen|tienes|hay|te quedan?|quedan|disponibles?|libres?|tendrias|tendran|tem)\b|.{0,12}(?:disponibles?|libres?))",
        book=4.6,
        info_hours=-1.5,
    ),
    _cue(
        "open",
        r"\b(?:abren|abre|abris|abrimos|abran|abriran|abertos?|abierto|abierta|abiertos|cierran?|cierra[ns]?|cerrais|cerraron|cerrados?|cerrada|cierre|open|opens|closed?|closing|opening|fecham?|fechado as|fecha as|abrem|cerraban|cerris|cierras|abiertas)\b",
        info_hours=4.0,
    ),
    _cue(
        "until_when",
        r"\b(?:hasta (?:que|las|q) (?:hora|horas|cuantas)|hasta que hs|ate que horas?|a que horas? (?:abre|cierra|se va|atiend|empieza|arranca|terminan|trabaja|funciona|llegan|estan|voces|vcs|fecha|cortan|paran|entran)|de que hora|desde que (?:hora|horas)|que horas? (?:abre|cierra|fecha|atiend|trabaja|funciona)|what time (?:do|are) you (?:open|close|there|guys|shut)|until what time|how late|que horas voces|till what time|a que hs|de que horas?)\b",
        info_hours=4.0,
    ),
    _cue(
        "days_attend",
        r"\b(?:(?:que|q|cuales|what|quais) (?:dias|days)(?: de la semana)?(?: (?:estan?|son))? (?:abren?|atienden|trabajan|cierran|laburan|estan|descansan|funcionan|abrem|atendem|are you|do you (?:open|work)|voces|no)|feriados?|holidays?|dias festivos|festivos)\b",
        info_hours=3.4,
    ),
    _cue(
        "attend_when",
        r"\b(?:atienden|atiende[n]?|atendeis|trabajan|laburan|funcionan|atendem|trabalham|estan|dan servicio|hay atencion|prestan (?:el )?servicio|are you (?:there|working)|do you work|trabaja[sn]|abren?)\b.{0,24}\b(?:los |el |as |aos |nos |de |on |hasta|a la|por la|en la|todo el dia|corrido|hoy|mañana|domingos?|sabados?|lunes|feriados?|sundays?|saturdays?|mediodia|noche|temprano|semana|siesta|enero|ahora)\b",
        info_hours=2.8,
    ),
    _cue(
        "lunch_break",
        r"\b(?:paran|cortan|hacen (?:horario )?(?:corrido|pausa|corte al)|siguen de largo|horario corrido|de corrido|cierran al mediodia|siesta)\b",
        info_hours=3.2,
    ),
    _cue(
        "when_are_you",
        r"\b(?:ya (?:cerraron|abrieron|estan)|siguen (?:abiertos|atendiendo)|todavia (?:alcanzo|atienden|estan)|se van|estan atendiendo)\b",
        info_hours=2.6,
    ),
    _cue(
        "every_weekday",
        r"\b(?:los|todos los|aos|nos|as|on) (?:lunes|martes|miercoles|jueves|viernes|sabados?|domingos?|mondays|sundays|saturdays|feriados)\b",
        info_hours=1.8,
    ),
    # Services.
    _cue(
        "do_you_do",
        r"\b(?:hacen|haces|haceis|realizan|ofrecen|trabajan con|trabajas con|manejan|fazem|faz|voces fazem|do you (?:guys )?(?:do|offer|have|provide|cut|also)|hacen tambien|tambien hacen|oferecem|trabalham com|prestan|ponen|colocan|colocam|aplican|usan|venden|practican|dan (?:el )?servicio de|cortan|tiñen|peinan|arreglan|alisan|se dedican)\b",
        info_services=3.0,
    ),
    _cue(
        "what_services",
        r"\b(?:que|q|cuales|what|quais|que otros?|que otras|otros|todos los|list of|lista de|los|sus|your|quais os) (?:son (?:los|sus) )?(?:servicios?|services|cosas hacen|tratamientos|servicos|otras cosas|trabajos|opciones tienen|procedimientos|tipos? de|cortes hacen)\b",
        info_services=3.2,
    ),
    _cue(
        "what_do_you_do",
        r"\b(?:que|q|what) (?:mas |cosas |se )?(?:hacen|ofrecen|realizan|hace[ns]? (?:ahi|en|ustedes)|do you (?:do|offer)|pueden hacer|tratamientos|me ofrece[ns]?|te haces|incluye|trae|hacen ahi|fazem|oferecem|me recomend[a-z]*)\b",
        info_services=3.2,
    ),
    _cue(
        "duration",
        r"\b(?:(?:cuanto|quanto|cto|que|q|how|cuantas|cuantos|quantas) (?:me |se |te )?(?:tiempo|dura[n]?|tarda[ns]?|demora[nm]?|lleva[n]?|tempo|leva|horas (?:lleva|dura|tarda|son|demora|necesito)|toma|long|rato|minutos)|duracion|how long|tarda mucho|demora mucho|dura mucho|lleva mucho|take long|leva muito|demora quanto)\b",
        info_services=4.2,
    ),
    _cue(
        "who",
        r"\b(?:(?:con |por |a )?quien(?:es)? (?:me |te |lo |la |los |se |corta|hace[n]?|atiende|es |esta|trabaja|son |hay|puedo|recomend|se encarga)|who (?:does|do|is|works|cuts|would)|quem (?:faz|corta|atende|trabalha)|que (?:peluquer|estilist|profesional|chicas|barber|staff|medic|doctor)[a-z]*|peluqueros? hay|con quien|cual(?:es)? (?:peluquer|estilist|profesional)[a-z]*|which stylist)\b",
        info_services=3.2,
    ),
    _cue(
        "about",
        r"\b(?:en que consiste|que incluye|incluye|viene con|que es (?:el|la|eso)|que diferencia|diferencia entre|como es (?:el|la)|para que sirve|sirve para|tiene formol|formol|que marca|marcas|hay que (?:llevar|ir|lavarse)|tengo que (?:llevar|ir con|lavar)|con que productos?|what does|whats included|como funciona|recomend[a-z]+|aconsej[a-z]+|embarazad[a-z]|alergi[a-z]+|dura el efecto|daña|arruina|conviene (?:mas|hacer)|cada cuanto|amoniaco|productos|"
        r"veganos?|cuidados?|lastima|duele|edad minima|sirve|what is (?:a|the)|inclui|ammonia|gestante|gravida|se puede hacer|lavado|viene incluido)\b",
        info_services=2.8,
    ),
    _cue(
        "for_whom",
        r"\b(?:atienden|atende[ns]?|cortan|peinan|reciben|atendem|trabajan con) (?:a |tambien |tmb |solo |son para )*(?:chicos|chicas|niños|ninos|nenes|nenas|hombres|mujeres|bebes|criancas|homens|kids|men|varones|perros|gatos|mascotas|adultos|caballeros|damas|rulos)\b|\bdo you cut (?:kids|children|men|women)[a-z]*\b|\b(?:es|son) (?:unisex|solo para|para hombres|para mujeres)\b|\bunisex\b",
        info_services=3.6,
        info_hours=-2.0,
    ),
    _cue(
        "have_service",
        rf"\b(?:{_ASK}|do you have|have you got) (?:el |la |los |las |algun |alguna |algo para |algo (?:de |pa )?|servicio de |para )*§",
        info_services=1.6,
        book=0.6,
    ),
    # Booking.
    _cue(
        "thing_wanted",
        r"\b(?:turnos?|citas?|reservas?|reservacion|reservaciones|appointments?|agendamento|booking)\b",
        book=1.8,
        cancel=0.3,
        reschedule=0.3,
    ),
    _cue(
        "hour_wanted",
        r"\b(?:una?|pedir|quiero|necesito|tienen|tiene|tenes|tienes|hay|sacar|dar|das|tomar|reservar|agendar|dame|quisiera|apartar|me da|busco) (?:una )?(?:hora|horita|horario|espacio|lugar|lugarcito|huequito|hueco|cupo|espacito|campo|lugarsito)\b",
        book=2.6,
    ),
    _cue(
        "book_verb",
        _NEGATION
        + r"\b(?:reserv[aeo]r?(?:me|lo|la|los|te|nos|melo|n)?|agend[aeo]r?(?:me|lo|la|te|nos|melo|n|s|mos)?|anot[aeo]r?(?:me|nos|melo|lo|la|te|n|s)?|apart[ae]r?(?:me|lo|n|s)?|apunt[ae]r?(?:me|n)?|marcar?(?:me)?|marque|book|schedule|reserve|coordinar|program[ae]r?(?:me)?|separ[ae](?:r|me)|guard[ae]me|sacar(?:me)?|sacame|saco|pedir|solicitar|dame|agendarte|poneme|metes|meter|encajar|enganch[a-z]+)\b",
        book=1.8,
    ),
    _cue(
        "availability",
        rf"\b(?:{_ASK}|do you have|any|have you got|esta|is|are|quedan?|estaria|estara) (?:a |an |any |algun |alguna |algunos |algo |mas |el |la |un |una |[a-z]+ )?(?:turnos?|lugar|lugares|hueco|huecos|libre|libres|disponible|disponibles|disponibilidad|algo|espacio|cupo|cupos|free|available|availability|slot|slots|opening|openings|hora|horas|vaga|vagas|horario|fecha|fechas|cita|citas|agenda|disponivel|chance)\b",
        book=3.2,
    ),
    _cue(
        "available",
        r"\b(?:disponib[a-z]+|hay lugar|libre|available|availability|hay para|tenes para|tenes algo|hay algo|algo libre|tienen lugar|is there|disponivel|se podra|se puede|puede ser|podra ser|me atenderias?|me atenderian|llegas a|me harias|me haces|me hacen|me pueden (?:atender|hacer|dar|agendar)|me podes (?:atender|hacer|dar)|me puede atender|hay chance|me recibis|me reciben|pueden atenderme|dar un turno)\b",
        book=1.4,
    ),
    _cue(
        "which_days",
        r"\b(?:que|q|what|cuales|cual) (?:dias?|fechas?|days|turnos?|horas?) (?:tenes|tienen|hay|te queda|le queda|tendras|tendrias|tiene|tienes|do you have|are free|disponibles?|libres?|podes|puede ser|podria)\b|\b(?:cuando|when|a que hora|para cuando|what time)(?: (?:es|seria))? (?:tenes|tienen|hay|podes|pueden|podria|puedo|tendras|can|could|me podes|me pueden|tendria|tem|posso|hay turno|tiene[ns]?|lo mas pronto|seria lo)\b",
        book=3.4,
    ),
    _cue(
        "want_do",
        r"\b(?:quiero|quisiera|necesito|queria|me gustaria|quero|queria|gostaria|preciso|i want|id like|i need|i would like|me quiero|me quisiera|ando necesitando|deseo|me tengo que|i wanna|busco|estoy buscando|need|me hace falta|vengo por)\b",
        book=0.9,
    ),
    _cue(
        "want_with_price",
        r"\b(?:quiero|quisiera|necesito|queria|me gustaria) (?:saber|consultar|preguntar|conocer|averiguar|ver|que me (?:digas|pases|cuentes|informen)|informacion|info)\b",
        book=-0.9,
    ),
    _cue(
        "earliest",
        r"\b(?:lo antes posible|cuanto antes|lo mas pronto|primer turno|proximo turno|ultimo turno|cuando (?:tengas|puedas|tengan|puedan|haya)|asap|as soon as|a primera hora|a ultima hora|urgente)\b",
        book=1.6,
    ),
    # Small talk.
    _cue(
        "thanks",
        r"\b(?:gracias|muchas gracias|obrigado|valeu|thank you|thanks|agradezco|agradecid[oa]|te agradezco|mil gracias|thankyou|cheers|grato|grata|muy amable|amable)\b",
        chitchat=3.0,
    ),
    _cue(
        "goodbye",
        r"\b(?:chau|chao|adios|hasta (?:luego|mañana|pronto|la vista|la proxima|entonces)|nos (?:vemos|re vemos|estamos viendo)|bye|goodbye|see (?:you|ya|u)|tchau|ate (?:logo|mais|breve|a proxima)|besos?|besitos|abrazo[s]?|saludos|que (?:estes|estés|tengas?|ande[ns]|descanses|pases) (?:bien|un|una|lindo|buen)?|buen finde|buen fin de|feliz (?:noche|tarde|finde|dia|semana|domingo)|lindo (?:dia|finde)|linda (?:tarde|noche|semana)|buena (?:semana|jornada)|cuidate|have a (?:nice|good|great)|take care|good ?night|nos hablamos|bom (?:fim de semana|descanso)|boa semana)\b",
        chitchat=3.0,
    ),
    _cue(
        "laugh",
        r"(?:\b(?:ja){1,12}j?\b|\b(?:ha){2,8}h?\b|\bjaj[a-z]{0,16}\b|\bajaj[a-z]{0,12}\b|\bkk+\b|\blol\b|\brs(?:rs)+\b|\bjej?e[a-z]{0,8}\b|\bxd\b|\bjiji[a-z]{0,8}\b)",
        chitchat=1.2,
    ),
    _cue(
        "small_talk",
        r"\b(?:sos un[a]? (?:genia|genio|fenomeno|capo|idola?|amor|maquina|robot|bot|persona)|sos (?:real|humano|humana|un bot|re|muy|lo mas|divin[oa]|genial|copad[oa]|crack|chat ?gpt)|que (?:genia|genio|amor|copad[oa]|lindo|bueno|divertido|buena onda|grosso|capo|alegria|chistos[oa]|crack|haces|onda|tal|frio|calor|dia)|me (?:hiciste|haces) (?:reir|el dia|gracia)|todo bien|tudo bem|como (?:estas|andas|va|te va|esta|andan|estan|estuvo|va todo|amaneciste)|how are you|feliz (?:navidad|año|cumple|cumpleaños|pascua|dia)|felices fiestas|felicidades|happy new year|merry christmas|feliz ano|mira vos|eres un (?:robot|bot)|are you (?:a |an )?(?:robot|bot|human|real|ai)|voce e (?:um |uma )?(?:robo|bot|real|maquina)|te (?:quiero|amo|felicito)|buena onda|contame un chiste|como te llamas|quien sos|"
        r"que bien (?:atend|respond|contest)[a-z]*|me encant[oa](?! el| la|ria)|quedo (?:divin[oa]|hermos[oa]|genial|barbaro|re lindo)|aburrid[oa]|que calor|que frio|tell me a joke|nice to meet|whats up|i love|you are (?:great|funny|amazing|the best)|youre (?:great|funny|amazing|the best|awesome)|muy bien y|bien y vos|jugas|dormis|tenes novi[oa]|un crack|una maquina|genial el servicio|son lo mas|los mejores|las mejores|idolos?|idolas?|genios|genias)\b",
        chitchat=2.8,
    ),
    _cue(
        "ack",
        r"^ (?:(?:ok|okey|okay|dale|listo|perfecto|buenisimo|genial|joya|barbaro|excelente|claro|ah|ahh|ahi|aja|bueno|vale|sale|ya|entiendo|entendido|de una|de acuerdo|great|cool|nice|awesome|perfect|okis|legal|beleza|top|otimo|bien|super|bacan|guay|ta|uh|uy|oh|wow|mira|vos|jaja|ja|ahora entiendo|buena|igualmente|obvio|tranqui|no hay problema|no pasa nada|todo bien|que bueno|me alegro|si|pues|poh|che|q|que|lindo|linda|lo vere|lo veo|despues te aviso|te aviso|despues veo|lo pienso|mas tarde|luego) ?[.,!]* ?)+$",
        chitchat=2.2,
    ),
    _cue("emoji_only", r"^ +$", chitchat=2.0),
    # Everything else.
    _cue(
        "address",
        r"\b(?:direccion|donde (?:queda[n]?|estan|es|esta|se encuentra[n]?|atienden|los encuentro|es el local|te encuentro|tengo que ir|estais|estas)|ubicacion|ubicad[oa]s?|como (?:llego|llegar|hago para llegar)|por donde (?:queda|estan)|en que (?:calle|zona|barrio|parte|piso)|where (?:are you|is)|address|location|onde (?:fica|voces|e|esta)|endereco|estacion(?:ar|amiento)|parking|park|cochera|parqueadero|parqueo|mapa|maps|que colectivo|subte|queda lejos|a que altura|local tienen|sucursal(?:es)?|que barrio|estacionar?|donde quedan)\b",
        other=4.2,
    ),
    _cue(
        "payment",
        r"\b(?:(?:pagar?|pago|pagas|aceptan?|aceptais|reciben|cobran con|toman|abonar|pay|accept|aceitam|pagamento|puedo pagar) .{0,16}(?:efectivo|tarjetas?|transferencia|debito|credito|mercado pago|mp|mercadopago|cuotas|card|cash|cartao|pix|qr|dolares|amex|visa|bizum|nequi|yape|cheque|online|billetera|modo|dinheiro)|medios? de pago|formas? de pago|metodos? de pago|factura|boleta|recibo|invoice|receipt|mercado ?pago|tarjeta|cuotas|nota fiscal|hay que (?:dejar )?seña|seña|con que se paga|como (?:se paga|pago|puedo pagar)|payment|alias|cbu|debito|transferencia|pix|cartao|how (?:do|can) i pay|deposit)\b",
        other=3.9,
    ),
    _cue(
        "human",
        r"\b(?:(?:hablar|hablo|charlar|comunicar(?:me)?|comunicame|pasame|paseme|derivame|contactar(?:me)?|atienda|comunica|pasa) (?:con |a )?(?:alguien|una? (?:persona|humano|humana|operador[a]?|asesor[a]?|empleado|empleada|representante)|la dueña|el dueño|el encargado|la encargada|humano|persona real|ustedes|recepcion)|persona real|un humano|un ser humano|human|real person|operador[a]?|atendente|la dueña|el dueño|encargad[oa]|dueñ[oa]|alguien real|hay alguien|que me llamen|me llame alguien|me (?:pueden|podes|podrian) llamar|llamenme|llamame|speak (?:to|with)|talk to (?:a|some)|falar com (?:alguem|uma|um|a)|asesor|atencion humana|agente|con una persona|pessoa|supervisor|gerente|manager|no quiero (?:hablar con )?(?:un |una )?(?:bot|robot|maquina))\b",
        other=4.2,
    ),
    _cue(
        "complaint",
        r"\b(?:reclamo|queja|quejar(?:me)?|denuncia[r]?|me (?:quedo|dejaron|dejo|hicieron|arruin[a-z]+|quemaron|lastim[a-z]+|cobraron (?:de mas|mal|dos|doble)|atendieron mal|trataron mal|cortaron mal|estafaron|robaron) ?(?:mal|horrible|un desastre|pesim[oa]|feo|desparejo|fatal|el pelo|verde|cualquier cosa)?|pesim[oa]|desastre de|horrible|una verguenza|verguenza|malisim[oa]|ladrones|estafa(?:dores)?|devuelv[a-z]+|devolucion|reembolso|mi plata|la plata|complain[t]?|refund|terrible|awful|worst|reclamar|reclamacao|pessimo|disconforme|insatisfech[oa]|decepcion[a-z]*|nunca mas|me fui (?:re )?(?:caliente|enojad[oa])|mala atencion|maltrato|defensa al consumidor|chant[ao]s?|estoy (?:re |muy )?(?:enojad|molest|caliente|indignad)[oa]|muy mal (?:servicio|todo)|me atendio mal|hace (?:una hora|media hora|[0-9]+ min[a-z]*) que (?:espero|estoy))\b",
        other=3.4,
    ),
    _cue(
        "insult",
        r"\b(?:mierda|pelotud[oa]s?|bolud[oa] de|forr[oa]s?|hij[oa]s? de (?:puta|mil|re)|hdp|conch[a-z]+|put[oa]s?|idiotas?|imbecil(?:es)?|estupid[oa]s?|inutil(?:es)?|tarad[oa]s?|carajo|fuck[a-z]*|shit|stupid|asshole|cagad[oa]|ortos?|la puta|garcas?|chorros|cabron|pendej[oa] de|culiad?o|weon|aweonao|gonorrea|malparido|merda|caralho|porra|burr[oa]|no (?:entendes|servis|sirves|entiendes) (?:una|nada|para)|bot (?:de mierda|inutil|pelotudo)|basura|bitch|dumb|sorete|gil(?:es)?|useless|pija|culo|chupa[a-z]*)\b",
        other=4.0,
    ),
    _cue(
        "late",
        r"\b(?:llego (?:[a-z]+ ){0,2}(?:tarde|[0-9]+ min[a-z]*|demorad[oa])|llegando tarde|voy (?:a llegar )?(?:un poco |un toque |unos minutos )?(?:tarde|retrasad[oa]|demorad[oa]|atrasad[oa])|(?:me )?(?:demoro|atraso|retraso) (?:un|unos|[0-9]+|como)|estoy (?:llegando|demorad[oa]|retrasad[oa]|atrasad[oa]|yendo|en camino|cerca|afuera|en la puerta)|running late|be late|[0-9]+ min(?:utos|utes|s)? (?:tarde|late|atrasad[oa])|voy en camino|vou (?:me )?(?:chegar|atrasar) ?(?:atrasad[oa]|tarde)?|me retrase|se me hizo tarde|tolerancia|llego tarde|me (?:van a )?esper(?:an|as|en|ame|enme))\b",
        other=3.6,
    ),
    _cue(
        "my_appointment",
        r"\b(?:(?:a que hora|que hora|cuando|que dia|para cuando|que horario|when|what time|que horas|quando|a que horas|con quien) (?:es|era|tengo|tenia|seria|is|was|tenemos|quedo|quede|me anotaste|me dieron|saque|me toca|me tocaba|e|tenho|do i have|esta|estaba|reserve|figura|me habias|pedi|me agendaste|toca)|(?:tengo|tenia) (?:un |algun |una )?(?:turno|cita|reserva|hora) ?(?:agendad[oa]|reservad[oa]|confirmad[oa]|mañana|hoy)? ?\?|sigue en pie|esta (?:confirmado|confirmada|anotado|reservado|agendado)|quedo (?:confirmado|reservado|anotado|agendado|registrad[oa])|quede anotad[oa]|(?:ver|saber|consultar|chequear|revisar|recordar|check|confirmar si|verificar|recordarme|recordas|me recordas|me acordas) (?:si )?(?:tengo |cuando (?:es |tengo )|a que hora (?:es |era |tengo )|el dia de )?(?:mi|mis|el|un|la|los|my) (?:turnos?|citas?|reservas?|hora|appointments?|horario)|no (?:me acuerdo|recuerdo|lo encuentro|encuentro)|mis (?:turnos|reservas|citas)|mi proximo turno|estoy (?:anotad[oa]|agendad[oa])|me (?:llego|mandan|mandas) (?:el|la) (?:confirmacion|comprobante)|my next appointment|do i have|meu horario e|me olvide (?:a que|cuando|el horario|que dia|la hora))\b",
        other=4.0,
        info_hours=-1.2,
        book=-1.0,
        info_services=-1.5,
    ),
    _cue(
        "amenity",
        r"\b(?:wifi|wi fi|internet|baño (?:para|publico|tienen)|aire (?:acondicionado)?|calefaccion|cafe|cafecito|enchufe|rampa|silla de ruedas|accesib[a-z]+|ascensor|mi perr[oa]|mascotas?|llevar (?:a )?(?:mi|el|la) (?:perr[oa]|gat[oa]|bebe|hij[oa]|nene)|instagram|facebook|pagina web|website|redes sociales|trabajar ahi|cv|curriculum|busco trabajo|buscan (?:personal|empleado|gente)|trabajo para|vacante|gift ?card|regalar|voucher|estacionar)\b",
        other=3.2,
    ),
    _cue(
        "data_change",
        r"\b(?:anota|cambi[eé]|cambiar|actualiz[a-z]+|tengo) (?:mi |el |un )?(?:numero|celular|telefono|mail|email|correo)(?: nuevo)?\b",
        other=1.0,
    ),
    _cue(
        "injection",
        r"\b(?:(?:olvid|ignor|borr|salte|obvi|desobedec|forget|disregard|esquec|descart)[a-z]* (?:de )?(?:todas |todo |toda |all |as |your |tus |las |los |tu |previous |the |lo |suas |everything |instrucciones |previas |anteriores )*(?:reglas|instrucciones|ordenes|instructions|rules|instrucoes|regras|prompt|anterior|above|restricciones|anteriores|que te dijeron|indicaciones|limitaciones)|(?:system|sistema) ?prompt|prompt|actua(?:r)? como|act as|pretend|finge|simula[r]? (?:ser|que)|hace de cuenta|haga de cuenta|roleplay|modo (?:desarrollador|dios|admin|debug|mantenimiento)|developer mode|jailbreak|dan mode|base de datos|database|(?:listado|lista|datos|telefonos|numeros|nombres|mails|informacion|turnos) de (?:los |las |todos los |otros |otras |todas las |la )?(?:clientes|clientas|usuarios|pacientes|demas|otra clienta|otro cliente)|list of (?:clients|customers)|otros clientes|administrador|admin|root|drop table|select \* from|delete from|insert into|script|contraseña|password|api ?key|token|tu codigo|codigo fuente|source code|hacke[a-z]+|sudo|comandos?|ejecut[a-z]+|instrucciones (?:previas|anteriores|internas|ocultas)|tus instrucciones|your instructions|configuracion interna|hace gratis|ponelo gratis|gratis (?:todo|para siempre)|sos (?:ahora )?(?:un )?(?:hacker|dan)|from now on|a partir de ahora (?:sos|vas|eres)|you are now|ahora sos|translate|traduci|escribi un|haceme un (?:poema|codigo|programa|resumen|ensayo)|write (?:me )?a|python|javascript|sql)\b",
        other=4.6,
    ),
    _cue(
        "link",
        r"(?:https?|www) ?(?:[.:/]|\b)|\bhaz clic|\bhace click|\bclick (?:here|aqui|aca)|\bcriptomoneda|\bbitcoin|\bprestamos?\b|\bganaste\b|\binvers(?:ion|iones)\b|\balquilo\b|\bvendo\b|\bganar (?:dinero|plata|un)\b|\bcasino\b|\bpremio\b|\bsorteo\b|\bfelicitaciones has ganado",
        other=4.4,
    ),
    _cue(
        "off_topic",
        r"\b(?:llueve|llover|lluvia|clima|pronostico|temperatura|weather|dolar|presidente|partido|futbol|boca|river|mundial|messi|empanadas?|pizzas?|hamburguesas?|sushi|comida|receta|delivery|restaurante?|politica|elecciones|capital de|cuanto es [0-9]+ (?:por|mas|x|\+)|raiz cuadrada|horoscopo|signo|loteria|quiniela|tarea|novela|pelicula|cancion|musica|netflix|auto|moto|celulares?|iphone|depto|departamento|alquiler|veterinari[oa]|gomeria|plomero|electricista|farmacia|dentista|medico|uber|taxi|vuelo|pasajes?|hotel|colectivo|who (?:won|is the)|quien (?:gano|es el|invento|descubrio|fue)|joke|chiste|trump|milei|que hora es|what time is it|que dia es hoy|busco novi[oa]|tinder|me prestas|encomienda|paquete de correo|repuesto|bicicleta|notebook|arreglan? (?:celulares|autos|zapatos|ropa)|heladera|panaderia|torta|asado|verduras?|zapatillas)\b",
        other=3.4,
    ),
    _cue("spoken_media", r"\b(?:te mando (?:un )?audio|foto|imagen|video|archivo|audio|sticker|pdf)\b", other=0.6),
)
"""Every cue."""

GREETING = re.compile(
    r"\b(?:hola|buenas|buen dia|buenos dias|buenas (?:tardes|noches)|buenos|hello|hi|hey|oi|oie|bom dia|boa (?:tarde|noite)|good (?:morning|afternoon|evening)|holis|aloha|que tal|ey|eu|e ai|alo|saludos|"
    r"muy buenas|hii|hallo|como (?:estas|andas|va|te va|esta|andan|estan|estais)|que onda|how are you|hey there|que hubo|quiubo|que mas|wena|wenas|opa|ola|tudo bem|hello there|tardes|noches|dia)\b"
)
"""Says hello."""
GREETING_FILLER = re.compile(
    r"\b(?:a todos|a todas|todos|todas|gente|chicas|chicos|señor|señora|señorita|pulpo|che|como|estas|andas|va|te|esta|andan|estan|estais|todo|bien|muy|que|tal|buen|buena|dia|dias|tarde|tardes|noche|noches|feliz|año|amor|amigo|amiga|amigos|"
    r"poh|po|pues|there|everyone|you|are|how|doing|para|la|el|ustedes|equipo|team|por|aca|ahi|alguien|hay|estas|haces|hace|de|nuevo|otra|vez|hi|good|morning|again|guys|querido|querida|lindo|linda|bella|hermosa|reina|genia|buenos|buenas|nuevamente|pessoal|gente|tudo|bem|com|voce|voces|bom|boa|oi|hola|hello|hey|si|un|gusto|salon|estudio|peluqueria|¤+|"
    r"mas|y|familia|vecina|vecino|doctora|doctor|mi|vos|usted|espero|esten|este|bien)\b"
)
"""May go with a greeting without saying more."""
