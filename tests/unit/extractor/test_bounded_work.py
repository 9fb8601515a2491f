"""However long and hostile a message is, reading it takes bounded work, and no more than in proportion to its length.

Work is counted, not timed: calls of functions, Python's and C's, while a message is read. That no single call of a
pattern can run away is what test_patterns holds.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from types import FrameType

import pytest

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.text.normalised import HEAD, TAIL

LONGEST = 4096
MOST_CALLS = 130_000
"""Calls that the worst message may take, most of them list and dictionary operations of the chart: about 15 ms of CPU.
A usual one takes about 3,000."""
HOSTILE = (
    "a1 ", "el 3 ", "a@", "_", "cincuenta y ", "a las 3 ", "@", "no ", "lunes ", "con maria ", "arroba ", "once ",
    "pb ", "soy Juan ", "Juan Pérez ", "1", "1 ", "11 5555 1234 ", "tengo ", "turno de ", "el primer ", "mañana ",
    "pasado ", "a", "ab ", "x@g.com ", "😀", "ñ", "¿", "... ", "cinco y ", "punto ", "guion bajo ", "mi hija ", "no, ",
    "corte ",
    "unas ", "cortr ", "cuanto mas ", "donde puse 1 era ", "cancelar no ", "-", "\n", "el viernes no, ", "todo junto ",
    "perdon arroba gmail ", "turno con ", "se llama ", "a b c d ", "aaaa", "María De La ", "12/", "3:", "20-", "doble ",
)  # fmt: skip


def calls_of(work: Callable[[], object]) -> int:
    count = 0

    def seen(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def calls_for(reader: Reader, text: str, asked: str | None = None) -> int:
    now = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
    known = {"preferred_time": "10:00", "staff_name": "Carlos"}
    message = MessageInContext(text, now, asked, "book", known)
    reader.read(message)  # what a word means is remembered: the second reading is the one that is counted
    return calls_of(lambda: reader.read(message))


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("asked", [None, "client_name", "client_phone"])
def test_the_longest_message_takes_bounded_work(salon: Reader, unit: str, asked: str | None) -> None:
    assert calls_for(salon, (unit * LONGEST)[:LONGEST], asked) <= MOST_CALLS


@pytest.mark.parametrize("unit", HOSTILE)
def test_work_grows_no_faster_than_the_message(salon: Reader, unit: str) -> None:
    short, long = (calls_for(salon, (unit * LONGEST)[:length]) for length in (280, 1120))
    assert long <= 4 * short + 500


def test_what_is_read_of_a_message_is_bounded(salon: Reader) -> None:
    longer, long = (calls_for(salon, "turno " * (count * (HEAD + TAIL) // 6)) for count in (3, 2))
    assert longer <= 1.1 * long


def test_the_count_sees_work_that_grows_too_fast() -> None:
    def square(size: int) -> int:
        return calls_of(lambda: [len(str(one)) for one in range(size) for _ in range(size)])

    assert square(40) > 10 * square(10)
