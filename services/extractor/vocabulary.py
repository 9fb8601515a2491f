"""Closed word lists: abbreviations of chat Spanish, Portuguese and English, and words whose
misspellings are understood. Keys are folded (ñ kept)."""

from itertools import pairwise

_SHORT = {
    "que": "q k ke qe",
    "porque": "xq pq porq xk pork",
    "por": "x",
    "para": "p pa xa pra",
    "para el": "pal pral",
    "para la": "pala",
    "porfa": "xfa xfavor porfavor pf pls plis porfis pfa pfv porfi plz xfis please plss porfaa favorcito",
    "tambien": "tmb tb tbn tmbn tambn tanbien tambein",
    "despues": "dsp dps desp dspues despue",
    "mañana": "manana mñn mñna mna mñana maniana mañna manñana mñnaa mañan manan maana mannana manhiana",
    "amanha": "amh amnh amanh amanhaa",
    "cuanto": "cto cnto qanto cuato kuanto cuant cuantoo",
    "quanto": "qto qnto qt",
    "quiero": "kiero qiero qro kero quieor qiuero quieroo quiro quierp",
    "hola": "olas holi holis holu holaa holaaa hoola ola hla hol hila",
    "gracias": "grax gcias grcs grac gracia grasias graciass gracis grcias graicas gracais thx thks thanx ty tks",
    "buenas": "bns wenas guenas",
    "buenos": "bnos wenos",
    "dia": "diaa",
    "de": "d",
    "del": "dl",
    "bien": "bn vien",
    "a las": "alas",
    "a la": "ala",
    "hs": "hrs hr hss horaas",
    "sabado": "saado savado sabdo sbado",
    "miercoles": "mierc miercole mircoles miercols miercolez mierocles",
    "jueves": "juev juebes jueve",
    "viernes": "viern biernes vierne",
    "domingo": "domigo domngo",
    "lunes": "lune luness",
    "martes": "marte martess",
    "celular": "celu cell",
    "peluqueria": "pelu",
    "numero": "nro",
    "tarde": "trd tardee",
    "turno": "trno turni turn turnito turnitos turnno",
    "voce": "vc",
    "voces": "vcs",
    "hoje": "hj",
    "obrigado": "obg obgd brigado brigada obrigada",
    "beleza": "blz",
    "tomorrow": "tmrw tmr tomorow tommorow tommorrow tomorrw tmrow",
    "appointment": "appt apt apptmt appoinment apointment appointmnt",
    "tenes": "tnes tene tns",
    "semana": "semna",
    "proximo": "prox",
    "cualquiera": "cualqiera cualkiera",
    "direccion": "dir direc",
    "hoy": "ohy hoi",
    "septiembre": "setiembre sept",
    "no": "nop nope nel noup",
    "si": "sip sep sisi sipi",
    "estoy": "toy",
    "esta": "ta",
    "mensaje": "msj",
    "cumpleaños": "cumple cumpleanos",
    "año": "ano",
    "señora": "senora sra",
    "señor": "senor sr",
    "niño": "nino",
    "baño": "bano",
}
ABBREVIATIONS = {short: word for word, shorts in _SHORT.items() for short in shorts.split()}
"""Short or sloppy form -> plain word or words."""

_MISSPELT = (
    "miercoles jueves viernes sabado domingo martes mañana pasado febrero agosto septiembre octubre noviembre "
    "diciembre turno cancelar precio precios horario horarios reservar reserva agendar cambiar direccion tarde "
    "mediodia confirmo gracias quisiera necesito anular reprogramar cuanto disponible tomorrow appointment "
    "wednesday thursday saturday tuesday cancel cancelame cancelalo cambiarlo anotame promocion descuento"
).split()
_REAL_WORDS = frozenset(
    "cambia cambias cambie cambien cambio cambiara cancela cancelas cancele cancelen cancelara cancelado anula anule "
    "anulas reserve reservas reservo reservado reservan reserva anota anote necesita necesite necesitas pasada "
    "pasados pasando pagado sabados domingos tardes tarda tardan tarden turnos preciso precisa precios disponibles "
    "parado posado lunes fardo cuanta cuantos cuando canto llanto costo marte parte partes marta mares tomorrow "
    "direcciones descuentos promociones cancelo cancelar cancels agenda agende agendas agendan confirma confirme "
    "horaria horarios cambiarla cambiarle cancelarlo cancelala cancelale anotarme anotate anotalo pagar manzana "
    "marcos marzo canceled turna torno turbo turco precisos gracia gracioso quisieran quisieras quisieramos "
    "reservar cambian cambias anulan anulado agenda cancelan cancelad cancelen agendar agendas saturdays tuesdays "
    "thursdays marques mortes martes sobado salado agosta angosto pasada casado cansado pesado pescado pasarlo "
    "mejores jueces nieves reserven reservame agendame tarder tardo carde guarde arde tardes tardé preciado "
    "aprecio desprecio mañanas mananas".split()
)


def _edits(word: str) -> set[str]:
    """Every string one deletion, swap, replacement or insertion away that keeps the first letter."""
    letters = "abcdefghijklmnñopqrstuvwxyz"
    cuts = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]
    found = {a + b[1:] for a, b in cuts if b} | {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    found |= {a + c + b[1:] for a, b in cuts if b for c in letters}
    return found | {a + c + b for a, b in cuts for c in letters}


def _typos() -> dict[str, str]:
    known = set(_MISSPELT) | _REAL_WORDS | set(ABBREVIATIONS)
    found: dict[str, str] = {}
    for word in _MISSPELT:
        if any(a == b for a, b in pairwise(word)) and len(word) < 5:
            continue
        for typo in _edits(word):
            if typo not in known:
                found.setdefault(typo, word)
    return found


TYPOS = _typos()
"""Misspelling -> word it stands for. Words that exist in their own right are never keys."""
