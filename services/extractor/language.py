"""Which language a message is in, when that is clear."""

from extractor.message import Language
from extractor.text import View

_PT = frozenset(
    """voce voces vocês nao sim obrigado oi ola bom boa tudo bem quero queria gostaria marcar agendar agendamento horario amanha hoje manha
    noite segunda terca quarta quinta sexta feira cabelo cabeleireiro unhas unha escova luzes meu minha meus tem fazer faz fazem fica qual quanto
    custa preco valeu ate logo posso pode trocar mudar remarcar desmarcar cancelar para pra com sou chamo nome uma um na no as pro pela pelo isso
    depois agora tambem ainda muito onde endereco aceitam cartao pix atendem abrem fecham voltar obrigada dia aos aqui la falar gente meia e
    """.split()
)
_EN = frozenset(
    """i you the a an is are do does can could would my your hello hi hey thanks thank please book appointment cancel reschedule move change how much what
    when where who time hours open close today tomorrow monday tuesday wednesday thursday friday saturday sunday at on for with want need
    like get morning afternoon evening haircut hair nails price cost and to it its im yes no not half past quarter have good great
    name phone email this that next week sorry make available free way bye see
    """.split()
)
_ES = frozenset(
    """el la los las un una de del que y o a en con para por quiero necesito quisiera turno cita hola buenas buenos dias tardes noches gracias cuanto sale
    precio mañana hoy pasado lunes martes miercoles jueves viernes sabado domingo hora horario horarios hacen tienen tenes puede puedo podes
    me te se mi tu su es son soy si no dale perfecto cancelar cambiar corte pelo uñas tarde noche mediodia semana donde cual quien como
    porfa tambien despues cuando hasta desde muy mas esta estan este ese eso ya pero porque sin le lo les nos al
    """.split()
)
_ONLY_PT = frozenset(
    """voce voces nao obrigado oi amanha hoje manha quero gostaria agendamento terca quarta feira cabelo unhas escova luzes meu minha tem fazem faz fazer qual
    quanto custa preco valeu posso remarcar sou voltar isso tambem muito onde endereco cartao aos sim bom boa tudo depois com uma sexta fica pela pelo""".split()
)


def read(view: View) -> Language:
    """ "es", "pt" or "en"; empty when the message does not say."""
    words = [word for token in view.tokens[:120] for word in token.text.split(" ") if word[:1].isalpha()]
    raw = view.raw[:400].lower()
    scores = {
        "es": sum(word in _ES for word in words) + 2 * any(char in raw for char in "ñ¿¡"),
        "pt": sum(word in _PT for word in words)
        + sum(word in _ONLY_PT for word in words)
        + 2 * any(char in raw for char in "ãõçâê"),
        "en": 1.2 * sum(word in _EN for word in words),
    }
    order = sorted(scores.items(), key=lambda pair: -pair[1])
    best, second = order[0], order[1]
    if best[1] < 1 or best[1] == second[1]:
        return ""
    return {"es": "es", "pt": "pt", "en": "en"}[best[0]]  # type: ignore[return-value]
