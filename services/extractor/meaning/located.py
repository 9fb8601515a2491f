"""Spans of the normalised line as spans of the text that the customer wrote."""

from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import accumulate

from extractor.text.normalised import HEAD, TAIL, View, clean
from turn.meaning import Meaning


def located(meaning: Meaning, seen: View, text: str) -> Meaning:
    """A meaning whose spans, offsets into the line of `seen`, are offsets into `text`."""
    places = _Places(seen, text)
    return replace(
        meaning,
        acts=tuple(
            replace(act, start=start, end=end) for act in meaning.acts for start, end in [places.of(act.start, act.end)]
        ),
        unread=tuple(places.of(*span) for span in meaning.unread),
        doubts=tuple(
            replace(doubt, start=start, end=end)
            for doubt in meaning.doubts
            for start, end in [places.of(doubt.start, doubt.end)]
        ),
    )


class _Places:
    """Where the words of one line stand in the text."""

    def __init__(self, seen: View, text: str) -> None:
        self._tokens = seen.tokens
        self._begins = [token.at for token in seen.tokens]
        self._length = len(text)
        self._cut = len(text) > HEAD + TAIL
        plain = text.isascii() or seen.raw == text  # cleaning takes nothing away and adds nothing
        self._cleaned = [] if plain else list(accumulate(len(clean(char)) for char in text))
        """How many characters of the cleaned text each character of the text ends at; empty where they are the same."""

    def of(self, start: int, end: int) -> tuple[int, int]:
        """A span of the line in the text; a place alone stays one."""
        if not self._tokens:
            return 0, 0
        first = self._tokens[max(bisect_right(self._begins, start) - 1, 0)]
        begin = self._in_text(first.start)
        if end <= start:
            return begin, begin
        last = self._tokens[max(bisect_left(self._begins, end) - 1, 0)]
        return begin, max(begin, self._in_text(last.end - 1) + 1)

    def _in_text(self, at: int) -> int:
        """The index in the text of a character of the cleaned text."""
        if self._cut and at > HEAD:
            at += (self._cleaned[-1] if self._cleaned else self._length) - (HEAD + TAIL + 1)
        if not self._cleaned:
            return min(at, self._length - 1)
        return min(bisect_right(self._cleaned, at), self._length - 1)
