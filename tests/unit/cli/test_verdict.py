"""The verdict on the slm track: its guarantee, its power, its words."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.canary.confidence_sequence import bounds
from cli.canary.verdict import CheckState, Recommendation, Samples, VerdictLimits, judge

NO_FUSES = VerdictLimits(fuse_turns=10**9)
RUNS = 100
LOOK_EVERY = 50
TURNS = 400


def flips(dice: random.Random, share: float, count: int) -> list[bool]:
    return [dice.random() < share for _ in range(count)]


def looks(samples: Samples) -> Iterator[Samples]:
    """What somebody sees who looks again and again while the turns come."""
    for seen in range(LOOK_EVERY, TURNS + 1, LOOK_EVERY):
        yield Samples(
            slm_errors=samples.slm_errors[:seen],
            legacy_errors=samples.legacy_errors[:seen],
            fallbacks=samples.fallbacks[:seen],
            slow=samples.slow[:seen],
            confidence_lost=samples.confidence_lost[:seen],
            disagreements=samples.disagreements[:seen],
        )


def just_within(dice: random.Random, errors: float) -> Samples:
    """A track that is exactly at every limit, and has as many errors as the other."""
    return Samples(
        slm_errors=flips(dice, errors, TURNS),
        legacy_errors=flips(dice, errors, TURNS),
        fallbacks=flips(dice, 0.20, TURNS),
        slow=flips(dice, 0.10, TURNS),
        confidence_lost=[dice.uniform(-0.1, 0.3) for _ in range(TURNS)],
        disagreements=flips(dice, 0.20, TURNS),
    )


def good(dice: random.Random, count: int, errors: float = 0.0) -> Samples:
    return Samples(
        slm_errors=flips(dice, errors, count),
        legacy_errors=flips(dice, 0.0, count),
        fallbacks=flips(dice, 0.05, count),
        slow=flips(dice, 0.02, count),
        confidence_lost=[dice.uniform(-0.1, 0.1) for _ in range(count)],
        disagreements=flips(dice, 0.05, count),
    )


@pytest.mark.parametrize("errors", [0.0, 0.005, 0.02, 0.1])
def test_a_track_within_its_limits_is_hardly_ever_rolled_back_however_often_one_looks(errors: float) -> None:
    rolled_back = 0
    for run in range(RUNS):
        samples = just_within(random.Random(run), errors)
        rolled_back += any(judge(look, NO_FUSES).recommendation is Recommendation.ROLL_BACK for look in looks(samples))
    assert rolled_back <= NO_FUSES.alpha * RUNS


def test_a_share_is_within_its_bounds_at_every_look() -> None:
    for share in (0.01, 0.1, 0.5, 0.97):
        missed = 0
        for run in range(60):
            values = flips(random.Random(run), share, 400)
            found = [bounds(values[:seen], 0.1) for seen in range(1, 401, 50)]
            missed += any(look.low > share for look in found)
            missed += any(look.high < share for look in found)
        assert missed <= 2 * 0.1 * 60, share


@pytest.mark.parametrize("jump", [0.05, 0.10])
def test_a_jump_of_errors_rolls_back_soon(jump: float) -> None:
    """The fuse sees it among the turns of the last minutes, the test without any fuse a little later."""
    for run in range(10):
        dice = random.Random(run)
        recent = flips(dice, jump + 0.02, 300)
        blown = [
            seen
            for seen in range(100, 301, 10)
            if judge(Samples(recent_errors=recent[:seen])).recommendation is Recommendation.ROLL_BACK
        ]
        assert blown, run
        samples = replace(good(dice, 4000), slm_errors=flips(dice, jump + 0.02, 4000))
        assert judge(samples, NO_FUSES).recommendation is Recommendation.ROLL_BACK


def test_without_numbers_nothing_is_done() -> None:
    verdict = judge(Samples())
    assert verdict.recommendation is Recommendation.HOLD
    assert {check.state for check in verdict.checks} == {CheckState.OPEN}
    assert judge(good(random.Random(1), 20)).recommendation is Recommendation.HOLD


def test_a_good_track_is_promoted_and_the_reasons_are_numbers() -> None:
    verdict = judge(good(random.Random(1), 1500))
    assert verdict.recommendation is Recommendation.PROMOTE, verdict.reasons
    assert any("of 1500" in reason for reason in verdict.reasons)


def test_nothing_on_the_other_track_is_no_reason_to_wait_for_ever() -> None:
    assert judge(replace(good(random.Random(1), 1500), legacy_errors=())).recommendation is Recommendation.PROMOTE


BAD: list[tuple[str, Callable[[Samples], Samples]]] = [
    ("errors", lambda samples: replace(samples, slm_errors=[number % 8 == 0 for number in range(1500)])),
    ("fallbacks", lambda samples: replace(samples, fallbacks=[True] * 60, why_fallbacks=["extract:UNAVAILABLE"] * 60)),
    ("latency", lambda samples: replace(samples, slow=[number % 3 == 0 for number in range(300)])),
    ("confidence", lambda samples: replace(samples, confidence_lost=[0.4] * 200)),
    ("plans", lambda samples: replace(samples, disagreements=[number % 2 == 0 for number in range(300)])),
    ("fuse of errors", lambda samples: replace(samples, recent_errors=[number < 5 for number in range(100)])),
    ("fuse of fallbacks", lambda samples: replace(samples, recent_fallbacks=[True] * 100)),
]


@pytest.mark.parametrize(("name", "spoil"), BAD, ids=[name for name, _ in BAD])
def test_whatever_is_bad_rolls_back_and_is_named(name: str, spoil: Callable[[Samples], Samples]) -> None:
    verdict = judge(spoil(good(random.Random(1), 1500)))
    assert verdict.recommendation is Recommendation.ROLL_BACK
    assert [check.name for check in verdict.checks if check.state is CheckState.BAD] == [name]
    assert len(verdict.reasons) == 1


def test_the_reason_of_fallbacks_is_told() -> None:
    samples = Samples(fallbacks=[True] * 60, why_fallbacks=["extract:UNAVAILABLE"] * 3 + ["plan:INTERNAL"])
    assert "most often extract:UNAVAILABLE" in judge(samples).reasons[0]


@pytest.mark.parametrize(("errors", "turns"), [(4, 100), (4, 99), (5, 99)])
def test_the_fuse_holds_below_five_per_cent_of_a_hundred_turns(errors: int, turns: int) -> None:
    recent = [number < errors for number in range(turns)]
    assert judge(Samples(recent_errors=recent)).recommendation is Recommendation.HOLD


@given(st.lists(st.floats(0, 1), max_size=60), st.floats(0.001, 0.5))
def test_bounds_are_around_what_was_seen_and_within_what_can_be(values: list[float], alpha: float) -> None:
    found = bounds(values, alpha)
    assert 0 <= found.low <= found.high <= 1
    assert found.count == len(values)
