"""Reads one message and plans what to do about it; tools that read run, those that write do not.

export PULPO_EXTRACTOR_TARGET=127.0.0.1:50051 PULPO_PLANNER_TARGET=127.0.0.1:50052
python plan.py "quiero un corte mañana a las 3"
"""

import sys
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone

from pulpo_client import Client, plan_turn
from pulpo_client.proto.common.v1.action_pb2 import OBSERVATION_STATUS_OK, Action, Observation
from pulpo_client.proto.common.v1.turn_pb2 import Intent, TurnContext
from pulpo_client.proto.extractor.v1.extractor_pb2 import ExtractRequest
from pulpo_client.proto.planner.v1.planner_pb2 import PlanRequest


def available(actions: Sequence[Action]) -> list[Observation]:
    """A tool of one's own: two times are free, whatever the day."""
    seen = [Observation(tool=action.tool, status=OBSERVATION_STATUS_OK, args=action.args) for action in actions]
    for each in seen:
        each.output.update({"ok": True, "times": ["15:00", "15:15"], "staff_by_time": {"15:00": ["Sofía"]}})
    return seen


def main(text: str, now: datetime) -> None:
    """Reads, plans, prints."""
    context = TurnContext(workspace_id="estudio-pulpo", conversation_id="demo", turn_id=uuid.uuid4().hex)
    context.received_at.FromDatetime(now)
    with Client() as pulpo:
        read = pulpo.extractor.extract(ExtractRequest(context=context, text=text))
        print("intent:", Intent.Name(read.intent), {field.name: value for field, value in read.slots.ListFields()})
        request = PlanRequest(context=context, intent=read.intent, slots=read.slots, topic=read.topic)
        done = plan_turn(pulpo.planner, request, available, reads=["check_service_availability"])
        print("tools:", *(seen.tool for seen in done.observations))
        print("ask for:", *done.plan.missing_slots)


if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv[2]) if len(sys.argv) > 2 else datetime.now(timezone.utc)
    main(sys.argv[1], moment)
