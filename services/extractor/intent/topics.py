"""Finer readings of a message, by the contract's lower-case topic names."""

import re
from collections.abc import Mapping, Set

from extractor.text.word_lists import any_of

_BY_CUE = (
    ("human", "human"), ("late", "late"), ("complaint", "complaint"), ("insult", "complaint"),
    ("fed_up", "complaint"), ("spoken_media", "media"), ("address", "address"),
    ("payment", "payment"), ("my_appointment", "my_appointment"), ("duration", "duration"), ("who", "staff"),
    ("promo", "promotions"),
)  # fmt: skip
_FITS: Mapping[str, frozenset[str]] = {
    "human": frozenset({"other"}),
    "late": frozenset({"other"}),
    "media": frozenset({"other"}),
    "complaint": frozenset({"other"}),
    "address": frozenset({"other", "info_services"}),
    "payment": frozenset({"other", "info_services", "info_prices"}),
    "my_appointment": frozenset({"other"}),
    "duration": frozenset({"info_services"}),
    "staff": frozenset({"info_services"}),
    "promotions": frozenset({"info_prices", "info_services"}),
}
_PACKAGES = re.compile(r"\b(?:combos?|paquetes?|packages?|pacotes?|packs?|bundle)\b")
_MEDIA = re.compile(
    r"^\s*(?:<media omitted>|\[(?:audio|imagen|image|video|sticker|document[oa]?|foto|voice|archivo|ubicaci[oó]n|"
    r"contact[oa]?)[^\]]{0,40}\]|"
    r"(?:audio|imagen|image|video|sticker|documento?) omitid[oa]|<(?:audio|imagen|video|sticker)[^>]{0,40}>|🎤|🎙️?|"
    r"📷|📎)\s*$",
    re.IGNORECASE,
)
_STAFF_FOR = re.compile(rf"\b(?:quien|quienes|who|quem|profesionales|{any_of('who_serves')})\b")


def find(cues: Set[str], line: str, text: str, intent: str, abandons: bool, not_offered: bool) -> str | None:
    """The topic of a message, or None when nothing finer than its intent is known."""
    if _MEDIA.match(text[:80]):
        return "media"
    if abandons:
        return "abandon"
    if intent in ("info_prices", "info_services") and _PACKAGES.search(line):
        return "packages"
    for cue, topic in _BY_CUE:
        if cue in cues and intent in _FITS[topic]:
            return topic
    if not_offered and intent in ("info_services", "info_prices", "book"):
        return "not_offered"
    if intent == "chitchat":
        return "goodbye" if "goodbye" in cues and "thanks" not in cues else "thanks" if "thanks" in cues else None
    return "staff" if intent == "info_services" and _STAFF_FOR.search(line) else None
