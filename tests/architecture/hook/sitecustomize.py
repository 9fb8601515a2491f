"""Records which functions run in this process, and what called them. Python imports this module at its start when the
folder is on PYTHONPATH.

With FUNCTIONS_RUN_DIR set, every call of a Python function whose file is below FUNCTIONS_RUN_OF is noted with the
functions of that folder that are on the stack, up to the event loop. On SIGUSR1 those stacks, since the last signal,
are written to FUNCTIONS_RUN_DIR/PID.json and forgotten: a list of stacks, each a list of `FILE:QUALIFIED NAME`,
outermost first.
Without the variables nothing happens.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from types import CodeType, FrameType
from typing import Any

FOLDER = os.environ.get("FUNCTIONS_RUN_DIR", "")
SOURCE = os.environ.get("FUNCTIONS_RUN_OF", "") + os.sep
EVENT_LOOP = asyncio.Handle._run.__code__
"""What calls each step of a task."""
_stacks: set[tuple[CodeType, ...]] = set()


def _note(frame: FrameType, event: str, _argument: Any) -> None:
    if event != "call" or not frame.f_code.co_filename.startswith(SOURCE) or frame.f_code.co_name == "<module>":
        return
    stack = []
    caller: FrameType | None = frame
    while caller is not None and caller.f_code is not EVENT_LOOP:
        if caller.f_code.co_filename.startswith(SOURCE) and caller.f_code.co_name != "<module>":
            stack.append(caller.f_code)
        caller = caller.f_back
    _stacks.add(tuple(stack))


def _write(_signal: int, _frame: FrameType | None) -> None:
    stacks = list(_stacks)
    _stacks.clear()
    spelt = [[f"{code.co_filename}:{code.co_qualname}" for code in reversed(stack)] for stack in stacks]
    name = f"{FOLDER}/{os.getpid()}.json"
    with open(f"{name}.new", "w", encoding="utf-8") as opened:
        json.dump(spelt, opened)
    os.replace(f"{name}.new", name)


if FOLDER:
    signal.signal(signal.SIGUSR1, _write)
    threading.setprofile(_note)
    sys.setprofile(_note)
