"""A guided search for the texts that cost a reader most CPU, and what reading costs over them and over ordinary ones.

Run as `make bench ARGS=readings`. The search knows no reader: it is given a function that reads a text and makes
texts from fragments of the language that readers know (hours, days, names, services, addresses, figures, slips), by
repeating, splicing, doubling and changing the dearest ones found so far. Everything it draws comes from its seed;
what it keeps depends on the machine, since cost is CPU time of the thread, the caches of words forgotten.
"""

import functools
import gc
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

MOST_BYTES = 4096
"""Longest text that Extract takes, in bytes of UTF-8."""
KEPT = 32
"""Texts that the search goes on from."""
SURE, AGAIN = 200, 3
"""How many of the dearest are measured again in the end, and how often."""
STRANGER = 0.1
"""Share of texts that are made anew rather than from a dear one."""
ASKED = (None, "client_name", "preferred_time", "preferred_date", "client_phone", "client_email", "booking_id")
"""Slots that the assistant may just have asked for."""
FRAGMENTS = (
    "t1", "a1 ", "1", "12", "1 ", "15 ", "1530", "11 5555 1234 ", "+54 9 11 5555-1234", "3/4", "el 3 ",
    "el 3 de mayo ", "2026-03-11 ", "a las 3 ", "a las ", "las 5 y media", "y cuarto ", "menos diez ", "de 9 a 12 ",
    "entre las 3 y las 5 ", "15hs", "10:30", "16.30 ", "5pm", "a.m.", "de la tarde ", "mañana ", "pasado ", "hoy ",
    "lunes ", "el viernes ", "proximo martes ", "el primer viernes de agosto ", "en 3 semanas ", "once ", "cinco y ",
    "treinta y cinco ", "dieciseis ", "doble ", "cincuenta y cinco ", "soy Juan ", "Juan Pérez ", "María De La Cruz ",
    "me llamo ", "a nombre de ", "mi hija ", "D'Angelo ", "x@g.com ", "arroba ", "punto com ", "guion bajo ",
    "todo junto ", "@", "a@", "_", "gmail ", "juan perez arroba ", "pb-", "PB-AB12CD ", "pb ", "corte ", "barba ",
    "cortecito ", "con maria ", "con sofi ", "cortr ", "brba ", "alisdo ", "keratina ", "unas ", "turno ",
    "turno de ", "quierounturno", "holaquierounturno ", "elviernes", "cancelar ", "cancelalo ", "reprogramar ",
    "cambiar ", "donde puse 1 era ", "no ", "no, ", "no puedo ", "perdon ", "mejor ", "digo ", "el viernes no, ",
    "si ", "dale ", "cuanto ", "cuanto sale ", "que hora ", "abren ", "tengo ", "tengo un turno ", "ya me hice ",
    "salgo a las 4 ", "quiero ", "para ", "por ", "que ", "y ", "o ", "de ", "del ", "la ", "el ", "ne", "xd ",
    "jajaja", "aaaa", "ñ", "á", "😀", "¿", "?", "!", ".", ",", ", ", ";", ":", "-", "/", "\n", "\n\n", " ", "  ",
    "... ", "(", ")", "$", "% ", "'", '"', "\u200b", "\u0301", "ﬃ", "quero ", "amanha ", "as 3 ", "tomorrow ",
    "at 3 ", "half past ", "my name is ", "book ",
)  # fmt: skip
"""What texts are made of: whatever a reader may have a rule for, and what lies between."""


@dataclass(frozen=True)
class Trial:
    """A text as it is read."""

    text: str
    asked: str | None = None
    """The slot that the assistant has just asked for."""


@dataclass(frozen=True)
class Priced:
    """A trial and what reading it cost."""

    trial: Trial
    cpu_ms: float


Cost = Callable[[Trial], float]
"""What reading a text costs, in milliseconds of CPU."""


def cost_of(read: Callable[[Trial], object], package: str, again: int = 1) -> Cost:
    """CPU time of the thread while `read` runs, the least of `again` times, each with every `lru_cache` of a package's
    modules emptied before: a text of words that were never seen is what an attacker sends."""
    caches = [one for one in gc.get_objects() if _is_cache_of(one, package)]

    def cost(trial: Trial) -> float:
        taken = []
        for _ in range(again):
            for cache in caches:
                cache.cache_clear()
            began = time.thread_time()
            read(trial)
            taken.append((time.thread_time() - began) * 1000)
        return min(taken)

    return cost


def _is_cache_of(thing: object, package: str) -> bool:
    return isinstance(thing, functools._lru_cache_wrapper) and str(thing.__module__).partition(".")[0] == package


def search(cost: Cost, seed: int, trials: int) -> list[Priced]:
    """So many texts read, the dearest first. What seems dear is measured again, twice at once and the dearest of all
    AGAIN times more in the end: another process beside makes a text look dear that is not."""
    draw = random.Random(seed)
    seen: list[Priced] = []
    best: list[Priced] = []
    for trial in _trials(draw, trials, best):
        priced = Priced(trial, cost(trial))
        if len(best) < KEPT or priced.cpu_ms > best[-1].cpu_ms:
            priced = Priced(trial, min(priced.cpu_ms, cost(trial), cost(trial)))
            best[:] = sorted([*best, priced], key=_dearest)[:KEPT]
        seen.append(priced)
    seen.sort(key=_dearest)
    return sorted((_again(cost, one) if place < SURE else one for place, one in enumerate(seen)), key=_dearest)


def _again(cost: Cost, priced: Priced) -> Priced:
    """A text and the least that reading it cost, now or before."""
    return Priced(priced.trial, min(priced.cpu_ms, *(cost(priced.trial) for _ in range(AGAIN))))


