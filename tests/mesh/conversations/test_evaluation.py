"""`pulpo eval conversations` as people use it: our own scripts pass, and failures are told."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.local.processes import SOURCE
from tests.mesh.tools.harness import ROOT

OWN = Path(__file__).with_name("own.jsonl")


def evaluate(file: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON report."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "eval", "conversations", str(file), "--json", *options],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, report


def test_a_failure_is_told_with_its_transcript_and_a_repeat_is_counted(tmp_path: Path) -> None:
    common = {"reference_time": "2026-03-11T10:00:00-03:00"}
    lines = [
        {"id": "well", "from": "+5491150000001", "turns": ["hola"], "expect": {"booked": []}, **common},
        {"id": "race-a", "from": "+5491150000002", "turns": ["hola"], "race_with": "race-b", "expect": {}, **common},
        {"id": "race-b", "from": "+5491150000003", "turns": ["hola"], "race_with": "race-a", "expect": {}, **common},
        {
            "id": "bad",
            "from": "+5491150000004",
            "turns": ["hola"],
            "expect": {"must_include": {"0": ["xyz"]}},
            **common,
        },
    ]
    file = tmp_path / "few.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    status, report = evaluate(file, "--repeat", "2")
    assert status == 1
    assert (report["conversations"], report["pass_1"], report["pass_2"]) == (4, 0.75, 0.75)
    assert [failure["id"] for failure in report["failures"]] == ["bad"]
    assert "› hola" in report["failures"][0]["transcript"]


@pytest.mark.timeout(900)
def test_our_own_conversations_go_as_written() -> None:
    _, report = evaluate(OWN)
    assert report["conversations"] >= 120
    told = "\n\n".join(
        f"{failure['id']} {failure['problems']}\n{failure['transcript']}" for failure in report["failures"]
    )
    assert report["pass_1"] >= 0.98, told
    assert report["median_messages_per_booking"] <= 3
