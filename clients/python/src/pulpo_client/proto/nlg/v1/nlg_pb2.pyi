from pulpo_client.proto.common.v1 import action_pb2 as _action_pb2
from pulpo_client.proto.common.v1 import reading_pb2 as _reading_pb2
from pulpo_client.proto.common.v1 import state_pb2 as _state_pb2
from pulpo_client.proto.common.v1 import turn_pb2 as _turn_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Tone(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TONE_UNSPECIFIED: _ClassVar[Tone]
    TONE_FRIENDLY: _ClassVar[Tone]
    TONE_NEUTRAL: _ClassVar[Tone]
    TONE_PROFESSIONAL: _ClassVar[Tone]
TONE_UNSPECIFIED: Tone
TONE_FRIENDLY: Tone
TONE_NEUTRAL: Tone
TONE_PROFESSIONAL: Tone

class ComposeRequest(_message.Message):
    __slots__ = ("context", "intent", "actions", "needs_confirmation", "missing_slots", "observations", "state", "topic", "choices", "said", "reading", "next_step", "notes")
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    NEEDS_CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    MISSING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    SAID_FIELD_NUMBER: _ClassVar[int]
    READING_FIELD_NUMBER: _ClassVar[int]
    NEXT_STEP_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    context: _turn_pb2.TurnContext
    intent: _turn_pb2.Intent
    actions: _containers.RepeatedCompositeFieldContainer[_action_pb2.Action]
    needs_confirmation: bool
    missing_slots: _containers.RepeatedScalarFieldContainer[str]
    observations: _containers.RepeatedCompositeFieldContainer[_action_pb2.Observation]
    state: _state_pb2.ConversationState
    topic: _turn_pb2.Topic
    choices: _containers.RepeatedScalarFieldContainer[_turn_pb2.Intent]
    said: _turn_pb2.Slots
    reading: _reading_pb2.Reading
    next_step: str
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, context: _Optional[_Union[_turn_pb2.TurnContext, _Mapping]] = ..., intent: _Optional[_Union[_turn_pb2.Intent, str]] = ..., actions: _Optional[_Iterable[_Union[_action_pb2.Action, _Mapping]]] = ..., needs_confirmation: bool = ..., missing_slots: _Optional[_Iterable[str]] = ..., observations: _Optional[_Iterable[_Union[_action_pb2.Observation, _Mapping]]] = ..., state: _Optional[_Union[_state_pb2.ConversationState, _Mapping]] = ..., topic: _Optional[_Union[_turn_pb2.Topic, str]] = ..., choices: _Optional[_Iterable[_Union[_turn_pb2.Intent, str]]] = ..., said: _Optional[_Union[_turn_pb2.Slots, _Mapping]] = ..., reading: _Optional[_Union[_reading_pb2.Reading, _Mapping]] = ..., next_step: _Optional[str] = ..., notes: _Optional[_Iterable[str]] = ...) -> None: ...

class ComposeResponse(_message.Message):
    __slots__ = ("message", "tone", "next_state", "quick_replies", "requires_human", "offers", "handover_reason")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TONE_FIELD_NUMBER: _ClassVar[int]
    NEXT_STATE_FIELD_NUMBER: _ClassVar[int]
    QUICK_REPLIES_FIELD_NUMBER: _ClassVar[int]
    REQUIRES_HUMAN_FIELD_NUMBER: _ClassVar[int]
    OFFERS_FIELD_NUMBER: _ClassVar[int]
    HANDOVER_REASON_FIELD_NUMBER: _ClassVar[int]
    message: str
    tone: Tone
    next_state: _state_pb2.Stage
    quick_replies: _containers.RepeatedScalarFieldContainer[str]
    requires_human: bool
    offers: _containers.RepeatedCompositeFieldContainer[_state_pb2.Offer]
    handover_reason: str
    def __init__(self, message: _Optional[str] = ..., tone: _Optional[_Union[Tone, str]] = ..., next_state: _Optional[_Union[_state_pb2.Stage, str]] = ..., quick_replies: _Optional[_Iterable[str]] = ..., requires_human: bool = ..., offers: _Optional[_Iterable[_Union[_state_pb2.Offer, _Mapping]]] = ..., handover_reason: _Optional[str] = ...) -> None: ...
