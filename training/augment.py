"""How people really type: seeded noise on a clean sentence."""

import random
import unicodedata
from pathlib import Path

import yaml

_SHORT: dict[str, list[str]] = yaml.load(
    (Path(__file__).parent / "data/typing.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)
_NEAR = {
    "a": "sq",
    "e": "rw",
    "i": "uo",
    "o": "ip",
    "u": "yi",
    "s": "ad",
    "n": "bm",
    "r": "et",
    "t": "ry",
    "c": "vx",
    "l": "kñ",
    "m": "n",
}
_TAILS = ["!!", "!", " 🙏", " 😊", "...", " jaja", " pls", "??", " ❤️", ".", " 🙌", " :)", " xd"]
_SWAPS = {"b": "v", "v": "b", "s": "c", "z": "s", "ll": "y", "y": "ll", "h": "", "c": "s"}


def noisy(text: str, rng: random.Random, strength: float) -> str:
    """The text as somebody in a hurry writes it. `strength` 0 leaves it; 1 is a mess."""
    words = [_word(word, rng, strength) for word in text.split(" ")]
    if rng.random() < 0.06 * strength and len(words) > 2:
        at = rng.randrange(len(words) - 1)
        words[at : at + 2] = [words[at] + words[at + 1]]
    out = " ".join(words)
    if rng.random() < 0.75 * strength:
        out = unaccented(out)
    if rng.random() < 0.6 * strength:
        out = "".join(char for char in out if char not in "¿?¡!,;")
    elif rng.random() < 0.5:
        out = out.replace("¿", "").replace("¡", "")
    if rng.random() < 0.18 * strength:
        out += rng.choice(_TAILS)
    return _cased(out, rng)


def unaccented(text: str) -> str:
    """The text without accents; ñ stays, as it has its own key."""
    kept = text.replace("ñ", "\0")
    flat = "".join(char for char in unicodedata.normalize("NFD", kept) if not unicodedata.combining(char))
    return flat.replace("\0", "ñ")


def _cased(text: str, rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.45:
        return text.lower()
    if draw < 0.5:
        return text.upper()
    return text[:1].upper() + text[1:] if draw < 0.75 else text


def _word(word: str, rng: random.Random, strength: float) -> str:
    if "@" in word or any(char.isdigit() for char in word):
        return word
    if word.lower() in _SHORT and rng.random() < 0.16 * strength:
        return rng.choice(_SHORT[word.lower()])
    if len(word) < 4 or rng.random() > 0.09 * strength:
        return word
    return _typo(word, rng)


def _typo(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(6)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 2:
        return word[:at] + rng.choice(_NEAR.get(word[at], word[at])) + word[at + 1 :]
    if kind == 3:
        return word + word[-1] * rng.randrange(1, 4)
    if kind == 4:
        return word[:at] + word[at] + word[at:]
    for old, new in _SWAPS.items():
        if old in word[1:] and rng.random() < 0.5:
            return word[0] + word[1:].replace(old, new, 1)
    return word
