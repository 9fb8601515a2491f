"""One world for the scenarios of a module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.scene import Scene, scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A world for all scenarios of a module. What they did is judged by the checker when they are over."""
    async with scene(tmp_path_factory.mktemp("faults")) as ready:
        yield ready
        assert await ready.violations() == []
