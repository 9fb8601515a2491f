"""Databases for every test that asks for one, how properties are tried, and which processes coverage measures.

Profiles of Hypothesis, here and nowhere else: `fixed`, the usual one, tries the same examples at every run, so that a
run that is green is green again; `explore` tries others, drawn from a seed that is printed. Neither has a clock: how
long an example takes is the machine's affair.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from runtime.data.database import sqlite_url
from tests import databases, poolers
from tests.service_logs import unchanged_logs

_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("fixed", _UNTIMED, derandomize=True)
settings.register_profile("explore", _UNTIMED, derandomize=False, max_examples=1_000)
settings.load_profile("fixed")

# By itself structlog draws an exception with the variables of all its frames: half a second of CPU, in the loop that
# serves the test's other calls.
_PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _PLAIN])


def pytest_configure(config: pytest.Config) -> None:
    """Keeps coverage out of the processes that tests start: under it a service's start costs twice as much."""
    is_worker, has_workers = hasattr(config, "workerinput"), config.getoption("numprocesses", None)
    if is_worker or not has_workers:
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Keeps coverage out of properties, too: hundreds of examples that run the same lines, each three times as long."""
    coverage = sys.modules.get("coverage") if item.get_closest_marker("hypothesis") else None
    measuring = coverage.Coverage.current() if coverage else None
    if measuring is None:
        return (yield)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Fails a test that would change what those after it log."""
    with unchanged_logs():
        yield


@pytest.fixture(autouse=True, scope="module")
def _rubbish_is_its_own() -> Iterator[None]:
    """Collects what a module's tests left, so that a socket nobody closed fails there and not in a later module."""
    yield
    gc.collect()


def pytest_report_header(config: pytest.Config) -> str:
    """Says which examples properties are tried with."""
    seed = config.getoption("hypothesis_seed", None)
    if settings.get_current_profile_name() == "fixed":
        return "properties: the fixed examples of each"
    return f"properties: examples of seed {seed}; again with SEED={seed}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The one PostgreSQL server of a test run."""
    found = databases.programs()
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(databases.NOT_FOUND)
    with databases.server(found) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with databases.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def pooler(postgres_server: str) -> Iterator[poolers.Pooler]:
    """The one PgBouncer of a test run, in transaction mode, before the one PostgreSQL server."""
    if poolers.program() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(poolers.NOT_FOUND)
    with poolers.pooler(postgres_server) as running:
        yield running


@pytest.fixture
def pooled_url(postgres_url: str, pooler: poolers.Pooler) -> str:
    """An empty PostgreSQL database by way of the pooler."""
    return pooler.url(postgres_url)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What takes a database runs on each kind; what is marked `pooler` behind a pooler as well."""
    if "database_url" in metafunc.fixturenames:
        pooled = metafunc.definition.get_closest_marker("pooler") is not None
        metafunc.parametrize("database_url", ["sqlite", "postgres", *(["pooler"] if pooled else [])], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; tests that take it run on each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path, "test")
    url: str = request.getfixturevalue("postgres_url" if request.param == "postgres" else "pooled_url")
    return url
