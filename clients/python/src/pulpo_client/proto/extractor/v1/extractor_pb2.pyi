from pulpo_client.proto.common.v1 import reading_pb2 as _reading_pb2
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
    SOURCE_CPU: _ClassVar[Source]
    SOURCE_RULES: _ClassVar[Source]
    SOURCE_UNASKED: _ClassVar[Source]
SOURCE_UNSPECIFIED: Source
SOURCE_SLM: Source
SOURCE_CPU: Source
SOURCE_RULES: Source
SOURCE_UNASKED: Source

class ExtractRequest(_message.Message):
    __slots__ = ("context", "text", "asked_slot", "active_intent", "known_slots", "offers", "appointments", "done")
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ASKED_SLOT_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_INTENT_FIELD_NUMBER: _ClassVar[int]
    KNOWN_SLOTS_FIELD_NUMBER: _ClassVar[int]
    OFFERS_FIELD_NUMBER: _ClassVar[int]
    APPOINTMENTS_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    context: _turn_pb2.TurnContext
    text: str
    asked_slot: str
    active_intent: _turn_pb2.Intent
    known_slots: _turn_pb2.Slots
    offers: _containers.RepeatedCompositeFieldContainer[_reading_pb2.OfferedTime]
    appointments: _containers.RepeatedCompositeFieldContainer[_reading_pb2.OwnAppointment]
    done: _containers.RepeatedCompositeFieldContainer[_reading_pb2.DoneWrite]
    def __init__(self, context: _Optional[_Union[_turn_pb2.TurnContext, _Mapping]] = ..., text: _Optional[str] = ..., asked_slot: _Optional[str] = ..., active_intent: _Optional[_Union[_turn_pb2.Intent, str]] = ..., known_slots: _Optional[_Union[_turn_pb2.Slots, _Mapping]] = ..., offers: _Optional[_Iterable[_Union[_reading_pb2.OfferedTime, _Mapping]]] = ..., appointments: _Optional[_Iterable[_Union[_reading_pb2.OwnAppointment, _Mapping]]] = ..., done: _Optional[_Iterable[_Union[_reading_pb2.DoneWrite, _Mapping]]] = ...) -> None: ...

class IntentScore(_message.Message):
    __slots__ = ("intent", "confidence")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    intent: _turn_pb2.Intent
    confidence: float
    def __init__(self, intent: _Optional[_Union[_turn_pb2.Intent, str]] = ..., confidence: _Optional[float] = ...) -> None: ...

class ExtractResponse(_message.Message):
    __slots__ = ("intent", "slots", "removed_slots", "polarity", "confidence", "alternatives", "source", "model", "reasoning", "topic", "part_of_day", "language", "asked_day", "more_services", "over_budget", "reading")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    REMOVED_SLOTS_FIELD_NUMBER: _ClassVar[int]
    POLARITY_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REASONING_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PART_OF_DAY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    ASKED_DAY_FIELD_NUMBER: _ClassVar[int]
    MORE_SERVICES_FIELD_NUMBER: _ClassVar[int]
    OVER_BUDGET_FIELD_NUMBER: _ClassVar[int]
    READING_FIELD_NUMBER: _ClassVar[int]
    intent: _turn_pb2.Intent
    slots: _turn_pb2.Slots
    removed_slots: _containers.RepeatedScalarFieldContainer[str]
    polarity: _turn_pb2.Polarity
    confidence: float
    alternatives: _containers.RepeatedCompositeFieldContainer[IntentScore]
    source: Source
    model: str
    reasoning: str
    topic: _turn_pb2.Topic
    part_of_day: _turn_pb2.PartOfDay
    language: str
    asked_day: str
    more_services: _containers.RepeatedScalarFieldContainer[str]
    over_budget: bool
    reading: _reading_pb2.Reading
    def __init__(self, intent: _Optional[_Union[_turn_pb2.Intent, str]] = ..., slots: _Optional[_Union[_turn_pb2.Slots, _Mapping]] = ..., removed_slots: _Optional[_Iterable[str]] = ..., polarity: _Optional[_Union[_turn_pb2.Polarity, str]] = ..., confidence: _Optional[float] = ..., alternatives: _Optional[_Iterable[_Union[IntentScore, _Mapping]]] = ..., source: _Optional[_Union[Source, str]] = ..., model: _Optional[str] = ..., reasoning: _Optional[str] = ..., topic: _Optional[_Union[_turn_pb2.Topic, str]] = ..., part_of_day: _Optional[_Union[_turn_pb2.PartOfDay, str]] = ..., language: _Optional[str] = ..., asked_day: _Optional[str] = ..., more_services: _Optional[_Iterable[str]] = ..., over_budget: bool = ..., reading: _Optional[_Union[_reading_pb2.Reading, _Mapping]] = ...) -> None: ...
