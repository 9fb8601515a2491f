"""`pulpo eval live` as people use it: customers played against real processes, with faults and without."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli.evaluation.live.delivery import fault_of
from cli.local.processes import SOURCE
from tests.mesh.tools.harness import ROOT

ANA = {"name": "Ana Ruiz", "email": "ana@ruiz.com"}
COMMON: dict[str, Any] = {
    "workspace": "estudio-pulpo",
    "variety": "es-AR",
    "reference_time": "2026-03-11T10:00:00-03:00",
}
SHAVE = {"service": "Barba", "staff": "Carlos", "day": "2026-03-12"}
BOOKS = {
    **COMMON,
    "id": "books",
    "from": "+5491150000001",
    "goal": {"kind": "book", "rows": [{**SHAVE, "not_before": "16:00", **ANA}]},
    "knows": {"service": "barba", "day": "mañana", "time": "a las 16", **ANA},
    "script": {"opening": ["turno para {service} {day} {time}, soy {name}, {email}"]},
    "busy": [{**SHAVE, "from": "14:00", "to": "17:00"}],
}
"""Wants what is taken, and takes what is offered instead."""
FAILS = {
    **COMMON,
    "id": "fails",
    "from": "+5491150000002",
    "persona": {"patience": 3},
    "goal": {
        "kind": "none",
        "existing": [{"ref": "a", **SHAVE, "time": "10:00", **ANA}],
        "rows": "unchanged",
        "must_say": ["xyzzy"],
    },
    "script": {"opening": ["¿qué turno tengo?"]},
}
"""Waits for what is never said."""


def play(folder: Path, *options: str, **tasks: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON report."""
    file = folder / "tasks.jsonl"
    file.write_text("\n".join(json.dumps(task) for task in tasks.values()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "eval", "live", str(file), "--json", *options],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, report


def test_two_customers_are_played_and_judged_by_their_rows(tmp_path: Path) -> None:
    status, report = play(tmp_path, "--min-reached", "0.6", books=BOOKS, fails=FAILS)
    (failure,) = report["failures"]
    assert (status, report["reached"], report["clean"]) == (1, 0.5, 0.5), report
    assert report["median_messages_to_booking"] == 2
    assert (failure["id"], failure["problems"][0]) == ("fails", "never said: xyzzy")
    assert "Barba" in failure["transcript"]
    assert (report["untrue"], report["untold"], report["wrong_writes"]) == (0, 0, 0)


def test_a_booking_is_one_though_its_message_comes_twice_after_a_service_was_killed(tmp_path: Path) -> None:
    seed = next(seed for seed in range(1000) if _is_hard(seed))
    status, report = play(tmp_path, "--faults", books={**BOOKS, "seed": seed})
    assert (status, report["reached"], report["untrue"]) == (0, 1.0, 0), report


def _is_hard(seed: int) -> bool:
    """Whether the planner is killed before the first message, and the second one is delivered twice."""
    first, second = (fault_of(seed, "books", number) for number in range(2))
    return first.victim == "planner" and not first.under and not second.victim and second.twice
