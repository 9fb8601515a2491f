"""One world for all scenarios."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.lab.scene import Scene, scene


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A world for all scenarios. What they did is judged by the checker when they are over."""
    async with scene(tmp_path_factory.mktemp("faults")) as ready:
        yield ready
        assert await ready.violations() == []
