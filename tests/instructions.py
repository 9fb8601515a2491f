"""Counts the instructions of Python's interpreter that a piece of work takes, in every thread of the process.

A count is the same on a busy machine and on a quiet one, which no time is. What C does inside one instruction (SQLite,
regular expressions, protobuf) is not in it. Threads that were begun before the counter was are not seen, but the one
that it was made in.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Counter:
    """Counts between `reset` and `read` of `count`, while it is installed."""

    def __init__(self) -> None:
        self.count = 0
        self.counts = False

    def _called(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        if not self.counts:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._stepped

    def _stepped(self, _frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "opcode":
            self.count += self.counts
        return self._stepped

    @contextmanager
    def installed(self) -> Iterator["Counter"]:
        """Sees this thread and those that begin meanwhile; whoever traced before goes on afterwards."""
        before, before_threads = sys.gettrace(), threading.gettrace()
        threading.settrace(self._called)
        sys.settrace(self._called)
        try:
            yield self
        finally:
            sys.settrace(before)
            threading.settrace(before_threads)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Counts anew for a while."""
        self.count, self.counts = 0, True
        try:
            yield
        finally:
            self.counts = False
