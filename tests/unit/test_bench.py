"""The bench's own parts, without a mesh, and the floor's processes."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.bench import report
from tests.bench.customers import HOURS, booking, customers, script, slot, together
from tests.bench.figures import table
from tests.bench.floor.turns import PROCESSES, TURNS
from tests.bench.processes import bare, cpu_s, memory_mib
from tests.bench.stored import statement
from tests.mesh.tools.harness import ROOT

FLOOR = ROOT / "tests/bench/floor"
FROZEN = "f4abefa794ebaab1"
"""What the floor's files are, so that none is changed unawares: figures of two versions would say nothing together."""
KINDS = (*TURNS, "script, 1 at once", "script, 8 at once")


def test_the_floor_is_what_it_was() -> None:
    whole = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(FLOOR.glob("*.py"))))
    assert whole.hexdigest()[:16] == FROZEN


@pytest.mark.parametrize("kind", TURNS)
async def test_the_floor_answers_each_kind_of_turn(tmp_path: Path, kind: str) -> None:
    async with bare(tmp_path) as floor, customers(floor) as everybody:
        tally = await together(lambda tally: everybody.bare_turn(kind, tally), 3, 1)
        assert (len(tally.taken_ms), tally.failed) == (3, 0)
        assert set(floor.cpu()) == set(PROCESSES)
        assert all(one.ready_s > 0 for one in floor.started.values())
        pids = [one.process.pid for one in floor.started.values()]
        assert all(cpu_s(pid) > 0 and 5 < memory_mib(pid) <= memory_mib(pid, "VmHWM") for pid in pids)
    writes = TURNS[kind].writes
    for file, name, expected in (("edge", "turns", 3), ("broker", "writes", 3 * bool(TURNS[kind].tools)),
                                 ("tools", "appointments", 3 * writes)):  # fmt: skip
        with closing(sqlite3.connect(tmp_path / f"{file}.db")) as database:
            assert database.execute(f"SELECT count(*) FROM {name}").fetchone() == (expected,)


def test_nobody_is_given_an_hour_twice() -> None:
    slots = [slot(number) for number in range(10 * len(HOURS))]
    assert len(set(slots)) == len(slots)
    day, at = slot(20)
    assert f"{day.day}/{day.month}/{day.year} a las {at}" in booking(20)
    assert f"{day.day}/{day.month}/{day.year} a las {at}" in script(20)[3]


def test_a_row_is_multiplied_with_ids_of_its_own() -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE things (id TEXT PRIMARY KEY, kind TEXT)")
        database.execute("INSERT INTO things VALUES ('0123456789ab', 'first')")
        database.execute(statement("things", ["id", "kind"], {"id": 12}, 500))
        rows = database.execute("SELECT id, kind FROM things ORDER BY id").fetchall()
    assert len(rows) == 501
    assert {kind for _, kind in rows} == {"first"}
    assert {len(name) for name, _ in rows} == {12}


def test_figures_are_spelt_by_their_size() -> None:
    assert table(("a", "b"), [("x", 0.123), ("y", 12.34), ("z", 123.4), ("n", 10_000)]).splitlines()[2:] == [
        "| x | 0.12 |", "| y | 12.3 |", "| z | 123 |", "| n | 10,000 |"
    ]  # fmt: skip


def found() -> dict[str, Any]:
    """What a run finds, with figures of nobody."""
    latencies = {"answered": 9, "failed": 0, "refused": 0, "p50": 1.0, "p95": 2.0, "p99": 3.0}
    services = ("gateway", "broker", "agenda", "extractor", "planner", "nlg")
    cost = {"cpu_ms": 6.0, "cpu_ms_of": dict.fromkeys(services, 1.0), "rate": 5.0, **latencies}
    beside = {"floor": cost, "ratio": 1.0}
    step = {"offered": 10.0, "throughput": 9.0, "goodput": 8.0, **latencies}
    rates = {"steps": [step], "saturation": 8.0, "overload": {**step, "of_the_peak": 0.9}, "rest_s": 30}
    size = {
        "database": "sqlite",
        "workspaces": 1,
        "conversations": 1_000,
        "start_s": 2.0,
        "start_of": {name: {"ready_s": 1.5, "cpu_s": 1.0} for name in services},
        "memory_mib": dict.fromkeys(services, 100),
        **dict.fromkeys(TURNS, cost),
    }
    return {
        "machine": {**report.machine(["--full", "--json", "some/file"]), "load_at_the_end": 1.0},
        "turns": {
            "turns": {kind: {"mesh": cost, **(beside if kind in TURNS else {})} for kind in KINDS},
            "idle_cpu_percent": dict.fromkeys(services, 0.1),
            "memory": {name: {"mib": 100, "most_mib": 110} for name in services},
            "stages_ms": {"extract": {"p50": 1.0, "p95": 2.0}},
        },
        "arrivals": {"sqlite": {**rates, "quiet_before": latencies, "quiet_after": latencies}},
        "sizes": {"sizes": [size, {**size, "workspaces": 10_000, "not_started_in_s": 60.0}]},
    }


def test_a_page_has_every_table_and_plot_and_what_was_run(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    report.write(page, json.loads(json.dumps(found())))
    said = page.read_text(encoding="utf-8")
    assert '`make bench ARGS="--full"`' in said
    assert "not in 60 s" in said
    plots = sorted((tmp_path / "performance").glob("*.svg"))
    assert len(plots) == 6
    assert all(f"(performance/{plot.name})" in said for plot in plots)


def test_the_same_figures_draw_the_same_plots(tmp_path: Path) -> None:
    for name in ("one", "other"):
        report.write(tmp_path / f"{name}.md", found())
    for plot in (tmp_path / "one").iterdir():
        assert plot.read_bytes() == (tmp_path / "other" / plot.name).read_bytes()


def test_a_page_says_what_was_not_measured(tmp_path: Path) -> None:
    part = found()
    del part["arrivals"], part["sizes"]
    report.write(tmp_path / "performance.md", part)
    assert (tmp_path / "performance.md").read_text(encoding="utf-8").count("Not measured in this run.") == 2
