"""Which language a message is in, when that is clear."""

from extractor.message import Language
from extractor.text import View
from extractor.word_lists import words

_ES, _PT, _ONLY_PT, _EN = words("spanish"), words("portuguese"), words("only_portuguese"), words("english")


def read(view: View) -> Language:
    """ "es", "pt" or "en"; empty when the message does not say. What is hidden, such as the "com" of an
    e-mail address, has no language."""
    shown = [token for token in view.tokens[:120] if view.visible(token)]
    words = [word for token in shown for word in token.text.split(" ") if word[:1].isalpha()]
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
