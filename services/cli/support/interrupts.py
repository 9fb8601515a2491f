"""What Ctrl-C does while the command line is still loading modules."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ctrl_c_ends_quietly() -> Iterator[None]:
    """Within it Ctrl-C ends the process at once, without a traceback. For the main thread only."""
    usual = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
