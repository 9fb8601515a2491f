"""How many messages a process takes."""

from contextlib import AsyncExitStack

from gateway.admission import ALWAYS, FIRST_GUESS_S, WEIGHT, Admission


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def learn(admission: Admission, clock: Clock, seconds: float, turns: int = 200) -> None:
    """So many turns that take so long."""
    for _ in range(turns):
        async with admission.running(1):
            clock.now += seconds


def taken(admission: Admission) -> int:
    """How many new customers are taken until there is no more room."""
    count = 0
    while not admission.is_full():
        admission.enter(("salon", str(count)))
        count += 1
    return count


async def test_as_many_are_taken_as_end_in_time() -> None:
    for turn_s, wait_s in ((0.1, 4), (1.0, 4), (1.0, 0.5), (10.0, 4)):
        clock = Clock()
        admission = Admission(4, wait_s, clock)
        await learn(admission, clock, turn_s)
        # the last one taken waits for whole turns of four at once
        assert 4 + int(4 * wait_s / turn_s) - 1 <= taken(admission) <= 4 + int(4 * wait_s / turn_s), (turn_s, wait_s)


async def test_there_is_room_for_those_who_need_not_wait_however_long_turns_take() -> None:
    clock = Clock()
    admission = Admission(4, 4, clock)
    await learn(admission, clock, 1_000)
    assert taken(admission) == 4


async def test_turns_that_take_longer_leave_less_room_and_shorter_ones_more() -> None:
    clock = Clock()
    admission = Admission(4, 4, clock)
    first = int(4 * 4 / FIRST_GUESS_S)
    assert taken(admission) in (4 + first - 1, 4 + first)
    await learn(admission, clock, 10, turns=int(2 / WEIGHT))
    assert admission.is_full()
    await learn(admission, clock, 0.01)
    assert not admission.is_full()


async def test_who_leaves_makes_room() -> None:
    admission = Admission(2, 1)
    count = taken(admission)
    admission.leave(("salon", "0"))
    assert not admission.is_full()
    admission.enter(("salon", "new"))
    assert admission.is_full()
    assert count > 2


async def test_one_customer_cannot_take_all_the_room() -> None:
    clock = Clock()
    admission = Admission(4, 4, clock)
    await learn(admission, clock, 1)
    loud, other = ("salon", "loud"), ("salon", "other")
    count = 0
    while not admission.refuses(loud):
        admission.enter(loud)
        count += 1
    assert count == 5, "four seconds of waiting behind one another, and the one who waits"
    assert not admission.refuses(other)
    assert not admission.refuses(("vet", "loud"))
    admission.leave(loud)
    assert not admission.refuses(loud)
    for each in ("second", "third", "fourth"):
        for _ in range(5):
            admission.enter(("salon", each))
    assert not admission.is_full(), "a customer's own messages keep only that customer waiting"


async def test_a_few_messages_in_a_row_are_taken_however_long_turns_take() -> None:
    clock = Clock()
    admission = Admission(4, 4, clock)
    await learn(admission, clock, 1_000)
    taken_of_one = 0
    while not admission.refuses(("salon", "one")):
        admission.enter(("salon", "one"))
        taken_of_one += 1
    assert taken_of_one == ALWAYS


async def test_places_are_kept_and_given_back_also_when_a_turn_fails() -> None:
    admission = Admission(2, 1)
    async with AsyncExitStack() as stack:
        assert await stack.enter_async_context(admission.running(1))
        assert await stack.enter_async_context(admission.running(1))
        assert not await stack.enter_async_context(admission.running(0))
    try:
        async with admission.running(1):
            raise ValueError
    except ValueError:
        pass
    async with admission.running(0) as first, admission.running(0) as second:
        assert (first, second) == (True, True)
