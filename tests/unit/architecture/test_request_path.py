"""Which functions ran, as `make path` finds out."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.architecture.request_path import HOOK, common, ran_of, report, without_idle

PROGRAM = """
import asyncio, threading
def before(): pass
def main(): inner()
def inner(): sorted([1], key=lambda each: each)
def on_a_thread(): pass
async def task():
    await asyncio.sleep(0)
    step()
def step(): pass
before()
print("ready", flush=True)
input()
main()
thread = threading.Thread(target=on_a_thread)
thread.start()
thread.join()
def run(): asyncio.run(task())
run()
print("done", flush=True)
input()
"""


def test_a_signal_writes_what_ran_since_the_last_one(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(HOOK),
        "FUNCTIONS_RUN_DIR": str(tmp_path),
        "FUNCTIONS_RUN_OF": str(tmp_path),
    }
    with subprocess.Popen(
        [sys.executable, str(program)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        file = tmp_path / f"{process.pid}.json"
        ran = []
        for said in ("ready", "done"):
            assert process.stdout.readline() == f"{said}\n"
            process.send_signal(signal.SIGUSR1)
            while not file.exists():
                assert process.poll() is None
            stacks = json.loads(file.read_text(encoding="utf-8"))
            ran.append({tuple(name.removeprefix(f"{program}:") for name in stack) for stack in stacks})
            file.unlink()
            process.stdin.write("\n")
            process.stdin.flush()
    assert ran[0] == {("before",)}
    assert ran[1] == {
        ("main",),
        ("main", "inner"),
        ("main", "inner", "inner.<locals>.<lambda>"),
        ("on_a_thread",),
        ("run",),
        ("task",),
        ("task", "step"),
    }


def test_a_task_that_does_only_what_it_does_while_nobody_writes_does_not_count() -> None:
    timer = {("t.py:tick",), ("t.py:tick", "store.py:ready")}
    call, health = {("rpc.py:guard",), ("rpc.py:guard", "nlg.py:Compose")}, {("rpc.py:guard",)}
    found = set(without_idle(timer | call, timer | health))
    assert found == call


def test_counted_are_files_that_are_not_generated() -> None:
    stacks = [("nlg/servicer.py:a",), ("nlg/servicer.py:a", "nlg/servicer.py:b"), ("pulpo/nlg/v1/nlg_pb2.py:c",)]
    assert ran_of(stacks) == {"nlg/servicer.py": {"a", "b"}}


def test_what_does_not_run_each_time_does_not_count() -> None:
    each_time = {"gateway/a.py": {"f", "g"}, "gateway/b.py": {"h"}}
    assert common([{**each_time, "gateway/timer.py": {"tick"}}, each_time]) == each_time
    assert common([{"gateway/a.py": {"f", "tick"}}, {"gateway/a.py": {"f"}}]) == {"gateway/a.py": {"f"}}


def test_the_report_counts_a_file_once_and_says_what_is_over_its_target() -> None:
    message = {f"gateway/{number}.py": {"f"} for number in range(13)}
    *_, in_gateway, in_all = report(message, {"nlg/a.py": {"f"}, "runtime/b.py": {"f"}})
    assert in_gateway == "files of the gateway for one message: 13, target 12, over"
    assert in_all == "files in all for one booking: 2, target 45"
