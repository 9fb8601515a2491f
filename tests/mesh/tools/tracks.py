"""Conversations that go on while the share changes, and what must hold of their tracks: for every test that
rolls out. A mesh is written to by webhooks; tracks are read from the gateway's database."""

import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

from gateway.domain.message import conversation_id
from gateway.tracks.track import BUCKETS, bucket_of
from tests.mesh.tools.harness import Mesh, until

SALON_ID = "estudio-pulpo"


@dataclass
class Conversations:
    """Customers who write again and again, and the track of every turn, in order."""

    mesh: Mesh
    customers: Sequence[str]
    at_once: int = 16
    written: int = 0
    """Messages that were answered."""

    def round(self, midway: Callable[[], None] | None = None, text: str = "hola") -> None:
        """One message of everybody; `midway` happens when half of them are answered, while others are written."""
        answered, half, reached = 0, len(self.customers) // 2, threading.Event()
        lock = threading.Lock()

        def write(customer: str) -> None:
            nonlocal answered
            self.mesh.say(customer, text)
            with lock:
                self.written += 1
                answered += 1
                if answered >= half:
                    reached.set()

        with futures.ThreadPoolExecutor(self.at_once) as pool:
            written = [pool.submit(write, customer) for customer in self.customers]
            while midway and not reached.wait(0.1):
                if any(each.done() and each.exception() for each in written):
                    break
            if midway and reached.is_set():
                midway()
            for each in written:
                each.result()

    def tracks(self) -> dict[str, list[str]]:
        """The tracks of all turns of each customer, in the order they wrote. A reply may come before its turn
        is stored: an apology that a slow machine owed its customer."""
        query = (
            "SELECT inbox.address, turns.track FROM inbox JOIN turns ON turns.workspace_id = inbox.workspace_id"
            " AND turns.turn_id = inbox.turn_id WHERE inbox.workspace_id = ? ORDER BY inbox.seq"
        )
        until(lambda: len(self.mesh.rows("gateway", query, SALON_ID)) >= self.written, "every turn is stored", 120)
        found: dict[str, list[str]] = {customer: [] for customer in self.customers}
        for row in self.mesh.rows("gateway", query, SALON_ID):
            found.setdefault(str(row["address"]).removeprefix("whatsapp:"), []).append(str(row["track"]))
        return found


def bucket(customer: str) -> int:
    """A customer's place, 0 to 9999."""
    return bucket_of(SALON_ID, conversation_id(SALON_ID, f"whatsapp:{customer}"))


def moved_wrongly(tracks: Mapping[str, Sequence[str]], largest_percent: int) -> list[str]:
    """Customers whose track changed otherwise than by a share that grows to the largest and then goes back to
    nothing: to slm once, and only of the largest share; back once."""
    wrong = []
    for customer, taken in tracks.items():
        one_way = re.fullmatch(r"l*s*l*", "".join(track[0] for track in taken))
        belongs = bucket(customer) < largest_percent * BUCKETS // 100
        if not one_way or ("slm" in taken) != belongs:
            wrong.append(customer)
    return wrong


def interval(count: int, share: float, outside: float = 0.01) -> tuple[int, int]:
    """Between how many of so many lie with all but the probability `outside`, when each is in with `share`."""
    chances = [
        math.comb(count, number) * share**number * (1 - share) ** (count - number) for number in range(count + 1)
    ]
    low = next(number for number in range(count + 1) if sum(chances[: number + 1]) > outside / 2)
    high = next(number for number in range(count, -1, -1) if sum(chances[number:]) > outside / 2)
    return low, high


def shown_share(mesh: Mesh) -> int:
    """The share of the slm track that the gateway's metrics show, in per cent."""
    text = mesh.metrics("gateway")
    found = re.search(r'^pulpo_track_share\{track="slm"\} (\S+)$', text, re.MULTILINE)
    assert found
    return round(float(found[1]) * 100)


class TrackRouter(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # only its stubs take any
    """Stands where Envoy does: passes a service's calls on to the server of their track."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}
        """host:port of each track; calls without a track go to legacy."""
        self.port = 0
        self._channels: dict[str, grpc.Channel] = {}

    @contextmanager
    def up(self) -> Iterator["TrackRouter"]:
        """Serves until the block ends."""
        server = grpc.server(futures.ThreadPoolExecutor(32), handlers=[self])
        self.port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield self
        finally:
            server.stop(0).wait()
            for channel in self._channels.values():
                channel.close()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """Forwards any unary call, as bytes."""
        method, metadata = handler_call_details.method, handler_call_details.invocation_metadata
        track = "slm" if dict(metadata or ()).get("x-pulpo-track") == "slm" else "legacy"

        def forward(request: bytes, context: grpc.ServicerContext) -> bytes:
            target = self.targets.get(track) or self.targets["legacy"]
            channel = self._channels.setdefault(target, grpc.insecure_channel(target))
            call = channel.unary_unary(method, lambda sent: sent, lambda got: got)
            passed = tuple((key, value) for key, value in metadata or () if key.startswith("x-pulpo-"))
            try:
                return bytes(call(request, timeout=context.time_remaining(), metadata=passed))
            except grpc.RpcError as error:
                context.abort(error.code(), "the track's server gave no answer")
                raise

        return grpc.unary_unary_rpc_method_handler(forward)
