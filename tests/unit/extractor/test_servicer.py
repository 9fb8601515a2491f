"""The gRPC face, called directly."""

import pytest

from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.servicer import ExtractorServicer
from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2 as pb
from runtime.errors import Kind, PulpoError
from tests.unit.extractor.scoring import workspace
from workspace.model import Workspace
from workspace.registry import Registry

REGISTRY = Registry([workspace(), workspace("veterinaria-cordillera")])
SERVICER = ExtractorServicer(REGISTRY)


def request(text: str, **changes: str) -> pb.ExtractRequest:
    context = turn_pb2.TurnContext(
        **{"workspace_id": "estudio-pulpo", "conversation_id": "c1", "turn_id": "t1"} | changes  # type: ignore[arg-type]
    )
    context.received_at.FromJsonString("2026-03-11T13:00:00Z")
    return pb.ExtractRequest(context=context, text=text)


async def extract(asked: pb.ExtractRequest, servicer: ExtractorServicer = SERVICER) -> pb.ExtractResponse:
    return await servicer.Extract(asked, None)  # type: ignore[arg-type]


async def test_a_message_is_read() -> None:
    answer = await extract(request("quiero un corte mañana a las 3, con carlos no"))
    assert answer.intent == turn_pb2.INTENT_BOOK
    assert answer.slots == turn_pb2.Slots(
        service_type="Corte de Cabello", preferred_date="2026-03-12", preferred_time="15:00"
    )
    assert list(answer.removed_slots) == ["staff_name"]
    assert 0.5 < answer.confidence <= 1
    assert answer.model
    assert answer.language == "es"
    assert answer.source in (pb.SOURCE_CPU, pb.SOURCE_RULES)


async def test_context_reaches_the_reader() -> None:
    asked = request("3")
    asked.asked_slot, asked.active_intent = "preferred_time", turn_pb2.INTENT_BOOK
    answer = await extract(asked)
    assert answer.slots.preferred_time == "15:00"
    assert answer.intent == turn_pb2.INTENT_BOOK


async def test_topic_polarity_and_part_of_day_are_passed_on() -> None:
    asked = request("no, dejá")
    asked.active_intent = turn_pb2.INTENT_BOOK
    answer = await extract(asked)
    assert (answer.topic, answer.polarity) == (turn_pb2.TOPIC_ABANDON, turn_pb2.POLARITY_DENY)
    assert (await extract(request("turno mañana a la tarde"))).part_of_day == turn_pb2.PART_OF_DAY_AFTERNOON


@pytest.mark.parametrize("lacking", ["workspace_id", "conversation_id", "turn_id"])
async def test_an_incomplete_context_is_refused(lacking: str) -> None:
    with pytest.raises(PulpoError) as raised:
        await extract(request("hola", **{lacking: ""}))
    assert raised.value.kind is Kind.INVALID_ARGUMENT
    assert lacking in raised.value.message


async def test_a_missing_or_absurd_time_is_refused() -> None:
    bare = request("hola")
    bare.context.ClearField("received_at")
    absurd = request("hola")
    absurd.context.received_at.seconds = 200_000_000_000
    for asked in (bare, absurd):
        with pytest.raises(PulpoError) as raised:
            await extract(asked)
        assert raised.value.kind is Kind.INVALID_ARGUMENT


async def test_text_may_have_4096_bytes_and_no_more() -> None:
    await extract(request("ñ" * 2048))
    with pytest.raises(PulpoError) as raised:
        await extract(request("ñ" * 2048 + "a"))
    assert raised.value.reason == "TEXT_TOO_LONG"


async def test_an_unknown_workspace_is_not_found() -> None:
    with pytest.raises(PulpoError) as raised:
        await extract(request("hola", workspace_id="nadie"))
    assert raised.value.kind is Kind.NOT_FOUND


async def test_a_slot_that_breaks_the_contract_never_leaves() -> None:
    class Careless(Reader):
        """Names a service that does not exist."""

        def __init__(self, workspace: Workspace) -> None:
            super().__init__(workspace, rules_only=True)

        def read(self, message: MessageInContext) -> Reading:
            return Reading("book", {"service_type": "Nada", "preferred_time": "15:00"}, confidence=0.9)

    answer = await extract(request("hola"), ExtractorServicer(REGISTRY, Careless))
    assert not answer.slots.HasField("service_type")
    assert answer.slots.preferred_time == "15:00"


async def test_every_topic_intent_and_part_has_its_name_in_the_contract() -> None:
    for topic in ("human", "address", "payment", "my_appointment", "promotions", "packages", "duration", "staff",
    "thanks",
                  "goodbye", "complaint", "late", "media", "not_offered", "abandon"):  # fmt: skip
        assert turn_pb2.Topic.Value(f"TOPIC_{topic.upper()}")
