"""The logs of a service in a test, as its process writes them."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

import structlog

from runtime.observability.logs import set_up_logs

LEFT_BEHIND = "the test leaves structlog configured otherwise than it was: tests.service_logs.service_logs undoes it"


@contextmanager
def service_logs(service: str) -> Iterator[io.StringIO]:
    """Logs as the service does, into what it yields, until the block ends.

    A logger keeps the configuration that it is first used with, which `capture_logs` of a later test would not reach:
    here it looks at the configuration at each call.
    """
    root, before, written = logging.getLogger(), structlog.get_config(), io.StringIO()
    handlers, level = root.handlers, root.level
    try:
        with redirect_stdout(written):
            set_up_logs(service)
        structlog.configure(cache_logger_on_first_use=False)
        yield written
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.configure(**before)


@contextmanager
def unchanged_logs() -> Iterator[None]:
    """Fails when the block leaves structlog configured otherwise than it was, and undoes that."""
    before = structlog.get_config()
    try:
        yield
    finally:
        after = structlog.get_config()
        structlog.configure(**before)
    assert after == before, LEFT_BEHIND
