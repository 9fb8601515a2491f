"""What a turn may cost: instructions of the interpreter, in every service, counted and never timed.

The whole mesh runs in this process (`tests.one_process`), and the instructions between a webhook's first byte and its
answer's last are counted in all threads. A bound is a multiple of a fixed piece of work, counted the same way, so that
another Python moves both alike. Of several customers' turns the one that took least counts: a timer that comes due in
between is nobody's doing.

Bounds hold with a fifth to spare on a busy machine, where more timers come due. Whoever makes a turn cheaper lowers
them; a later change may raise one only with a reason in CHANGELOG.md.
"""

from pathlib import Path

from cli.support.webhook import WebhookSender
from tests.instructions import Counter
from tests.mesh.tools.harness import SALON
from tests.one_process import OneProcess, one_process, request_of
from tests.service_logs import service_logs

TURNS = {
    "greeting": ("hola", "Soy el asistente"),
    "price": ("cuánto sale un corte?", "$3.500"),
    "booking": ("Reservar barba con carlos el {day}/3/2026 a las 15:00, soy Ana Paz ana@test.com", "Quedó reservado"),
}
"""What is written, and what the reply must hold."""
MOST = {"greeting": 36, "price": 58, "booking": 176}
"""Fixed pieces of work that a turn may take."""
FIRST_DAY, DAYS = 18, (12, 13, 16, 17)
"""Days of March that customers book, one each; the first one's turn is not counted."""


def fixed_work() -> int:
    """A piece of work that never changes: words counted by their letters."""
    words = [f"{number:x}{number % 7}" for number in range(100)]
    letters: dict[str, int] = {}
    for word in words:
        for letter in word:
            letters[letter] = letters.get(letter, 0) + 1
    return sum(letters.values())


def fixed(counter: Counter) -> int:
    """Instructions of the fixed piece of work."""
    with counter.counting():
        fixed_work()
    return counter.count


async def instructions(mesh: OneProcess, counter: Counter, kind: str) -> int:
    """The least that a turn of a kind takes; what is used for the first time is made ready before."""
    text, must = TURNS[kind]
    counts = []
    for number, day in enumerate((FIRST_DAY, *DAYS)):
        who = WebhookSender(f"http://127.0.0.1:{mesh.port}", "dev-token", SALON, f"+549115555{number:04}")
        request = request_of(who, text.format(day=day))
        with counter.counting():
            reply = await mesh.post(request)
        assert must in reply
        counts.append(counter.count)
    return min(counts[1:])


async def test_a_turn_takes_bounded_work(tmp_path: Path) -> None:
    counter = Counter()
    with service_logs("gateway"), counter.installed():
        async with one_process(tmp_path) as mesh:
            taken = {kind: await instructions(mesh, counter, kind) / fixed(counter) for kind in TURNS}
    assert {kind: count for kind, count in taken.items() if count > MOST[kind]} == {}, taken


def test_the_count_is_the_same_each_time_and_grows_with_the_work() -> None:
    counter = Counter()
    with counter.installed():
        once = fixed(counter)
        assert once == fixed(counter)
        with counter.counting():
            fixed_work()
            fixed_work()
        assert 1.9 * once < counter.count < 2.1 * once
    fixed_work()
    assert not counter.counts
