"""The circuit breaker, example by example and against every sequence of events."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.breaker import BreakerState, CircuitBreaker, Permit, Thresholds

FAILURES, WITHIN_S, OPEN_S, PROBE_S = 5, 60.0, 30.0, 20.0
WINDOWED = Thresholds(failures=FAILURES, within_s=WITHIN_S, open_s=OPEN_S, probe_s=PROBE_S)
IN_A_ROW = Thresholds(failures=FAILURES, in_a_row=True, open_s=OPEN_S, probe_s=PROBE_S)


class FakeClock:
    """A clock that stands still until told."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def state(breaker: CircuitBreaker) -> BreakerState:
    """Its state now; a call, so that the type checker does not think that it stays."""
    return breaker.state


def ask(breaker: CircuitBreaker) -> Permit:
    permit = breaker.ask()
    assert permit is not None
    return permit


def opened() -> tuple[CircuitBreaker, FakeClock]:
    clock = FakeClock()
    breaker = CircuitBreaker(WINDOWED, clock)
    for _ in range(FAILURES):
        breaker.failed(ask(breaker))
    return breaker, clock


def test_it_opens_with_the_fifth_failure_and_not_before() -> None:
    breaker = CircuitBreaker(WINDOWED, FakeClock())
    for _ in range(FAILURES - 1):
        breaker.failed(ask(breaker))
    assert state(breaker) is BreakerState.CLOSED
    breaker.failed(ask(breaker))
    assert state(breaker) is BreakerState.OPEN
    assert breaker.ask() is None


def test_failures_more_than_a_minute_apart_do_not_add_up() -> None:
    clock = FakeClock()
    breaker = CircuitBreaker(WINDOWED, clock)
    for _ in range(FAILURES * 4):
        breaker.failed(ask(breaker))
        clock.now += WITHIN_S / (FAILURES - 1)
    assert state(breaker) is BreakerState.CLOSED


def test_after_its_time_it_lets_one_probe_through() -> None:
    breaker, clock = opened()
    clock.now += OPEN_S - 0.001
    assert breaker.ask() is None
    clock.now += 0.001
    assert ask(breaker).probe
    assert breaker.ask() is None


def test_a_good_probe_closes_it_and_old_failures_are_forgotten() -> None:
    breaker, clock = opened()
    clock.now += OPEN_S
    breaker.succeeded(ask(breaker))
    assert state(breaker) is BreakerState.CLOSED
    for _ in range(FAILURES - 1):
        breaker.failed(ask(breaker))
    assert state(breaker) is BreakerState.CLOSED


def test_a_bad_probe_opens_it_for_the_whole_time_again() -> None:
    breaker, clock = opened()
    clock.now += OPEN_S
    breaker.failed(ask(breaker))
    clock.now += OPEN_S - 0.001
    assert state(breaker) is BreakerState.OPEN
    clock.now += 0.001
    assert breaker.ask() is not None


def test_a_cancelled_probe_makes_room_for_the_next_at_once() -> None:
    breaker, clock = opened()
    clock.now += OPEN_S
    breaker.released(ask(breaker))
    assert ask(breaker).probe


def test_a_probe_that_never_says_anything_is_given_up() -> None:
    breaker, clock = opened()
    clock.now += OPEN_S
    lost = ask(breaker)
    clock.now += PROBE_S
    again = ask(breaker)
    breaker.succeeded(lost)
    assert state(breaker) is BreakerState.HALF_OPEN
    breaker.succeeded(again)
    assert state(breaker) is BreakerState.CLOSED


@pytest.mark.parametrize("good", [True, False])
def test_late_news_of_a_call_from_before_it_opened_change_nothing(good: bool) -> None:
    clock = FakeClock()
    breaker = CircuitBreaker(WINDOWED, clock)
    late = ask(breaker)
    for _ in range(FAILURES):
        breaker.failed(ask(breaker))
    (breaker.succeeded if good else breaker.failed)(late)
    assert state(breaker) is BreakerState.OPEN
    clock.now += OPEN_S
    breaker.succeeded(ask(breaker))
    for _ in range(FAILURES - 1):
        breaker.failed(ask(breaker))
    breaker.failed(late)
    assert state(breaker) is BreakerState.CLOSED


def test_when_its_server_is_back_it_probes_at_once() -> None:
    breaker, _ = opened()
    breaker.hasten()
    breaker.succeeded(ask(breaker))
    assert state(breaker) is BreakerState.CLOSED


