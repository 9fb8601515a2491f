"""Makes the samples that the checks take from the figures of turns. Pure.

The slm track is seen in the turns that it answered, and in those of the legacy track that it read and planned
as well; each is held against its own budget of time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cli.canary.verdict import Samples
from gateway.storage.evidence import Figures, PairFigures, Side, TurnFigures
from gateway.tracks.track import LEGACY, SLM

TURN_MS = 1500.0
"""What nine of ten turns on the slm track may take."""
SHADOW_MS = 450.0
"""What nine of ten readings and plans of the slm track may take together: 250 and 200."""
UNASKED = "unasked"
"""Source of a reading by code for which no model was asked on purpose."""
RECENT_S = 600.0
"""How far back the fuses look, in seconds."""


@dataclass(frozen=True)
class _Seen:
    """What the slm track did with one message."""

    at: float
    failed: bool
    read: bool
    """Whether the message needed a reading."""
    by_model: bool
    asked: bool
    """Whether a model was to read it; not where code was sure, or the business lets no text go to a model."""
    slow: bool
    why: str = ""


def samples_of(figures: Figures) -> Samples:
    """The samples of the checks, in the order of arrival."""
    seen = sorted(_seen(figures), key=lambda each: each.at)
    read = [each for each in seen if each.read and each.asked]
    recent = [each for each in seen if each.at > figures.now - RECENT_S]
    both = [_slm_first(pair) for pair in figures.pairs if not pair.own.error and not pair.other.error]
    compared = [(slm, legacy, agree) for slm, legacy, agree in both if slm.source == SLM]
    return Samples(
        slm_errors=[each.failed for each in seen],
        legacy_errors=[failed for _, failed in sorted(_legacy(figures))],
        fallbacks=[not each.by_model for each in read],
        slow=[each.slow for each in seen if not each.failed],
        confidence_lost=[legacy.confidence - slm.confidence for slm, legacy, _ in compared],
        disagreements=[not agree for _, _, agree in compared],
        recent_errors=[each.failed for each in recent],
        recent_fallbacks=[not each.by_model for each in recent if each.read and each.asked],
        why_fallbacks=[each.why for each in read if each.why],
    )


def asked_of(figures: Figures) -> tuple[int, int]:
    """How many messages of the slm track a model was to read, and how many there were to read."""
    read = [each for each in _seen(figures) if each.read]
    return sum(each.asked for each in read), len(read)


def latencies_of(figures: Figures, track: str) -> list[float]:
    """Milliseconds of the turns that a track answered."""
    return [turn.total_ms for turn in figures.turns if turn.track == track]


def _seen(figures: Figures) -> Iterator[_Seen]:
    yield from (_turn(turn) for turn in figures.turns if turn.track == SLM)
    for pair in figures.pairs:
        if pair.other.track == SLM:
            yield _shadow(pair)


def _turn(turn: TurnFigures) -> _Seen:
    return _Seen(
        at=turn.at,
        failed=turn.outcome != "ok",
        read=turn.source not in ("", "none"),
        by_model=turn.source == SLM,
        asked=turn.source != UNASKED,
        slow=turn.total_ms > TURN_MS,
        why=turn.instead[0] if turn.instead else "",
    )


def _shadow(pair: PairFigures) -> _Seen:
    side = pair.other
    return _Seen(
        at=pair.at,
        failed=bool(side.error),
        read=True,
        by_model=side.source == SLM,
        asked=side.source != UNASKED,
        slow=side.ms > SHADOW_MS,
        why=side.error,
    )


def _legacy(figures: Figures) -> Iterator[tuple[float, bool]]:
    """(Time, whether it failed) of each message that the legacy track read."""
    yield from ((turn.at, turn.outcome != "ok") for turn in figures.turns if turn.track == LEGACY)
    yield from ((pair.at, bool(pair.other.error)) for pair in figures.pairs if pair.other.track == LEGACY)


def _slm_first(pair: PairFigures) -> tuple[Side, Side, bool]:
    sides = (pair.own, pair.other) if pair.own.track == SLM else (pair.other, pair.own)
    return (*sides, pair.agree)
