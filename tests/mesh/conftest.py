"""Fixtures of the mesh tests."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.mesh.tools.harness import PATIENT, Mesh, running_mesh


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """One mesh for all tests that leave it as they found it."""
    with running_mesh(tmp_path_factory.mktemp("mesh"), **PATIENT) as running:
        yield running


_numbers = itertools.count(10_000_000)


@pytest.fixture
def new_customer() -> Callable[[], str]:
    """Gives phones that nobody used before."""
    return lambda: f"+54911{next(_numbers)}"


@pytest.fixture
def customer(new_customer: Callable[[], str]) -> str:
    """A phone that nobody used before."""
    return new_customer()
