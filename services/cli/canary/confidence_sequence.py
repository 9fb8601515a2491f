"""MeanBounds for a mean that hold at every look: they may be computed after each observation, as often as one
likes, and all of them together are wrong with at most the probability asked for. Pure.

The predictable plug-in empirical Bernstein confidence sequence of I. Waudby-Smith and A. Ramdas, "Estimating
means of bounded random variables by betting", Journal of the Royal Statistical Society B 86 (2024), theorem 2,
a side at a time. It asks of observations only that they are between 0 and 1 and that each has the same mean
given those before; it adapts to their variance, so that rare errors are settled quickly.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_LARGEST_BET = 0.75
"""The theorem's constant c. Anything within (0, 1) is valid; large ones are good at means close to 0 or 1."""


@dataclass(frozen=True)
class MeanBounds:
    """Bounds of a mean after some observations."""

    count: int
    """Number of observations."""
    mean: float
    """Their mean; 0 when there are none."""
    low: float
    """The true mean is at least this, but for the probability of error."""
    high: float
    """The true mean is at most this, but for the probability of error."""


def bounds(values: Iterable[float], alpha: float) -> MeanBounds:
    """MeanBounds of the mean of values between 0 and 1, in the order of their arrival.

    `alpha` is the probability, for each side by itself, that the true mean is ever beyond its bound.
    """
    log = math.log(1 / alpha)
    count, total = 0, 0.0
    mean, spread = 0.5, 0.25
    bets = won = paid = 0.0
    for value in values:
        count += 1
        variance = spread / count
        bet = min(math.sqrt(2 * log / (variance * count * math.log(1 + count))), _LARGEST_BET)
        bets += bet
        won += bet * value
        paid += (value - mean) ** 2 * (-math.log(1 - bet) - bet)
        total += value
        mean = (0.5 + total) / (count + 1)
        spread += (value - mean) ** 2
    if not count:
        return MeanBounds(0, 0.0, 0.0, 1.0)
    centre, width = won / bets, (log + paid) / bets
    return MeanBounds(count, total / count, max(0.0, centre - width), min(1.0, centre + width))
