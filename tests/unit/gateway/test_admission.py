"""How many messages a process takes."""

from contextlib import AsyncExitStack

import pytest

from gateway.conversation.scheduling import ALWAYS, FIRST_GUESS_S, MOST, WEIGHT, Admission

ONE = ("salon", "one")


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def learn(admission: Admission, clock: Clock, seconds: float, turns: int = 200) -> None:
    """So many turns that take so long."""
    for _ in range(turns):
        async with admission.running(ONE, 1):
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
        assert await stack.enter_async_context(admission.running(ONE, 1))
        assert await stack.enter_async_context(admission.running(ONE, 1))
        assert not await stack.enter_async_context(admission.running(ONE, 0))
    try:
        async with admission.running(ONE, 1):
            raise ValueError
    except ValueError:
        pass
    async with admission.running(ONE, 0) as first, admission.running(ONE, 0) as second:
        assert (first, second) == (True, True)


def flood(admission: Admission, workspace: str) -> int:
    """How many senders of a workspace are taken until the next is refused."""
    count = 0
    while not admission.refuses((workspace, str(count))):
        admission.enter((workspace, str(count)))
        count += 1
    return count


async def learnt(at_once: int, workspaces: int) -> Admission:
    """An admission whose turns take a little over 1 s and may be waited for 4 s."""
    clock = Clock()
    admission = Admission(at_once, 4, clock, lambda: workspaces)
    await learn(admission, clock, 1.001)
    return admission


async def test_one_business_s_flood_refuses_its_own_and_nobody_else_s() -> None:
    admission = await learnt(8, 2)
    assert flood(admission, "loud") == 39, "alone, a business has all the room there is"
    assert not admission.is_full(), "another's message must be read to know whose it is"
    quiet = flood(admission, "quiet")
    assert quiet == 19, "half of the places, and as long a wait"
    assert admission.is_full()
    admission.leave(("quiet", "0"))
    assert not admission.is_full()
    assert admission.refuses(("loud", "new"))
    assert not admission.refuses(("quiet", "new"))


async def test_a_share_that_a_business_does_not_ask_for_is_the_others() -> None:
    admission = await learnt(8, 4)
    for number in range(2):
        admission.enter(("quiet", str(number)))
    admission.enter(("vet", "0"))
    assert flood(admission, "loud") == 24, "five of eight places"
    assert flood(admission, "second") == 12, "half of these five"
    assert [admission.refuses((each, "new")) for each in ("quiet", "vet", "loud", "second")] == [False] * 2 + [True] * 2


@pytest.mark.parametrize("businesses", [1, 2, 3, 10])
async def test_all_together_are_at_most_a_few_times_what_one_may_have(businesses: int) -> None:
    admission = await learnt(8, 1_000)
    total = 0
    while total < 10_000:
        room = [each for each in map(str, range(businesses)) if not admission.refuses((each, f"{total}"))]
        if not room or admission.is_full():
            break
        admission.enter((room[-1], f"{total}"))
        total += 1
    assert total <= MOST * 40


async def test_when_very_many_are_under_way_nothing_is_read_any_more() -> None:
    admission = await learnt(8, 1_000)
    for number in range(MOST * 40):
        admission.enter((f"business {number}", "one"))
    assert admission.is_full()
    admission.leave(("business 0", "one"))
    assert not admission.is_full()


async def test_a_business_whose_turns_are_slow_has_less_room_and_the_others_have_not() -> None:
    clock = Clock()
    admission = Admission(8, 4, clock, lambda: 2)
    for _ in range(200):
        async with admission.running(("slow", "one"), 1):
            clock.now += 4
        async with admission.running(("quick", "one"), 1):
            clock.now += 0.1
    for number in range(8):
        admission.enter(("slow", str(number)))
        admission.enter(("quick", str(number)))
    assert admission.refuses(("slow", "new"))
    assert not admission.refuses(("quick", "new"))
