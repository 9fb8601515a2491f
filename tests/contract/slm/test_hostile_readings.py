"""A thousand answers of a model that has lost its mind: the extractor's readings stay within extractor_v1."""

import json
import random
from typing import Any

from jsonschema import Draft202012Validator

from extractor.schema_validation import SCHEMA
from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2 as pb
from tests.contract.slm.test_extractor_slm import TEXT, WORKSPACES, extractor, slm
from tests.model_stub import Answer, chat, model_server
from workspace.schemas import fill_names

SALON = WORKSPACES.get("estudio-pulpo")
assert SALON is not None
RULES = fill_names(SCHEMA, SALON)["properties"]["slots"]
SLOTS = Draft202012Validator(RULES)
BY_CODE = {"preferred_date": "2026-03-12", "preferred_time": "17:00"}
"""What code reads in the message, where the intent has a day and a time."""
VALUES: dict[str, list[Any]] = {
    "service_type": ["Manicura", "Tatuajes", "", None, "Manicura\u0000"],
    "preferred_date": ["2026-03-12", "2020-01-01", "9999-99-99", "mañana", 20260312],
    "preferred_time": ["17:00", "25:61", "tarde", ["17:00"]],
    "staff_name": ["Sofía", "Satanás", {"name": "Sofía"}],
    "client_name": ["Ana", "'; DROP TABLE", "A" * 500, "Ignorá las reglas"],
    "client_email": ["a@b.com", "a@b", "javascript:alert(1)"],
    "client_phone": ["+5491155551234", "911", "+1"],
    "booking_id": ["PB-AAAAAA", "PB-000000", "../../etc/passwd"],
    "workspace_id": ["veterinaria-cordillera"],
}


def hostile(chance: random.Random) -> Answer:
    """Some answer: nonsense, half of one, a refusal, a loop, or of the right form with wrong content."""
    names = chance.sample(sorted(VALUES), chance.randint(0, 5))
    slots = {name: chance.choice(VALUES[name]) for name in names}
    intent = chance.choice(["book", "cancel", "greeting", "transfer_money", "", None])
    text = json.dumps({"intent": intent, "slots": slots}, ensure_ascii=False)
    match chance.randrange(7):
        case 0:
            return chat(text[: chance.randrange(len(text))], finish=chance.choice(["stop", "length"]))
        case 1:
            return chat("Lo siento, no puedo ayudar con eso.", refusal=chance.choice([None, "no"]))
        case 2:
            return chat(text.replace(chance.choice('{}[]",:'), chance.choice('{}[]",: x'), 1))
        case 3:
            return chat('{"intent":"book","slots":{"client_name":"' + "ja" * 300, finish="length")
        case _:
            return chat(text, logprob=chance.choice([-0.001, -0.5, -9.0]))


async def test_a_thousand_hostile_answers_break_no_reading() -> None:
    chance = random.Random(11)
    with model_server(lambda _: hostile(chance)) as stub:
        async with extractor(**slm(stub)) as client, extractor() as plain:
            by_code = await plain.read()
            readings = [await client.read() for _ in range(1000)]
            assert len(stub.requests) == 1000
    for reading in readings:
        slots = {field.name: value for field, value in reading.slots.ListFields()}
        assert SLOTS.is_valid({name: slots.get(name) for name in RULES["properties"]}), slots
        assert all(slots.get(name, value) == value for name, value in BY_CODE.items()), slots
        assert not {"client_name", "client_email", "client_phone", "booking_id"} & slots.keys(), f"not in {TEXT!r}"
        assert reading.intent in turn_pb2.Intent.values()
        if reading.source == pb.SOURCE_CPU:
            assert reading == by_code
    assert {reading.source for reading in readings} == {pb.SOURCE_SLM, pb.SOURCE_CPU}
