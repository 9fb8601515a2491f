"""Who gets a place next."""

import asyncio
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversation.scheduling import FairSemaphore, Owner


class Crowd:
    """Owners that wait for places and give them back when told to."""

    def __init__(self, places: int) -> None:
        self.semaphore = FairSemaphore(places)
        self.waiting: dict[asyncio.Task[None], Owner] = {}
        self.holding: list[Owner] = []
        self.begun: list[Owner] = []
        """Who got a place, in order."""

    async def come(self, *owners: Owner) -> None:
        """They begin to wait, one after another."""
        for owner in owners:
            self.waiting[asyncio.create_task(self._wait(owner))] = owner
            await self.rest()

    async def end(self, owner: Owner) -> None:
        """One of an owner's turns ends."""
        self.holding.remove(owner)
        self.semaphore.release(owner)
        await self.rest()

    async def give_up(self, task: "asyncio.Task[None]") -> None:
        """One of those who wait goes away."""
        task.cancel()
        await self.rest()

    async def rest(self) -> None:
        """Lets everybody go on who can."""
        for _ in range(3):
            await asyncio.sleep(0)
        for task in [task for task in self.waiting if task.done()]:
            del self.waiting[task]

    async def drain(self) -> None:
        """Turns end in the order in which they began, until nobody waits."""
        while self.holding:
            await self.end(self.holding[0])
        assert not self.waiting

    async def _wait(self, owner: Owner) -> None:
        await self.semaphore.acquire(owner)
        self.holding.append(owner)
        self.begun.append(owner)


def many(group: str, count: int) -> list[Owner]:
    """Several members of a group."""
    return [(group, str(number)) for number in range(count)]


async def test_one_group_alone_has_every_place_and_its_members_come_in_order() -> None:
    crowd = Crowd(4)
    await crowd.come(*many("loud", 10))
    assert len(crowd.holding) == 4
    await crowd.drain()
    assert crowd.begun == many("loud", 10)


async def test_a_group_that_comes_after_a_flood_gets_the_next_places_until_it_has_its_share() -> None:
    crowd = Crowd(4)
    await crowd.come(*many("loud", 100))
    await crowd.come(*many("quiet", 12))
    await crowd.drain()
    assert [group for group, _ in islice(crowd.begun, 4, 6)] == ["quiet"] * 2
    last = max(place for place, (group, _) in enumerate(crowd.begun) if group == "quiet")
    since = crowd.begun[4 : last + 1]
    assert Counter(group for group, _ in since)["loud"] <= 12, "one of theirs for each of ours at most"


async def test_groups_of_one_place_take_turns() -> None:
    crowd = Crowd(1)
    await crowd.come(*many("a", 4), *many("b", 2), *many("c", 2))
    await crowd.drain()
    assert "".join(group for group, _ in crowd.begun) == "abcabcaa"


async def test_one_member_s_many_messages_come_in_turn_with_the_others() -> None:
    crowd = Crowd(1)
    await crowd.come(*[("salon", "loud")] * 5, ("salon", "one"), ("salon", "two"))
    await crowd.drain()
    assert [member for _, member in crowd.begun] == ["loud", "loud", "one", "two", "loud", "loud", "loud"]


async def test_a_place_given_to_somebody_who_goes_away_at_that_moment_is_not_lost() -> None:
    crowd = Crowd(1)
    await crowd.come(("a", "1"), ("b", "1"), ("c", "1"))
    task = next(task for task, owner in crowd.waiting.items() if owner == ("b", "1"))
    crowd.holding.remove(("a", "1"))
    crowd.semaphore.release(("a", "1"))
    await crowd.give_up(task)
    assert crowd.holding == [("c", "1")]
    await crowd.come(("d", "1"), ("e", "1"))
    task = next(task for task, owner in crowd.waiting.items() if owner == ("d", "1"))
    task.cancel()
    await asyncio.sleep(0)
    await crowd.end(("c", "1"))
    assert crowd.holding == [("e", "1")]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["come", "come", "end", "leave"]), st.integers(0, 3), st.integers(0, 3), st.integers(0, 99)
    ),
    max_size=80,
)


@given(st.integers(1, 5), STEPS)
def test_no_place_is_free_while_anybody_waits_and_the_division_is_fair(
    places: int, steps: list[tuple[str, int, int, int]]
) -> None:
    asyncio.run(_run(places, steps))


async def _run(places: int, steps: list[tuple[str, int, int, int]]) -> None:
    crowd = Crowd(places)
    for what, group, member, which in steps:
        before, waited = list(crowd.holding), Counter(group for group, _ in crowd.waiting.values())
        if what == "come":
            await crowd.come((f"g{group}", f"m{member}"))
        elif what == "end" and crowd.holding:
            ended = crowd.holding[which % len(crowd.holding)]
            await crowd.end(ended)
            _chosen_fairly(before, ended, waited, crowd.holding)
        elif what == "leave" and crowd.waiting:
            await crowd.give_up(list(crowd.waiting)[which % len(crowd.waiting)])
        assert len(crowd.holding) <= places
        assert len(crowd.holding) == places or not crowd.waiting
    await crowd.drain()
    for _ in range(places):
        await crowd.semaphore.acquire(("anybody", "1"))  # at once: every place is free


def _chosen_fairly(before: list[Owner], ended: Owner, waited: Counter[str], after: list[Owner]) -> None:
    """A place that came free has gone to one of the groups that held the fewest."""
    held = Counter(group for group, _ in before)
    held[ended[0]] -= 1
    got = Counter(group for group, _ in after) - held
    assert got.total() == (1 if waited else 0)
    if waited:
        assert held[next(iter(got))] == min(held[group] for group in waited)


@pytest.mark.parametrize("places", [1, 3])
async def test_nobody_waits_for_ever_however_many_others_come_again_and_again(places: int) -> None:
    crowd = Crowd(places)
    others = [(f"g{number}", "1") for number in range(6)]
    await crowd.come(*others, *many("loud", 9))
    await crowd.come(("patient", "1"))
    waited = 0
    while ("patient", "1") not in crowd.begun:
        ended = crowd.holding[0]
        await crowd.end(ended)
        await crowd.come(ended)
        waited += 1
        assert waited <= len(others) + 1 + places, "each group is before it once"
