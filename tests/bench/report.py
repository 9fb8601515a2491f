"""The page of a run: docs/performance.md and, in a folder beside it, its plots."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import arrivals, plots, sizes, turns
from tests.bench.figures import Document

BUSY = " So other work was in the way: CPU holds nearly, latencies, rates and seconds do not."
FILES = {"--json", "--report"}
"""Arguments that name a file of this machine."""
PAGE = """# Performance

Made by `make bench`; nothing here is written by hand. Figures are one machine's: compare those of one run.

{machine}
The mesh logs warnings only and waits for no further messages of a customer (`PULPO_GATEWAY_JOIN_WAIT_S=0`); whoever
writes to it is on the same cores.

## What a message costs

CPU of the services' processes for one message, the client's not in it, and as a multiple of the floor's: six bare
processes (`tests/bench/floor`) that take the same form, make four gRPC calls with empty handlers and messages of the
real sizes, one MCP call for each tool, and the transactions that a turn needs at least. The floor is frozen: a better
mesh lowers the multiple, never the floor. Stages are the gateway's own record: milliseconds that passed, calls
included.

{turns}

## Customers who come at a rate

Greetings, prices and bookings in turn, by people who do not wait for one another. Latencies count from when a message
was meant to be sent. Goodput are good answers in the 15 s that Twilio waits, throughput all answers.

{arrivals}

## Sizes

One customer at a time. Services are started all at once, cold; a service's seconds are from then until it says that it
is ready, beside the others.

{sizes}
"""


def machine(arguments: list[str]) -> Document:
    """Where and how a run was made, but for the files that it writes."""
    said = [one for before, one in zip(["", *arguments], arguments, strict=False) if not {before, one} & FILES]
    return {
        "command": " ".join(("make bench", *([f'ARGS="{" ".join(said)}"'] if said else []))),
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_at_the_start": load(),
    }


def load() -> float:
    """Processes that want a core, on average of a minute."""
    return round(os.getloadavg()[0], 1)


def write(page: Path, found: Document) -> None:
    """Writes the page of a run, of those parts that it has, and its plots."""
    folder = page.with_suffix("")
    page.parent.mkdir(parents=True, exist_ok=True)
    drawn = plots.draw(folder, found)
    what = found["machine"]
    busy = what["load_at_the_start"] > what["cores"] / 2
    said = (
        f"`{what['command']}` printed this on {what['at'][:10]}, on {what['cores']} cores with Python {what['python']};"
        f" {what['load_at_the_start']:g} processes wanted a core when it began and {what['load_at_the_end']:g} when it"
        " ended, its own among these."
    ) + (BUSY if busy else "")
    texts = {
        part.__name__.rpartition(".")[2]: "\n\n".join((part.text(found[name]), *_images(drawn.get(name, ()), page)))
        for name, part in (("turns", turns), ("arrivals", arrivals), ("sizes", sizes))
        if name in found
    }
    missing = dict.fromkeys(("turns", "arrivals", "sizes"), "Not measured in this run.")
    page.write_text(PAGE.format(machine=said, **{**missing, **texts}), encoding="utf-8")


def _images(files: Iterable[Path], page: Path) -> Iterable[str]:
    return (f"![{file.stem.replace('-', ' ')}]({file.relative_to(page.parent).as_posix()})" for file in files)
