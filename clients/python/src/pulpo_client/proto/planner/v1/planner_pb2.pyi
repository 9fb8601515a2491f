from pulpo_client.proto.common.v1 import action_pb2 as _action_pb2
from pulpo_client.proto.common.v1 import reading_pb2 as _reading_pb2
from pulpo_client.proto.common.v1 import state_pb2 as _state_pb2
from pulpo_client.proto.common.v1 import task_pb2 as _task_pb2
from pulpo_client.proto.common.v1 import turn_pb2 as _turn_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Source(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_UNSPECIFIED: _ClassVar[Source]
    SOURCE_SLM: _ClassVar[Source]
    SOURCE_RULES: _ClassVar[Source]
SOURCE_UNSPECIFIED: Source
SOURCE_SLM: Source
SOURCE_RULES: Source

class PlanRequest(_message.Message):
    __slots__ = ("context", "intent", "slots", "state", "confirmed", "observations", "topic", "reading")
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    READING_FIELD_NUMBER: _ClassVar[int]
    context: _turn_pb2.TurnContext
    intent: _turn_pb2.Intent
    slots: _turn_pb2.Slots
    state: _state_pb2.ConversationState
    confirmed: bool
    observations: _containers.RepeatedCompositeFieldContainer[_action_pb2.Observation]
    topic: _turn_pb2.Topic
    reading: _reading_pb2.Reading
    def __init__(self, context: _Optional[_Union[_turn_pb2.TurnContext, _Mapping]] = ..., intent: _Optional[_Union[_turn_pb2.Intent, str]] = ..., slots: _Optional[_Union[_turn_pb2.Slots, _Mapping]] = ..., state: _Optional[_Union[_state_pb2.ConversationState, _Mapping]] = ..., confirmed: bool = ..., observations: _Optional[_Iterable[_Union[_action_pb2.Observation, _Mapping]]] = ..., topic: _Optional[_Union[_turn_pb2.Topic, str]] = ..., reading: _Optional[_Union[_reading_pb2.Reading, _Mapping]] = ...) -> None: ...

class PlanResponse(_message.Message):
    __slots__ = ("plan_version", "actions", "needs_confirmation", "missing_slots", "confidence", "source", "next_step", "offers", "ends")
    PLAN_VERSION_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    NEEDS_CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    MISSING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    NEXT_STEP_FIELD_NUMBER: _ClassVar[int]
    OFFERS_FIELD_NUMBER: _ClassVar[int]
    ENDS_FIELD_NUMBER: _ClassVar[int]
    plan_version: str
    actions: _containers.RepeatedCompositeFieldContainer[_action_pb2.Action]
    needs_confirmation: bool
    missing_slots: _containers.RepeatedScalarFieldContainer[str]
    confidence: float
    source: Source
    next_step: str
    offers: _containers.RepeatedCompositeFieldContainer[_task_pb2.Proposal]
    ends: bool
    def __init__(self, plan_version: _Optional[str] = ..., actions: _Optional[_Iterable[_Union[_action_pb2.Action, _Mapping]]] = ..., needs_confirmation: bool = ..., missing_slots: _Optional[_Iterable[str]] = ..., confidence: _Optional[float] = ..., source: _Optional[_Union[Source, str]] = ..., next_step: _Optional[str] = ..., offers: _Optional[_Iterable[_Union[_task_pb2.Proposal, _Mapping]]] = ..., ends: bool = ...) -> None: ...
