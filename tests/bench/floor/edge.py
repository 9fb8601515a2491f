"""`python -m tests.bench.floor.edge PORT FILE TARGET…`: the floor's edge. FROZEN (see turns)."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.floor.rows import Rows, claim, finish
from tests.bench.floor.turns import STAGES, TURNS

PATH = "/inbound"
METHOD = "/floor.Stage/Call"
BY_TEXT = {turn.text: (name, turn) for name, turn in TURNS.items()}


def application(file: Path, targets: list[str]) -> Starlette:
    """Takes one form, calls each stage once, and stores before and after."""
    rows = Rows(file)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        channels = [grpc.aio.insecure_channel(target) for target in targets]
        app.state.calls = [channel.unary_unary(METHOD, None, None) for channel in channels]
        yield
        for channel in channels:
            await channel.close(None)

    async def inbound(request: Request) -> Response:
        form = await request.form()
        who, message, text = (str(form[name]) for name in ("From", "MessageSid", "Body"))
        name, turn = BY_TEXT[text]
        await rows.run(claim, who, message)
        for call, size in zip(request.app.state.calls, turn.stages, strict=True):
            await call(f"{name} {who} {message} ".encode().ljust(size.asked, b"."), timeout=5)
        await rows.run(finish, who, message)
        return Response(f"<Response><Message>{'x' * turn.reply}</Message></Response>", media_type="application/xml")

    return Starlette(routes=[Route(PATH, inbound, methods=["POST"])], lifespan=lifespan)


def main() -> None:
    """Serves."""
    port, file, *targets = sys.argv[1:]
    assert len(targets) == len(STAGES)
    uvicorn.run(
        application(Path(file), targets),
        host="127.0.0.1",
        port=int(port),
        http="h11",
        loop="asyncio",
        ws="none",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
