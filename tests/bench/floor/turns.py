"""The floor: what a turn costs when nothing is done in it but the travelling and the storing.

FROZEN. Other figures are given as a multiple of this one, so nothing here follows the services when they change: which
calls there are and how large, what is stored, and which libraries in which mode were fixed when this was written (issue
17). A better design of the mesh lowers the multiple, never the floor. Six bare processes:

- an edge: Starlette on uvicorn (h11, asyncio's loop) takes a form as Twilio sends it and answers TwiML;
- four gRPC servers with generic handlers that answer bytes of the real messages' sizes, each called once a turn;
- a tool server: MCP over HTTP, a tool that returns at once, called once for each tool that the turn needs;
- SQLite: two transactions of the edge, one of the broker where there are tools, one of the tool server where it
  writes, each one hop to a thread of the database.
"""

from dataclasses import dataclass

STAGES = ("extractor", "planner", "broker", "nlg")
"""What the edge calls, in this order."""
PROCESSES = ("edge", *STAGES, "tools")
"""Every process of the floor."""


@dataclass(frozen=True)
class Size:
    """Bytes of a request and of its answer."""

    asked: int
    answered: int


@dataclass(frozen=True)
class Turn:
    """One kind of turn, as measured of the mesh: the largest request and answer of each stage."""

    text: str
    """What the customer writes."""
    stages: tuple[Size, Size, Size, Size]
    """Of STAGES."""
    tools: tuple[Size, ...]
    """Of each tool that is called."""
    writes: bool
    """Whether the last of them writes."""
    reply: int
    """Bytes of what is answered."""


TURNS = {
    "greeting": Turn("hola", (Size(108, 46), Size(116, 15), Size(191, 152), Size(126, 151)), (), False, 138),
    "price": Turn(
        "cuánto sale un corte?",
        (Size(126, 111), Size(1116, 74), Size(199, 975), Size(1134, 40)),
        (Size(463, 2435),),
        False,
        32,
    ),
    "booking": Turn(
        "Reservar barba el 12/3/2026 a las 10:00, soy Ana Paz ana@test.com",
        (Size(169, 202), Size(1208, 202), Size(376, 516), Size(1312, 116)),
        (Size(453, 448), Size(540, 650), Size(708, 881)),
        True,
        107,
    ),
}
"""By name; a message is recognised by its text."""
