import asyncio
from collections.abc import Sequence

from structlog.testing import capture_logs

from runtime.watch import REFUSED, RELOADS, Watch


class Taker:
    """Says what it found."""

    def __init__(self) -> None:
        self.count = 0
        self.problems: Sequence[str] = ()
        self.happened = asyncio.Event()

    async def __call__(self) -> tuple[int, Sequence[str]]:
        self.happened.set()
        return self.count, self.problems


def counted(outcome: str) -> float:
    return float(RELOADS.labels(outcome)._value.get())


async def test_what_changed_is_counted_and_what_cannot_be_used_is_told_once() -> None:
    taker = Taker()
    watch = Watch(taker, 1)
    taken, refused = counted("taken"), counted("refused")
    await watch.look()
    assert (counted("taken"), counted("refused")) == (taken, refused)
    taker.count, taker.problems = 1, ["a.yaml: id: expected a value"]
    with capture_logs() as lines:
        await watch.look()
    assert (counted("taken"), counted("refused"), REFUSED._value.get()) == (taken + 1, refused + 1, 1)
    assert [line.get("problems") for line in lines if line["log_level"] == "error"] == [
        ["a.yaml: id: expected a value"]
    ]
    taker.count = 0
    with capture_logs() as lines:
        await watch.look()
    assert lines == []
    taker.problems = ()
    await watch.look()
    assert (counted("taken"), counted("refused"), REFUSED._value.get()) == (taken + 1, refused + 1, 0)


def test_what_could_not_be_used_at_the_start_is_told_at_once() -> None:
    with capture_logs() as lines:
        Watch(Taker(), 0, ["a.yaml: id: expected a value"])
    assert [line["count"] for line in lines] == [1]
    assert REFUSED._value.get() == 1
    Watch(Taker(), 0)
    assert REFUSED._value.get() == 0


async def test_it_looks_until_it_is_closed() -> None:
    taker = Taker()
    watch = Watch(taker, 0.01)
    watch.start()
    await taker.happened.wait()
    taker.happened.clear()
    await taker.happened.wait()
    await watch.close()


async def test_with_no_interval_nobody_looks() -> None:
    watch = Watch(Taker(), 0)
    watch.start()
    assert watch._repeated is None
    await watch.close()
