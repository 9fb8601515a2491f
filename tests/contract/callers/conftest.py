"""One mesh for the tests of callers, and who calls it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from runtime.rpc.callers import CallersFile, Registered, new_token, sum_of
from tests.one_process import OneProcess, one_process

SALON = "estudio-pulpo"
READS = ("ListWorkspaces", "GetCatalogue", "FindFreeTimes", "ListAppointments")
TOKENS = {name: new_token(name) for name in ("web", "desk", "reader")}
CALLERS = (
    Registered(
        name="web",
        tokens=(sum_of(TOKENS["web"]),),
        may=(*READS, "Book", "Change", "Cancel", "RunTurn", "SendMessage", "Extract", "Plan"),
        workspaces=(SALON,),
        channels=("web:",),
        calls_per_minute=10_000,
        writes_per_minute=10_000,
    ),
    Registered(
        name="desk",
        tokens=(sum_of(TOKENS["desk"]),),
        may=("ListAppointments", "Cancel", "SendMessage", "RunTurn"),
        workspaces=("*",),
        acts_for_customers=True,
    ),
    Registered(name="reader", tokens=(sum_of(TOKENS["reader"]),), may=READS, workspaces=("*",)),
)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def mesh(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OneProcess]:
    folder = tmp_path_factory.mktemp("mesh")
    (folder / "callers.json").write_text(CallersFile(callers=CALLERS).model_dump_json())
    async with one_process(folder) as running:
        yield running
