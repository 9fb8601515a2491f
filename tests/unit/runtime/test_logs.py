"""The logs of a service in a test are that test's alone."""

import json
import logging

import pytest
import structlog
from structlog.testing import capture_logs

from runtime.observability.logs import get_logger, set_up_logs
from tests.service_logs import service_logs, unchanged_logs


def test_a_logger_that_a_service_has_used_is_captured_after_it_whoever_else_sets_up_logs_in_between() -> None:
    log = get_logger("probe")
    with service_logs("one") as written:
        log.info("in a service")
    with service_logs("two"):
        pass
    with capture_logs() as lines:
        log.info("in a test")
    (line,) = map(json.loads, written.getvalue().splitlines())
    assert (line["event"], line["service"]) == ("in a service", "one")
    assert [line["event"] for line in lines] == ["in a test"]


def test_logs_that_are_set_up_and_not_undone_fail_the_test() -> None:
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    with pytest.raises(AssertionError, match="service_logs"), unchanged_logs():
        set_up_logs("probe")
    root.handlers = handlers
    root.setLevel(level)
    assert structlog.get_config() == before
