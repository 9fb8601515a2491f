"""Whether a customer is certain of what they tell: "creo que es …", "… o algo así"."""

import re

from extractor.identity.dictation import phrases


def _any_of(name: str) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases(name), key=len, reverse=True))


_BEFORE = re.compile(rf"(?<![a-z])(?:{_any_of('doubt_before')})(?: [a-z-]{{1,12}}){{0,5}} ?:? ?$")
_RIGHT_BEFORE = re.compile(rf"(?<![a-z])(?:{_any_of('doubt_right_before')}) ?:? ?$")
"""A doubt only where no word follows: "puede ser mi mail es …" asks for something before it."""
_AFTER = re.compile(rf" ?[,.(]? ?(?:{_any_of('doubt_after')})(?![a-z])")
FAR = 70
"""Characters before a datum in which a doubt is looked for."""


def doubted(folded: str, start: int, end: int) -> bool:
    """Whether a doubt stands right before or after a datum in a plain text."""
    before = folded[max(0, start - FAR) : start]
    return bool(_BEFORE.search(before) or _RIGHT_BEFORE.search(before) or _AFTER.match(folded, end))