def _trials(draw: random.Random, count: int, best: Sequence[Priced]) -> Iterator[Trial]:
    """Each fragment repeated, then texts made anew and, mostly, from the dearest so far (`best` grows meanwhile)."""
    for fragment in FRAGMENTS[:count]:
        yield Trial(whole(fragment * MOST_BYTES))
    for _ in range(count - len(FRAGMENTS)):
        if draw.random() < STRANGER:
            yield Trial(whole(made_anew(draw)), draw.choice(ASKED))
            continue
        parent = draw.choice(best[: draw.choice((4, KEPT))]).trial
        text, asked = parent.text, parent.asked
        for _ in range(draw.choice((1, 1, 2, 4))):
            other = draw.choice(best).trial.text
            text = draw.choice(CHANGES)(draw, text, other)
        if draw.random() < 0.15:
            asked = draw.choice(ASKED)
        yield Trial(whole(text), asked)


def whole(text: str) -> str:
    """The beginning of a text that Extract still takes."""
    return text.encode("utf-8")[:MOST_BYTES].decode("utf-8", "ignore")


def made_anew(draw: random.Random) -> str:
    """A few fragments, once or over and over."""
    unit = "".join(draw.choices(FRAGMENTS, k=draw.randint(1, 12)))
    return unit * draw.choice((1, 4, MOST_BYTES))


def _spliced(draw: random.Random, text: str, other: str) -> str:
    return text[: draw.randint(0, len(text))] + other[draw.randint(0, len(other)) :]


def _doubled(draw: random.Random, text: str, _other: str) -> str:
    start, end = _span(draw, text)
    return text[:end] + text[start:end] + text[end:]


def _repeated(draw: random.Random, text: str, _other: str) -> str:
    start, end = _span(draw, text, 60)
    return (text[start:end] or text[:1] or "1") * MOST_BYTES


def _inserted(draw: random.Random, text: str, _other: str) -> str:
    at = draw.randint(0, len(text))
    return text[:at] + draw.choice(FRAGMENTS) * draw.choice((1, 1, 3, 30)) + text[at:]


def _removed(draw: random.Random, text: str, _other: str) -> str:
    start, end = _span(draw, text)
    return text[:start] + text[end:]


def _replaced(draw: random.Random, text: str, _other: str) -> str:
    start, end = _span(draw, text, 8)
    return text.replace(text[start:end] or " ", draw.choice(FRAGMENTS))


def _slipped(draw: random.Random, text: str, _other: str) -> str:
    """Every so many letters another one, so that no word is known."""
    every, letters = draw.randint(2, 9), "abcdefghijklmnoprstuvz"
    return "".join(draw.choice(letters) if at % every == 0 and c.isalpha() else c for at, c in enumerate(text))


def _strangers(draw: random.Random, text: str, _other: str) -> str:
    """Words that were never seen, of one length."""
    size, end = draw.randint(2, 24), draw.choice((" ", "1", ", ", " con ", " de "))
    words = ("".join(draw.choices("aeioubcdfglmnprst", k=size)) for _ in range(1 + 600 // size))
    return end.join(words) + draw.choice(("", text))


CHANGES = (_spliced, _doubled, _repeated, _inserted, _removed, _replaced, _slipped, _strangers)
"""How a text becomes another."""


def _span(draw: random.Random, text: str, longest: int = 800) -> tuple[int, int]:
    start = draw.randint(0, len(text))
    return start, min(len(text), start + draw.randint(1, longest))


def _dearest(priced: Priced) -> float:
    return -priced.cpu_ms


@dataclass(frozen=True)
class Figures:
    """What reading some texts costs, in milliseconds of CPU."""

    texts: int
    mean: float
    p50: float
    p99: float
    p99_9: float
    most: float


def figures(costs: Sequence[float]) -> Figures:
    """The figures of at least one cost."""
    ordered = sorted(costs)

    def centile(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)

    mean = round(statistics.fmean(ordered), 3)
    return Figures(len(ordered), mean, centile(0.5), centile(0.99), centile(0.999), round(ordered[-1], 3))


def costs(file: Path, cost: Cost) -> list[float]:
    """The least that reading each text of a file (JSON lines with `text`, and `asked` where a slot was) costs."""
    trials = [Trial(row["text"], row.get("asked")) for row in map(json.loads, file.read_text("utf-8").splitlines())]
    return [min(cost(trial) for _ in range(AGAIN)) for trial in trials]


def report(rows: Mapping[str, Sequence[float]], found: Sequence[Priced]) -> tuple[str, dict[str, object]]:
    """The figures of some costs, of a search's and of all together, with the search's dearest texts: to be shown, and
    as JSON."""
    searched = {**rows, "search": [one.cpu_ms for one in found]}
    shown = {name: figures(row) for name, row in {**searched, "all": list(chain(*searched.values()))}.items()}
    dearest = "".join(f"{one.cpu_ms:.2f} ms, asked {one.trial.asked}: {one.trial.text[:60]!a}\n" for one in found[:10])
    document = {name: asdict(row) for name, row in shown.items()}
    return f"{table(shown)}\n{dearest}", {"figures": document, "dearest": [asdict(one) for one in found[:50]]}


def table(rows: dict[str, Figures]) -> str:
    """The figures as a table of Markdown."""
    names = list(asdict(next(iter(rows.values()))))
    lines = [f"| CPU ms | {' | '.join(names).replace('p99_9', 'p99.9')} |", f"| --- |{' ---: |' * len(names)}"]
    lines += [
        f"| {name} | {' | '.join(f'{value:g}' for value in asdict(row).values())} |" for name, row in rows.items()
    ]
    return "\n".join(lines)
