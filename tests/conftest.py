"""Databases for every test that asks for one, and no clock over properties: how long an example takes is the
machine's affair."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from runtime.database import sqlite_url
from tests import databases

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


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


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; tests that take it run on each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path, "test")
    url: str = request.getfixturevalue("postgres_url")
    return url