def test_hastening_a_closed_one_changes_nothing() -> None:
    breaker = CircuitBreaker(WINDOWED, FakeClock())
    breaker.hasten()
    assert state(breaker) is BreakerState.CLOSED


def test_failures_in_a_row_are_counted_from_the_last_success_however_long_ago_they_were() -> None:
    clock = FakeClock()
    breaker = CircuitBreaker(IN_A_ROW, clock)
    for _ in range(FAILURES - 1):
        breaker.failed(ask(breaker))
    breaker.succeeded(ask(breaker))
    for _ in range(FAILURES - 1):
        breaker.failed(ask(breaker))
        clock.now += WITHIN_S
    assert state(breaker) is BreakerState.CLOSED
    breaker.failed(ask(breaker))
    assert state(breaker) is BreakerState.OPEN


def test_a_success_from_before_it_opened_does_not_close_it() -> None:
    breaker = CircuitBreaker(IN_A_ROW, FakeClock())
    late = ask(breaker)
    for _ in range(FAILURES):
        breaker.failed(ask(breaker))
    breaker.succeeded(late)
    assert state(breaker) is BreakerState.OPEN


def test_who_decides_by_itself_when_to_try_again_need_not_wait_until_it_is_half_open() -> None:
    breaker, clock = opened()
    breaker.failed(breaker.probe())
    clock.now += OPEN_S - 0.001
    assert breaker.ask() is None
    breaker.succeeded(breaker.probe())
    assert state(breaker) is BreakerState.CLOSED
    assert not breaker.probe().probe


@dataclass
class Drill:
    """A breaker under random events. Fails the test when two probes are under way at once."""

    clock: FakeClock = field(default_factory=FakeClock)
    permits: list[Permit] = field(default_factory=list)
    probe: tuple[Permit, float] | None = None

    def __post_init__(self) -> None:
        self.breaker = CircuitBreaker(WINDOWED, self.clock)

    def play(self, event: str, number: int) -> None:
        if event == "ask":
            self.ask()
        elif event == "wait":
            self.clock.now += number
        elif event == "hasten":
            self.breaker.hasten()
        elif self.permits:
            self.end(event, self.permits.pop(number % len(self.permits)))

    def ask(self) -> None:
        state = self.breaker.state
        permit = self.breaker.ask()
        if state is not BreakerState.HALF_OPEN:
            assert (permit is not None) is (state is BreakerState.CLOSED)
        if permit is not None and state is BreakerState.HALF_OPEN:
            assert permit.probe
            assert self.probe is None or self.clock.now - self.probe[1] >= PROBE_S
            self.probe = (permit, self.clock.now)
        self.permits += [permit] if permit else []

    def end(self, event: str, permit: Permit) -> None:
        ending = {"succeed": self.breaker.succeeded, "fail": self.breaker.failed, "release": self.breaker.released}
        ending[event](permit)
        if self.probe and self.probe[0] is permit:
            self.probe = None


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "ask", "fail", "fail", "succeed", "release", "wait", "hasten"]),
        st.integers(0, 40),
    ),
    max_size=60,
)


@given(EVENTS)
def test_whatever_happens_it_refuses_for_no_longer_than_open_and_probe_time(events: list[tuple[str, int]]) -> None:
    drill = Drill()
    for event, number in events:
        drill.play(event, number)
    drill.clock.now += OPEN_S + PROBE_S
    assert drill.breaker.ask() is not None


@given(EVENTS)
def test_whatever_happens_one_good_probe_closes_it(events: list[tuple[str, int]]) -> None:
    drill = Drill()
    for event, number in events:
        drill.play(event, number)
    drill.clock.now += OPEN_S + PROBE_S
    drill.breaker.succeeded(ask(drill.breaker))
    assert drill.breaker.state is BreakerState.CLOSED


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 30)), max_size=60))
def test_one_call_after_another_opens_it_just_when_five_failed_within_a_minute(
    outcomes: list[tuple[bool, float]],
) -> None:
    clock = FakeClock()
    breaker = CircuitBreaker(WINDOWED, clock)
    failures: list[float] = []
    for good, wait in outcomes:
        clock.now += wait
        permit = breaker.ask()
        if permit is None or permit.probe:
            return
        if good:
            breaker.succeeded(permit)
        else:
            failures.append(clock.now)
            breaker.failed(permit)
        recent = [at for at in failures if at > clock.now - WITHIN_S]
        assert (breaker.state is BreakerState.OPEN) is (len(recent) >= FAILURES and not good)
