"""Decides whether the slm track is promoted, held or rolled back, from samples of both tracks. Pure.

Each check compares a mean between 0 and 1 with one limit. A lower bound above the limit is a reason to roll back, an
upper bound below it a reason to promote; with the limit between its bounds a check is open. The bounds hold at every
look (`confidence_sequence`), and the checks share the probability of error between them: however often one looks, a
track that is within every limit is rolled back by them with probability `alpha` at most.

Fuses are checks of the last minutes alone, for sudden failures after a long good time. They have no such guarantee.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cli.canary.confidence_sequence import MeanBounds, bounds


class Recommendation(StrEnum):
    """What to do with the slm track's share."""

    PROMOTE = "promote"
    HOLD = "hold"
    ROLL_BACK = "roll back"


class CheckState(StrEnum):
    """Where a mean is, compared with its limit."""

    WELL = "well"
    OPEN = "not known yet"
    BAD = "bad"


@dataclass(frozen=True)
class VerdictLimits:
    """Largest values at which the slm track is still well; shares from 0 to 1."""

    more_errors: float = 0.02
    """How much larger the slm track's share of turns with an error may be than the legacy track's."""
    fallbacks: float = 0.20
    """Share of the slm track's readings, and of its plans, that are not the model's."""
    slow: float = 0.10
    """Share that may take longer than its budget: at 0.10, the p90 is within it."""
    less_confidence: float = 0.10
    """How much less sure the model may be than the other track of the same message, on average."""
    disagreements: float = 0.20
    """Share of turns of which the first plans may differ."""
    alpha: float = 0.05
    """Probability that the checks together roll back, at any look, a track that is within every limit."""
    fuse_turns: int = 100
    """A fuse needs so many turns."""
    fuse_errors: float = 0.05
    """Share of turns with an error at which the fuse blows."""
    fuse_fallbacks: float = 0.50
    """Share of readings that are not the model's at which the fuse blows."""


@dataclass(frozen=True)
class Samples:
    """Observations of both tracks, each in the order of arrival."""

    slm_errors: Sequence[bool] = ()
    legacy_errors: Sequence[bool] = ()
    fallbacks: Sequence[bool] = ()
    """Whether a reading of the slm track is not the model's."""
    slow: Sequence[bool] = ()
    """Whether the slm track took longer than its budget."""
    confidence_lost: Sequence[float] = ()
    """The legacy track's confidence less the model's about the same message, -1 to 1."""
    disagreements: Sequence[bool] = ()
    recent_errors: Sequence[bool] = ()
    """The slm track's of the fuses' minutes."""
    recent_fallbacks: Sequence[bool] = ()
    why_fallbacks: Sequence[str] = ()
    """Reasons of fallbacks, as far as they are known."""


@dataclass(frozen=True)
class Check:
    """One check and its result."""

    name: str
    state: CheckState
    said: str
    """The result as text for the report."""
    count: int
    """Observations of the slm track."""


@dataclass(frozen=True)
class CanaryVerdict:
    """A recommendation and the checks that it follows from."""

    recommendation: Recommendation
    checks: Sequence[Check] = field(default_factory=tuple)

    @property
    def reasons(self) -> list[str]:
        """Texts of the checks that decided: all that are bad, or else open, or else well."""
        decisive = {
            Recommendation.ROLL_BACK: CheckState.BAD,
            Recommendation.HOLD: CheckState.OPEN,
            Recommendation.PROMOTE: CheckState.WELL,
        }[self.recommendation]
        return [check.said for check in self.checks if check.state is decisive]


def judge(samples: Samples, limits: VerdictLimits | None = None) -> CanaryVerdict:
    """The verdict on samples, by the default limits when none are given."""
    limits = limits or VerdictLimits()
    checks = [*_checks(samples, limits), *_fuses(samples, limits)]
    states = {check.state for check in checks}
    recommendation = Recommendation.HOLD if CheckState.OPEN in states else Recommendation.PROMOTE
    return CanaryVerdict(Recommendation.ROLL_BACK if CheckState.BAD in states else recommendation, checks)


def _checks(samples: Samples, limits: VerdictLimits) -> Iterator[Check]:
    part = limits.alpha / 5
    yield _errors(samples, limits.more_errors, part)
    why = _commonest(samples.why_fallbacks)
    yield _share("fallbacks", "readings not by the model" + why, samples.fallbacks, limits.fallbacks, part)
    yield _share("latency", "over its latency budget", samples.slow, limits.slow, part)
    yield _confidence(samples, limits.less_confidence, part)
    yield _share("plans", "first plans that differ", samples.disagreements, limits.disagreements, part)


def _errors(samples: Samples, limit: float, alpha: float) -> Check:
    """Both tracks' own bounds, each with half of the probability, make those of the difference."""
    slm, legacy = bounds(samples.slm_errors, alpha / 2), bounds(samples.legacy_errors, alpha / 2)
    state = _state(slm.low - legacy.high, slm.high - legacy.low, limit, slm.count)
    said = (
        f"errors: {_of(slm)} on slm, {_of(legacy)} on legacy; "
        f"{_points(slm.low - legacy.high)} to {_points(slm.high - legacy.low)} points more, limit {_points(limit)}"
    )
    return Check("errors", state, said, slm.count)


def _confidence(samples: Samples, limit: float, alpha: float) -> Check:
    found = bounds(((lost + 1) / 2 for lost in samples.confidence_lost), alpha)
    low, mean, high = (2 * value - 1 for value in (found.low, found.mean, found.high))
    told = f"the model is less sure by {mean:+.3f} over {found.count} pairs, surely {low:+.3f} to {high:+.3f}"
    said = f"confidence: {told if found.count else 'nothing to compare'}, limit {limit:+.3f}"
    return Check("confidence", _state(low, high, limit, found.count), said, found.count)


def _share(name: str, what: str, values: Sequence[bool], limit: float, alpha: float) -> Check:
    found = bounds(values, alpha)
    told = (
        f"{_of(found)} {what}; surely {_percent(found.low)} to {_percent(found.high)}" if found.count else "none seen"
    )
    state = _state(found.low, found.high, limit, found.count)
    return Check(name, state, f"{name}: {told}, limit {_percent(limit)}", found.count)


def _fuses(samples: Samples, limits: VerdictLimits) -> Iterator[Check]:
    """A check for each fuse that has blown; none for the others."""
    for name, values, limit in (
        ("errors", samples.recent_errors, limits.fuse_errors),
        ("fallbacks", samples.recent_fallbacks, limits.fuse_fallbacks),
    ):
        if len(values) >= limits.fuse_turns and sum(values) >= limit * len(values):
            said = f"fuse: {sum(values)} {name} in the last {len(values)} turns on slm, {_percent(limit)} is too many"
            yield Check(f"fuse of {name}", CheckState.BAD, said, len(values))


def _state(low: float, high: float, limit: float, count: int) -> CheckState:
    if not count:
        return CheckState.OPEN
    return CheckState.BAD if low > limit else CheckState.WELL if high < limit else CheckState.OPEN


def _commonest(reasons: Iterable[str]) -> str:
    """The reason that comes most often, in brackets; nothing without any."""
    counted: dict[str, int] = {}
    for reason in reasons:
        counted[reason] = counted.get(reason, 0) + 1
    return f" (most often {max(counted, key=lambda each: counted[each])})" if counted else ""


def _of(found: MeanBounds) -> str:
    return (
        f"{round(found.mean * found.count)} of {found.count} ({_percent(found.mean)})" if found.count else "none seen"
    )


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _points(share: float) -> str:
    return f"{share * 100:+.1f}"
