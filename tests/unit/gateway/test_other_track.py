"""Where the ladder says so, the legacy track's stage is asked when the slm track's gives no answer."""

from dataclasses import dataclass, field

import pytest

from gateway.domain.ports import Readers, StageError
from gateway.domain.turn_types import Extraction, PlanResult
from gateway.turn.fallbacks import LADDER, Failure
from gateway.turn.runner import KEPT_S, ask
from tests.unit.gateway.test_rounds import Script
from turn.vocabulary import Intent

OWN, LEGACY = Script([]), Script([PlanResult()])
ANSWER = Extraction(Intent.GREETING)


@dataclass
class Asked:
    """A call that fails on the tracks that it is told of."""

    fails: tuple[Readers, ...]
    seconds: list[tuple[Readers, float]] = field(default_factory=list)

    async def __call__(self, stages: Readers, seconds: float) -> Extraction:
        self.seconds.append((stages, seconds))
        if stages in self.fails:
            raise StageError("OWN" if stages is OWN else "LEGACY")
        return ANSWER


@pytest.mark.parametrize("failure", [failure for failure, rung in LADDER.items() if rung.other_track])
@pytest.mark.parametrize(("seconds", "own", "other"), [(2.0, 1.5, KEPT_S), (0.4, 0.2, 0.2)])
async def test_the_other_track_is_asked_in_the_time_that_is_kept(
    failure: Failure, seconds: float, own: float, other: float
) -> None:
    call = Asked(fails=(OWN,))
    assert (await ask(failure, OWN, LEGACY, call, seconds)).instead == "OWN"
    assert call.seconds == [(OWN, own), (LEGACY, other)]


async def test_an_answer_of_the_own_track_says_nothing_of_another() -> None:
    call = Asked(fails=())
    assert await ask(Failure.EXTRACT, OWN, LEGACY, call, 2.0) == ANSWER
    assert [stages for stages, _ in call.seconds] == [OWN]


async def test_without_another_track_all_time_is_its_own() -> None:
    call = Asked(fails=(OWN,))
    with pytest.raises(StageError, match="no usable answer"):
        await ask(Failure.EXTRACT, OWN, None, call, 2.0)
    assert call.seconds == [(OWN, 2.0)]


async def test_the_last_failure_counts() -> None:
    with pytest.raises(StageError) as failed:
        await ask(Failure.PLAN, OWN, LEGACY, Asked(fails=(OWN, LEGACY)), 2.0)
    assert failed.value.reason == "LEGACY"


def test_tools_and_replies_never_change_tracks() -> None:
    assert {failure for failure, rung in LADDER.items() if rung.other_track} == {Failure.EXTRACT, Failure.PLAN}
